import { describe, expect, it } from '@jest/globals';
import { execInContainer } from '../../../src/clients/engine-exec.ts';
import { scriptedExec } from '../../support/fake-exec.ts';
import { createMemoryFiles } from '../../support/memory-files.ts';

const client = { PATH: '/bin', KEY: 'of the client' };
const at = { container: 'c0', user: 'dev', workdir: '/w', command: ['make'] };

/** Runs a program, and tells what docker got: its arguments, the file with variables, and its environment. */
async function given(env: Record<string, string>, own?: Record<string, string>) {
  const files = createMemoryFiles({});
  let file: string | undefined;
  const readFile = async (args: readonly string[]) => files.readText(args[args.indexOf('--env-file') + 1] ?? '');
  const exec = scriptedExec([
    {
      program: 'docker',
      result: async ({ args }) => {
        file = await readFile(args);
        return {};
      },
    },
  ]);
  await execInContainer({ exec, files }, { ...at, env, own }, client);
  const [call] = exec.calls;
  if (call === undefined) throw new Error('docker was not called');
  const { args, options } = call;
  const before = args.indexOf('--env-file') + 2;
  return { file, named: args.slice(before, args.indexOf('c0')), env: options.env };
}

describe('the environment of a program in a container', () => {
  it('goes through a file, and what we give comes before what the container says', async () => {
    expect(await given({ TOKEN: 'secret' }, { TOKEN: 'other', HOME: '/home/dev' })).toEqual({
      file: 'TOKEN=secret\nHOME=/home/dev\n',
      named: [],
      env: client,
    });
  });

  it('that we give in several lines goes through the environment of docker, also where docker has another of that name', async () => {
    expect(await given({ KEY: 'line 1\nline 2' })).toEqual({
      file: '',
      named: ['--env', 'KEY'],
      env: { ...client, KEY: 'line 1\nline 2' },
    });
  });

  it('that the container says in several lines never gets into that of docker', async () => {
    expect(await given({}, { LD_PRELOAD: '/workspace/a\nb.so', PATH: '/a\n/b' })).toEqual({
      file: '',
      named: ['--env', 'LD_PRELOAD=/workspace/a\nb.so', '--env', 'PATH=/a\n/b'],
      env: client,
    });
  });

  it('that both say counts once, as we give it', async () => {
    expect(await given({ KEY: 'one line' }, { KEY: 'line 1\nline 2' })).toEqual({
      file: 'KEY=one line\n',
      named: [],
      env: client,
    });
  });
});
