import { describe, expect, it } from '@jest/globals';
import { DevcontainerCli } from '../../../src/clients/devcontainer.ts';
import { execInContainer } from '../../../src/clients/engine-exec.ts';
import { ToolError } from '../../../src/domain/errors.ts';
import type { ExecResult } from '../../../src/ports/exec.ts';
import { scriptedExec } from '../../support/fake-exec.ts';
import { createMemoryFiles } from '../../support/memory-files.ts';

const cli = { program: 'node', args: ['cli.js'] };

function clientOf(result: Partial<ExecResult>, isLocked = false) {
  const exec = scriptedExec([{ program: 'node', result }]);
  const lines: string[] = [];
  const subject = { folder: '/r', config: '/r/.devcontainer.json', isLocked };
  const client = new DevcontainerCli(exec, cli, { subject, onLine: (line) => lines.push(line) });
  return { client, exec, lines };
}

const build = {
  imageName: 'r:t',
  store: '/s',
  platforms: ['linux/amd64', 'linux/arm64'],
  cacheFrom: ['a', 'b'],
  noCache: false,
};

describe('the CLI of dev containers', () => {
  it('builds into a store, and writes no lock file', async () => {
    const { client, exec } = clientOf({ stdout: '{"outcome":"success"}\n' });
    await client.build(build);
    expect(exec.calls[0]?.args.join(' ')).toBe(
      'cli.js build --workspace-folder /r --config /r/.devcontainer.json --no-lockfile --image-name r:t --cache-from a --cache-from b --platform linux/amd64,linux/arm64 --output type=oci,tar=false,dest=/s',
    );
  });

  it('holds a lock file that is committed', async () => {
    const { client, exec } = clientOf({}, true);
    await client.build(build);
    expect(exec.calls[0]?.args).toContain('--frozen-lockfile');
    expect(exec.calls[0]?.args).not.toContain('--no-lockfile');
  });

  it('starts a container without its hooks, and reads who it is', async () => {
    const answer = { outcome: 'success', containerId: 'ab12ab12ab12', remoteUser: 'dev', remoteWorkspaceFolder: '/w' };
    const { client, exec } = clientOf({ stdout: `noise\n${JSON.stringify(answer)}\n` });
    expect(await client.up({ override: '/o', label: 'a=b', updateUid: false })).toMatchObject({ remoteUser: 'dev' });
    expect(exec.calls[0]?.args.join(' ')).toContain(
      '--override-config /o --id-label a=b --no-lockfile --skip-post-create --update-remote-user-uid-default off',
    );
  });

  it('starts a container with its hooks at once, where their variables are in a file', async () => {
    const answer = { outcome: 'success', containerId: 'ab12ab12ab12', remoteUser: 'dev', remoteWorkspaceFolder: '/w' };
    const { client, exec } = clientOf({ stdout: JSON.stringify(answer) });
    await client.up({ override: '/o', label: 'a=b', updateUid: true, secrets: '/t/hooks.json' });
    expect(exec.calls[0]?.args.join(' ')).toContain('--no-lockfile --secrets-file /t/hooks.json --update-remote');
    expect(exec.calls[0]?.args).not.toContain('--skip-post-create');
  });

  it.each([
    [
      { exitCode: 1, stderr: 'Cannot connect to the Docker daemon at unix:///x. Is the docker daemon running?' },
      'engine-missing',
    ],
    [
      { exitCode: 1, stderr: '[2026-01-01T00:00:00.000Z] Start: Run: docker buildx build\nERROR: x not found' },
      'devcontainer-cli-failed',
    ],
    [{ exitCode: 1, stderr: "docker: 'buildx' is not a docker command." }, 'buildkit-missing'],
    [{ exitCode: 1, stderr: 'Lockfile does not match.' }, 'devcontainer-lock-stale'],
    [
      { exitCode: 1, stdout: '{"outcome":"error","message":"ERR: Feature \'x\' could not be processed."}' },
      'devcontainer-feature-unknown',
    ],
    [
      { exitCode: 1, stdout: '{"outcome":"error","message":"Dockerfile (/x) not found."}' },
      'devcontainer-dockerfile-missing',
    ],
    [{ exitCode: 1 }, 'devcontainer-cli-failed'],
    [{ exitCode: 3, stdout: '{"outcome":"success"}' }, 'devcontainer-cli-failed'],
  ])('%j is %s', async (result, code) => {
    const error = await clientOf(result)
      .client.build(build)
      .catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(ToolError);
    expect(error).toMatchObject({ code });
  });

  it.each(['', 'text', '{"outcome":"success"}', '{"outcome":"success","containerId":"../x"}'])(
    'is not believed when it ends well and says %j',
    async (stdout) => {
      const started = clientOf({ stdout }).client.up({ override: '/o', label: 'a=b', updateUid: true });
      await expect(started).rejects.toMatchObject({ code: 'devcontainer-cli-silent' });
    },
  );

  it('shows what the builder says while it says it', async () => {
    const { client, lines } = clientOf({ stdout: '{"outcome":"success"}', stderr: '#1 one\n#2 two' });
    await client.build(build);
    expect(lines).toEqual(['#1 one', '#2 two']);
  });
});

describe('a program in a container', () => {
  it('gets its environment through a file that is gone afterwards, and what has several lines through the client', async () => {
    const files = createMemoryFiles();
    let file = '';
    const exec = scriptedExec([
      {
        program: 'docker',
        result: async ({ args }) => {
          // Docker reads it a while after it was started.
          await new Promise((resolve) => setImmediate(resolve));
          file = args[args.indexOf('--env-file') + 1] ?? '';
          return { stdout: (await files.readText(file)) ?? '' };
        },
      },
    ]);
    const env = { TOKEN: 'secret', KEY: 'one\ntwo', PATH: '/p' };
    const wanted = { container: 'c', user: 'u', workdir: '/w', env, command: ['make'] };
    const result = await execInContainer({ exec, files }, wanted, { PATH: '/mine' });
    expect(result.stdout).toBe('TOKEN=secret\nPATH=/p\n');
    const [call] = exec.calls;
    expect(call?.args).toEqual([
      'exec',
      '--user',
      'u',
      '--workdir',
      '/w',
      '--env-file',
      file,
      '--env',
      'KEY',
      'c',
      'make',
    ]);
    expect(call?.options.env).toEqual({ PATH: '/mine', KEY: 'one\ntwo' });
    expect(await files.readText(file)).toBeUndefined();
  });
});
