import { describe, expect, it } from '@jest/globals';
import { dockerCredentials } from '../../../../src/clients/registry/credentials.ts';
import type { Env } from '../../../../src/ports/env.ts';
import { type ScriptedProgram, scriptedExec } from '../../../support/fake-exec.ts';
import { createMemoryFiles } from '../../../support/memory-files.ts';

const path = '/home/anna/.docker/config.json';
const home: Env = { HOME: '/home/anna' };
const stored = { auths: { 'ghcr.io': { auth: Buffer.from('anna:word').toString('base64') } } };
const program = 'docker-credential-store';

function credentialsWith(config: unknown, results: readonly ScriptedProgram['result'][] = [], env = home) {
  const exec = scriptedExec(results.map((result) => ({ program, args: ['get'], result, once: true })));
  const files = createMemoryFiles({ [path]: JSON.stringify(config) });
  return { exec, find: dockerCredentials({ exec, files, env }) };
}

describe('dockerCredentials', () => {
  it('reads the file in the home folder', async () => {
    const { find } = credentialsWith(stored);
    expect(await find('ghcr.io')).toEqual({ kind: 'password', username: 'anna', password: 'word' });
    expect(await find('quay.io')).toBeUndefined();
  });

  it.each([
    ['there is no file', { HOME: '/home/bob' }],
    ['there is no home', {}],
    ['DOCKER_CONFIG names another folder', { HOME: '/home/anna', DOCKER_CONFIG: '/elsewhere' }],
  ])('finds nothing when %s', async (_, env: Env) => {
    expect(await credentialsWith(stored, [], env).find('ghcr.io')).toBeUndefined();
  });

  it('looks where DOCKER_CONFIG says', async () => {
    const { find } = credentialsWith(stored, [], { DOCKER_CONFIG: '/home/anna/.docker' });
    expect(await find('ghcr.io')).toBeDefined();
  });

  it('asks the helper with the server on its standard input, once for parallel calls', async () => {
    const answer = { stdout: '{"ServerURL":"ghcr.io","Username":"bob","Secret":"s"}\n' };
    const { exec, find } = credentialsWith({ ...stored, credsStore: 'store' }, [answer]);
    const all = await Promise.all([find('ghcr.io'), find('ghcr.io'), find('ghcr.io')]);
    expect(all).toEqual(Array(3).fill({ kind: 'password', username: 'bob', password: 's' }));
    expect(exec.calls.map(({ args, options }) => [args, options.stdin])).toEqual([[['get'], 'ghcr.io']]);
  });

  it('takes the user name <token> for an identity token', async () => {
    const answer = { stdout: '{"Username":"<token>","Secret":"s"}' };
    expect(await credentialsWith({ credsStore: 'store' }, [answer]).find('ghcr.io')).toEqual({
      kind: 'identity',
      token: 's',
    });
  });

  it('goes on with the file when the helper knows nothing', async () => {
    const none = { exitCode: 1, stdout: 'credentials not found in native keychain\n' };
    expect(await credentialsWith({ ...stored, credsStore: 'store' }, [none]).find('ghcr.io')).toMatchObject({
      username: 'anna',
    });
    expect(await credentialsWith({ credsStore: 'store' }, [none]).find('ghcr.io')).toBeUndefined();
  });

  it.each([
    [{ exitCode: 127 }, /docker-credential-store was not found/],
    [{ exitCode: 2, stdout: 'secret-word', stderr: 'secret-word' }, /exit code 2/],
    [{ stdout: 'secret-word' }, /gave no credentials/],
    [{ stdout: '{"Username":"secret-word"}' }, /gave no credentials/],
  ])('throws when the helper leaves %j, and repeats nothing of it', async (result, what) => {
    const { find } = credentialsWith({ credsStore: 'store' }, [result]);
    const error: unknown = await find('ghcr.io').catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'credential-helper-failed', what: expect.stringMatching(what), where: path });
    expect(JSON.stringify(error)).not.toContain('secret-word');
  });

  it('asks a helper again that failed', async () => {
    const { find } = credentialsWith({ credsStore: 'store' }, [
      { exitCode: 1 },
      { stdout: '{"Username":"a","Secret":"b"}' },
    ]);
    await expect(find('ghcr.io')).rejects.toThrow('credential-helper-failed');
    expect(await find('ghcr.io')).toMatchObject({ username: 'a' });
  });
});
