import { describe, expect, it } from '@jest/globals';
import { Redactor } from '../../../src/domain/redactor.ts';
import { installCli } from '../../../src/pipelines/devcontainer/cli-version.ts';
import { signedInConfig } from '../../../src/pipelines/devcontainer/docker-sign-in.ts';
import { readEnvLines } from '../../../src/pipelines/devcontainer/env-lines.ts';
import { runInitializeCommand } from '../../../src/pipelines/devcontainer/initialize.ts';
import { scriptedExec } from '../../support/fake-exec.ts';
import { recordingLog } from '../../support/fake-log.ts';
import { createMemoryFiles } from '../../support/memory-files.ts';

describe('the sign-in of a dev container', () => {
  const signIn = { host: 'ghcr.io', username: 'ada', password: 'grüße' };

  it('stands beside what Docker knows, in a configuration of the run alone', async () => {
    const files = createMemoryFiles({
      '/home/.docker/config.json':
        '{"auths":{"other.example":{"auth":"x"}},"credsStore":"desktop","currentContext":"c"}',
      '/home/.docker/contexts/meta/a': 'a',
    });
    const path = await signedInConfig({ files, env: { HOME: '/home' }, secrets: new Redactor() }, '/run', signIn);
    const config: unknown = JSON.parse((await files.readText(`${path}/config.json`)) ?? '');
    expect(config).toEqual({
      auths: { 'other.example': { auth: 'x' }, 'ghcr.io': { auth: Buffer.from('ada:grüße').toString('base64') } },
      currentContext: 'c',
    });
    expect(await files.readText(`${path}/contexts/meta/a`)).toBe('a');
    expect(await files.readText('/home/.docker/config.json')).not.toContain('ghcr.io');
  });

  it('has for Docker Hub the address that Docker looks for', async () => {
    const files = createMemoryFiles();
    const path = await signedInConfig({ files, env: {}, secrets: new Redactor() }, '/run', {
      ...signIn,
      host: 'docker.io',
    });
    expect(await files.readText(`${path}/config.json`)).toContain('"https://index.docker.io/v1/"');
  });
});

describe('variables of a dev container', () => {
  it('are taken from the step or written, and are secrets by their names', () => {
    const secrets = new Redactor();
    const env = { API_TOKEN: 'very-secret', MODE: 'fast' };
    expect(readEnvLines(['API_TOKEN', 'MODE', 'EXTRA=a=b', 'NONE='], { env, secrets })).toEqual({
      API_TOKEN: 'very-secret',
      MODE: 'fast',
      EXTRA: 'a=b',
      NONE: '',
    });
    expect(secrets.clean('very-secret fast')).toBe('*** fast');
  });

  it.each(['ABSENT', 'a b', '=x', '1A=x'])('are refused as %j', (line) => {
    const read = () => readEnvLines([line], { env: {}, secrets: new Redactor() });
    expect(read).toThrow('devcontainer-env-invalid');
    if (line !== 'ABSENT') expect(read).not.toThrow(line);
  });
});

describe('initializeCommand', () => {
  const here = { folder: '/repo/app', env: { WORD: 'word' } };

  it.each<[Parameters<typeof runInitializeCommand>[1], readonly (readonly string[])[]]>([
    ['echo ${localEnv:WORD}', [['/bin/sh', '-c', 'echo word']]],
    [['make', '${localWorkspaceFolder}/x y'], [['make', '/repo/app/x y']]],
    [
      { one: 'a', two: ['b', 'c'] },
      [
        ['/bin/sh', '-c', 'a'],
        ['b', 'c'],
      ],
    ],
    [undefined, []],
  ])('%j runs in the folder of the repository', async (command, wanted) => {
    const exec = scriptedExec(['/bin/sh', 'make', 'b'].map((program) => ({ program, result: {} })));
    await runInitializeCommand({ exec, log: recordingLog() }, command, here);
    expect(exec.calls.map(({ program, args }) => [program, ...args])).toEqual(wanted);
    for (const { options } of exec.calls) expect(options.cwd).toBe('/repo/app');
  });

  it('ends the run when it fails', async () => {
    const exec = scriptedExec([{ program: '/bin/sh', result: { exitCode: 2 } }]);
    const run = runInitializeCommand({ exec, log: recordingLog() }, 'false', here);
    await expect(run).rejects.toThrow('devcontainer-initialize-failed');
  });
});

describe('another version of the CLI', () => {
  it('is installed exactly, and without scripts', async () => {
    const exec = scriptedExec([{ program: 'npm', result: {} }]);
    const cli = await installCli({ exec }, '/run', { version: '0.80.1', program: 'node' });
    expect(cli).toEqual({
      program: 'node',
      args: ['/run/cli/node_modules/@devcontainers/cli/devcontainer.js'],
      version: '0.80.1',
    });
    expect(exec.calls[0]?.args).toEqual(expect.arrayContaining(['--ignore-scripts', '@devcontainers/cli@0.80.1']));
  });

  it.each(['latest', '0.80', '^0.80.1', '0.80.1 --global'])('is no %j', async (version) => {
    const exec = scriptedExec([]);
    await expect(installCli({ exec }, '/run', { version, program: 'node' })).rejects.toThrow(
      'devcontainer-cli-version',
    );
  });

  it('that npm does not have is told', async () => {
    const exec = scriptedExec([{ program: 'npm', result: { exitCode: 1, stderr: 'npm error code E404' } }]);
    const install = installCli({ exec }, '/run', { version: '9.9.9', program: 'node' });
    await expect(install).rejects.toThrow('devcontainer-cli-missing');
  });
});
