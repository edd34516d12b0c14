import { describe, expect, it } from '@jest/globals';
import { plainSandbox } from '../../support/made-plan.ts';
import { chain, planOf } from './planned.ts';

async function imageOf(text: string, more: Readonly<Record<string, string>> = {}) {
  const made = await planOf({ ...chain, 'slipway.yml': text, VERSION: '1.2.3\n', ...more });
  const [image] = made.images;
  if (image === undefined) throw new Error('nothing was planned');
  return image;
}

const common = { timeoutMinutes: 10, env: {}, optional: false, attempts: 1 };

describe('the tests of a plan', () => {
  it('say what is run, where, and how', async () => {
    const { tests } = await imageOf(
      'images: {alone: {tests: [{host: "make x", env: {T: "{key} {version} {other}"}}, {up: 3, command: [serve]}, {up: healthy, optional: true}, {run: [c], attempts: 2, memory: 1g}]}}',
    );
    expect(tests).toEqual([
      { kind: 'host', name: 'make x', ...common, command: ['sh', '-c', 'make x'], env: { T: 'alone 1.2.3 {other}' } },
      { kind: 'up', name: 'it stays up for 3 s', ...common, command: ['serve'], sandbox: plainSandbox, seconds: 3 },
      {
        kind: 'up',
        name: 'it becomes healthy',
        ...common,
        optional: true,
        command: [],
        sandbox: plainSandbox,
        seconds: null,
      },
      { kind: 'run', name: 'c', ...common, attempts: 2, command: ['c'], sandbox: { ...plainSandbox, memory: '1g' } },
    ]);
  });

  it('take services from the repository alone', async () => {
    const text = 'images: {alone: {tests: [{run: x, services: ../compose.yml}]}}';
    await expect(imageOf(text)).rejects.toMatchObject({ code: 'path-outside' });
  });

  it('have a log of the name that the configuration gives it, by matrix and key', async () => {
    expect((await imageOf('images: {alone: {}}')).logName).toBe('test-alone.log');
    const family =
      'families: {f: {key: "a{python}", context: alone, matrix: {python: ["3.10"]}, log-name: "test-py{python}-{key}.log", tests: [{host: "make P={python}"}]}}';
    const image = await imageOf(family);
    expect([image.logName, image.tests[0]?.command]).toEqual(['test-py3.10-a3.10.log', ['sh', '-c', 'make P=3.10']]);
  });
});

describe('the expectations of a plan', () => {
  it.each(['', 'expect: {}', 'expect: {ports: [], env: {}, files: {present: []}}'])(
    'are none where nothing is expected: %j',
    async (written) => {
      expect((await imageOf(`images: {alone: {${written}}}`)).expect).toBeNull();
    },
  );

  it.each(['setuid: []', 'entrypoint: []', 'cmd: []', 'env: {A: null}', 'user: 0', 'files: {absent: [/a]}'])(
    'are some where only this is expected: %s',
    async (written) => {
      expect((await imageOf(`images: {alone: {expect: {${written}}}}`)).expect).not.toBeNull();
    },
  );

  it('have sizes in bytes, ports with their protocol, and what is known filled in', async () => {
    const { expect: planned } = await imageOf(
      'images: {alone: {expect: {user: 1000, max-size: 1.5MB, ports: [80, 53/udp], labels: {v: "{version}", w: null}}}}',
    );
    expect(planned).toEqual({
      user: '1000',
      maxBytes: 1_500_000,
      entrypoint: null,
      cmd: null,
      ports: ['80/tcp', '53/udp'],
      env: {},
      labels: { v: '1.2.3', w: null },
      files: { present: [], absent: [] },
      setuid: null,
    });
  });
});
