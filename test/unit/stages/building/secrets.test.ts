import { describe, expect, it } from '@jest/globals';
import { type BuildSecret, plainBuild } from '../../../../src/domain/build-options.ts';
import { findSecrets } from '../../../../src/stages/building/secrets.ts';
import { recordingLog } from '../../../support/fake-log.ts';
import { madePlanned } from '../../../support/made-plan.ts';
import { createMemoryFiles } from '../../../support/memory-files.ts';

async function found(secrets: BuildSecret[], env: Readonly<Record<string, string>> = {}) {
  const log = recordingLog();
  const files = createMemoryFiles({ '/repo/.netrc': 'x', '/etc/key': 'y' });
  const image = madePlanned('app', { options: { ...plainBuild, secrets } });
  const { options, env: given } = await findSecrets({ env, files, log }, { image, folder: '/repo' });
  return { secrets: options.secrets, env: given, log };
}

describe('the secrets of a build', () => {
  it('that are variables reach the build, also those that programs usually do not see', async () => {
    const secret: BuildSecret = { id: 'token', from: 'env', name: 'GITHUB_TOKEN' };
    const env = { PATH: '/bin', GITHUB_TOKEN: 'made-up', GITHUB_OUTPUT: '/out', INPUT_PASSWORD: 'made-up too' };
    expect(await found([secret], env)).toMatchObject({
      secrets: [secret],
      env: { PATH: '/bin', GITHUB_TOKEN: 'made-up' },
    });
    expect((await found([secret], env)).env).not.toHaveProperty('GITHUB_OUTPUT');
    expect((await found([secret], env)).env).not.toHaveProperty('INPUT_PASSWORD');
  });

  it('that are files are named where they lie', async () => {
    const { secrets, env } = await found([
      { id: 'a', from: 'file', name: '.netrc' },
      { id: 'b', from: 'file', name: '/etc/key' },
    ]);
    expect(secrets.map(({ name }) => name)).toEqual(['/repo/.netrc', '/etc/key']);
    expect(env).toBeUndefined();
  });

  it.each<[BuildSecret, string]>([
    [{ id: 'a', from: 'env', name: 'NONE' }, 'app is built without the secret a: NONE is not set'],
    [{ id: 'a', from: 'env', name: 'EMPTY' }, 'app is built without the secret a: EMPTY is not set'],
    [{ id: 'a', from: 'file', name: 'none' }, 'app is built without the secret a: there is no file none'],
  ])('that are not there are left out, and said: %j', async (secret, words) => {
    const { secrets, log } = await found([secret], { EMPTY: '' });
    expect(secrets).toEqual([]);
    expect(log.texts('notice')).toEqual([words]);
  });
});
