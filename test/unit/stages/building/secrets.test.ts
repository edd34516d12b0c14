import { describe, expect, it } from '@jest/globals';
import { type BuildSecret, plainBuild } from '../../../../src/domain/build-options.ts';
import { findSecrets, type SecretSearch } from '../../../../src/stages/building/secrets.ts';
import { recordingLog } from '../../../support/fake-log.ts';
import { madePlanned } from '../../../support/made-plan.ts';
import { createMemoryFiles } from '../../../support/memory-files.ts';

async function found(
  asked: BuildSecret[],
  env: Readonly<Record<string, string>> = {},
  more: Pick<SecretSearch, 'secrets' | 'mayLackSecrets'> = {},
) {
  const log = recordingLog();
  const files = createMemoryFiles({ '/repo/.netrc': 'x', '/etc/key': 'y' });
  const image = madePlanned('app', { options: { ...plainBuild, secrets: asked } });
  const covered: string[] = [];
  const secrets = { add: (text: string) => void covered.push(text), clean: (text: string) => text };
  const search = { image, folder: '/repo', ...more };
  const { options, env: given } = await findSecrets({ env, files, log, secrets }, search);
  return { secrets: options.secrets, env: given, log, covered };
}

const token: BuildSecret = { id: 'token', from: 'env', name: 'GITHUB_TOKEN' };

describe('the secrets of a build', () => {
  it('that are variables reach the build, also those that programs usually do not see', async () => {
    const env = { PATH: '/bin', GITHUB_TOKEN: 'made-up', GITHUB_OUTPUT: '/out', INPUT_PASSWORD: 'made-up too' };
    expect(await found([token], env)).toMatchObject({
      secrets: [token],
      env: { PATH: '/bin', GITHUB_TOKEN: 'made-up' },
    });
    expect((await found([token], env)).env).not.toHaveProperty('GITHUB_OUTPUT');
    expect((await found([token], env)).env).not.toHaveProperty('INPUT_PASSWORD');
  });

  it.each([
    ['gha', 'type=gha,scope=app', true],
    ['registry', 'type=registry,ref=r.test/c:app', false],
  ])('leave the service of caches out, unless the cache is one of it: %s', async (_, cache, isGiven) => {
    const env = {
      PATH: '/bin',
      ACTIONS_RUNTIME_TOKEN: 'made-up',
      ACTIONS_RESULTS_URL: 'https://results.test/',
      ACTIONS_ID: 'x',
    };
    const image = madePlanned('app', { cache: { from: [cache], to: [], fresh: false } });
    const secrets = { add: () => undefined, clean: (text: string) => text };
    const ports = { env, files: createMemoryFiles(), log: recordingLog(), secrets };
    const { env: given } = await findSecrets(ports, { image, folder: '/repo' });
    const { ACTIONS_ID: __, ...expected } = env;
    expect(given).toEqual(isGiven ? expected : undefined);
  });

  it('sign Docker in where somebody is to be', async () => {
    const image = madePlanned('app');
    const secrets = { add: () => undefined, clean: (text: string) => text };
    const ports = { env: { PATH: '/bin' }, files: createMemoryFiles(), log: recordingLog(), secrets };
    const { env } = await findSecrets(ports, { image, folder: '/repo', logins: '{"auths":{}}' });
    expect(env).toEqual({ PATH: '/bin', DOCKER_AUTH_CONFIG: '{"auths":{}}' });
  });

  it('are covered from then on in whatever is said', async () => {
    expect((await found([token], { GITHUB_TOKEN: 'made-up' })).covered).toEqual(['made-up']);
  });

  it('that are files are named where they lie', async () => {
    const { secrets, env } = await found([
      { id: 'a', from: 'file', name: '.netrc' },
      { id: 'b', from: 'file', name: '/etc/key' },
    ]);
    expect(secrets.map(({ name }) => name)).toEqual(['/repo/.netrc', '/etc/key']);
    expect(env).toBeUndefined();
  });

  it('that were given win, and their values are in the environment of this one program alone', async () => {
    const secrets = new Map([['token', { value: 'given-value' }]]);
    const { env, ...rest } = await found([token], { PATH: '/bin', GITHUB_TOKEN: 'other' }, { secrets });
    expect(rest.secrets).toEqual([{ id: 'token', from: 'env', name: 'SLIPWAY_SECRET_0' }]);
    expect(JSON.stringify(rest.secrets)).not.toContain('given-value');
    expect(env).toEqual({ PATH: '/bin', SLIPWAY_SECRET_0: 'given-value' });
    expect(rest.covered).toEqual(['given-value']);
  });

  it('may be given as another variable or another file', async () => {
    const asked: BuildSecret[] = [token, { id: 'rc', from: 'file', name: 'none' }];
    const secrets = new Map([
      ['token', { from: 'env' as const, name: 'OTHER' }],
      ['rc', { from: 'file' as const, name: '.netrc' }],
    ]);
    expect((await found(asked, { OTHER: 'o' }, { secrets })).secrets).toEqual([
      { id: 'token', from: 'env', name: 'OTHER' },
      { id: 'rc', from: 'file', name: '/repo/.netrc' },
    ]);
  });

  const absent: [BuildSecret, string][] = [
    [{ id: 'a', from: 'env', name: 'NONE' }, 'NONE is not set'],
    [{ id: 'a', from: 'env', name: 'EMPTY' }, 'EMPTY is not set'],
    [{ id: 'a', from: 'file', name: 'none' }, 'there is no file none'],
  ];

  it.each(absent)('that nobody gave are asked for: %j', async (secret, why) => {
    await expect(found([secret], { EMPTY: '' })).rejects.toMatchObject({
      code: 'secret-missing',
      exitCode: 1,
      what: `app asks for the secret a, and nobody gave it: ${why}`,
      where: 'secrets of app',
      state: 'nothing of this image was built',
      next: expect.stringContaining('a=…'),
    });
  });

  it.each(absent)('that may be missing are left out, and said: %j', async (secret, why) => {
    const words = [`app is built without the secret a: ${why}`];
    const optional = await found([{ ...secret, optional: true }], { EMPTY: '' });
    expect([optional.secrets, optional.log.texts('notice')]).toEqual([[], words]);
    const untrusted = await found([secret], { EMPTY: '' }, { mayLackSecrets: true });
    expect([untrusted.secrets, untrusted.log.texts('notice')]).toEqual([[], words]);
  });
});
