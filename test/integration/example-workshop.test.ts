import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { type OpenExample, openExample } from '../support/example.ts';
import { crane, requireLab } from '../support/lab.ts';
import { ensurePythonBase } from '../support/python-base.ts';

// On a machine that has none of it yet, a Debian with Python is made first, and poetry is installed once.
const LIMIT_MS = 900_000;

jest.setTimeout(LIMIT_MS);

const lab = requireLab();
const keys = ['baby-steps', 'basic-python', 'greeter'];
const caches = keys.map((key) => `slipway-cache:${key}`);
let example: OpenExample;
let said: string;

beforeAll(async () => {
  await ensurePythonBase(lab);
  example = await openExample(lab, 'workshop');
  said = await example.slipway('run', '--to', example.prefix, '--json');
}, LIMIT_MS);

afterAll(async () => {
  for (const key of keys) await example.docker('image', 'rm', '--force', `${example.prefix}/${key}:main`);
  await example[Symbol.asyncDispose]();
});

const digestOf = (key: string, tag: string): Promise<string> => crane(lab, 'digest', `${example.prefix}/${key}:${tag}`);

describe('a compose project without any version', () => {
  it('has each of its services built, tested and released, by the name of its branch and nothing else', async () => {
    const { images, release, plan } = JSON.parse(said);
    expect(plan.version).toBeNull();
    expect(images.map(({ key, kind }: { key: string; kind: string }) => `${key} ${kind}`).sort()).toEqual(
      keys.map((key) => `${key} proven`),
    );
    expect(release.state).toBe('released');
    expect(await example.tags()).toEqual([...keys.map((key) => `${key}:main`), ...caches]);
  });

  it('is found by docker compose, which runs the very images', async () => {
    await example.docker('compose', 'pull', '--quiet');
    const run = async (...words: readonly string[]): Promise<string> =>
      example.docker('compose', 'run', '--rm', '--no-TTY', ...words);
    expect(await run('greeter')).toBe('Greetings from the slip, stranger!\n');
    expect(await run('greeter', 'greeter-cli', 'Ada')).toBe('Greetings from the slip, Ada!\n');
    expect(await run('baby-steps')).toContain('| hello from a container |');
    expect(await run('basic-python')).toContain('hello from Python');
    for (const key of keys) {
      const format = '{{join .RepoDigests " "}}';
      const here = await example.docker('image', 'inspect', '--format', format, `${example.prefix}/${key}:main`);
      expect(here.trim()).toBe(`${example.prefix}/${key}@${await digestOf(key, 'main')}`);
    }
    expect(await example.tags()).toEqual([...keys.map((key) => `${key}:main`), ...caches]);
  });

  it('has on another branch the tag of that branch, of the same bytes and without a build', async () => {
    const before = await Promise.all(keys.map((key) => digestOf(key, 'main')));
    const { images, plan } = JSON.parse(
      await example.slipway('run', '--ref', 'topic', '--to', example.prefix, '--json'),
    );
    expect([images, plan.carried.map(({ key }: { key: string }) => key).sort()]).toEqual([[], keys]);
    expect(await Promise.all(keys.map((key) => digestOf(key, 'topic')))).toEqual(before);
    expect(await example.tags()).toEqual([...keys.flatMap((key) => [`${key}:main`, `${key}:topic`]), ...caches]);
  });

  it('publishes nothing for a pull request', async () => {
    const before = await example.tags();
    await example.slipway('run', '--event', 'pull_request', '--to', example.prefix);
    expect(await example.tags()).toEqual(before);
  });
});
