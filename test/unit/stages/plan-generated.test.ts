import { describe, expect, it } from '@jest/globals';
import type { Files } from '../../../src/ports/files.ts';
import { scriptedExec } from '../../support/fake-exec.ts';
import { type Asked, planOf } from './planned.ts';

const config = (run: string) => `
images:
  app: {context: ., dockerfile: made/Dockerfile.app}
  own: {}
generate: {run: ${run}, outputs: [made/Dockerfile.*]}
`;
const tree = { 'slipway.yml': config('[python3, make.py]'), 'own/Dockerfile': 'FROM scratch\n' };
const text = 'FROM scratch\nLABEL made=1\n';

/** A generator that writes these files. */
const making =
  (made: Readonly<Record<string, string>>, seen: string[][] = []): NonNullable<Asked['exec']> =>
  (files: Files) =>
    scriptedExec([
      {
        program: 'python3',
        async result({ args, options }) {
          seen.push([...args, options.cwd ?? '']);
          for (const [path, content] of Object.entries(made)) await files.write(`/repo/${path}`, content);
          return {};
        },
      },
    ]);

describe('a generator of Dockerfiles', () => {
  it('is run once in the repository, and its texts travel in the plan', async () => {
    const seen: string[][] = [];
    const plan = await planOf(tree, { offline: true, exec: making({ 'made/Dockerfile.app': text }, seen) });
    expect(seen).toEqual([['make.py', '/repo']]);
    expect(plan.images.map(({ key, dockerfileText }) => [key, dockerfileText])).toEqual([
      ['app', text],
      ['own', null],
    ]);
  });

  it('decides the identity by the text that it makes', async () => {
    const identity = async (made: string) => {
      const plan = await planOf(tree, { offline: true, exec: making({ 'made/Dockerfile.app': made }) });
      return plan.images.find(({ key }) => key === 'app')?.identity;
    };
    expect(await identity(text)).not.toBe(await identity(`${text}# more\n`));
  });

  it('may be a text for a shell', async () => {
    const exec: NonNullable<Asked['exec']> = (files) =>
      scriptedExec([
        {
          program: 'sh',
          args: ['-eu', '-c', 'make all'],
          async result() {
            await files.write('/repo/made/Dockerfile.app', text);
            return {};
          },
        },
      ]);
    const plan = await planOf({ ...tree, 'slipway.yml': config('make all') }, { offline: true, exec });
    expect(plan.images).toHaveLength(2);
  });

  it('is not asked about packages that somebody installed', async () => {
    const yml = tree['slipway.yml'].replace('made/Dockerfile.*', '"**/Dockerfile.*"');
    const made = { 'made/Dockerfile.app': text, 'node_modules/x/Dockerfile.x': '#'.repeat(300_000) };
    const plan = await planOf({ ...tree, 'slipway.yml': yml }, { offline: true, exec: making(made) });
    expect(plan.images).toHaveLength(2);
  });

  it.each([
    ['fails', { exitCode: 3 }, 'exit code 3'],
    ['is not there', { exitCode: 127 }, 'not found: python3'],
    ['makes nothing', {}, 'no file like made/Dockerfile.*'],
  ])('that %s stops the plan', async (_, result, what) => {
    const exec = () => scriptedExec([{ program: 'python3', result }]);
    await expect(planOf(tree, { offline: true, exec })).rejects.toMatchObject({
      code: 'generate-failed',
      what: expect.stringContaining(what),
    });
  });

  it('that makes something enormous stops the plan', async () => {
    const exec = making({ 'made/Dockerfile.app': '#'.repeat(300_000) });
    await expect(planOf(tree, { offline: true, exec })).rejects.toMatchObject({ code: 'generate-failed' });
  });
});
