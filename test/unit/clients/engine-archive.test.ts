import { describe, expect, it } from '@jest/globals';
import { Engine } from '../../../src/clients/engine.ts';
import { digestOf } from '../../../src/domain/digest.ts';
import { fakeClock } from '../../support/fake-clock.ts';
import { type ScriptedProgram, scriptedExec } from '../../support/fake-exec.ts';

function engineWith(result: ScriptedProgram['result']) {
  const exec = scriptedExec([{ program: 'docker', result }]);
  return { engine: new Engine({ exec, clock: fakeClock() }), exec };
}

describe('an archive of the engine', () => {
  it('is saved and loaded by path', async () => {
    const { engine, exec } = engineWith({});
    await engine.save('acme/app:1', '/a.tar');
    await engine.load('/a.tar');
    expect(exec.calls.map(({ args }) => args)).toEqual([
      ['save', '--output', '/a.tar', 'acme/app:1'],
      ['load', '--quiet', '--input', '/a.tar'],
    ]);
  });

  it.each([
    ['has no such image', 1, 'Error response from daemon: No such image: app:1', 'engine-image-absent'],
    ['has no such reference', 1, 'Error: reference does not exist', 'engine-image-absent'],
    [
      'does not answer',
      1,
      'Cannot connect to the Docker daemon at unix:///x. Is the docker daemon running?',
      'engine-missing',
    ],
    ['does not answer, as newer ones say', 1, 'failed to connect to the docker API at unix:///x', 'engine-missing'],
    ['has no client here', 127, '', 'docker-missing'],
    [
      'has a part of it only',
      1,
      'unable to create manifests file: NotFound: content digest sha256:x: not found',
      'engine-save-failed',
    ],
    [
      'has a part of it only',
      1,
      'unable to create manifests file: content digest sha256:x: not found',
      'engine-save-failed',
    ],
    ['has a full disk', 1, 'first\nwrite: no space left on device\n', 'engine-save-failed'],
  ])('is not saved when the engine %s', async (_why, exitCode, stderr, code) => {
    const { engine } = engineWith({ exitCode, stderr });
    await expect(engine.save('app:1', '/a.tar')).rejects.toMatchObject({ code, exitCode: 4, where: 'engine:app:1' });
  });

  it.each([
    ['does not answer', 1, 'error during connect: EOF', 'engine-missing', 'no container engine answers'],
    ['refuses it', 1, 'first\ninvalid archive\n', 'engine-load-failed', 'invalid archive'],
  ])('is not loaded when the engine %s', async (_why, exitCode, stderr, code, what) => {
    const { engine } = engineWith({ exitCode, stderr });
    await expect(engine.load('/a.tar')).rejects.toMatchObject({ code, what: expect.stringContaining(what) });
  });
});

describe('an image of the engine', () => {
  it('has an id and layers', async () => {
    const [id, one, two] = ['id', 'one', 'two'].map((text) => digestOf(text));
    const { engine } = engineWith({ stdout: `${id} ${one} ${two}\n` });
    expect(await engine.image('app:1')).toEqual({ id, layers: [one, two] });
  });

  it('is undefined where there is none', async () => {
    expect(await engineWith({ exitCode: 1, stderr: 'No such image' }).engine.image('app:1')).toBeUndefined();
  });
});

describe('the platform of the engine', () => {
  it.each([
    [{ stdout: 'linux/arm64\n' }, 'linux/arm64'],
    [{ exitCode: 1 }, undefined],
  ])('is what it says: %j', async (result, expected) => {
    expect(await engineWith(result).engine.platform()).toBe(expected);
  });
});
