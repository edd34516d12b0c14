import { describe, expect, it } from '@jest/globals';
import { Redactor } from '../../../../src/domain/redactor.ts';
import { refuseBakedSecrets } from '../../../../src/stages/prebuilding/baked-secrets.ts';
import { withCompose } from '../../../../src/stages/prebuilding/compose.ts';
import { readProject } from '../../../../src/stages/prebuilding/project.ts';
import { scriptedExec } from '../../../support/fake-exec.ts';
import { createMemoryFiles } from '../../../support/memory-files.ts';

const env = { DEPLOY_TOKEN: 'a-secret-value', MODE: 'fast', HANDED: 'another-secret' };

/** Tries to publish what a configuration makes; `another-secret` is registered as a secret under no name that says so. */
async function refuse(config: object, service?: object): Promise<void> {
  const files = createMemoryFiles({ '/r/.devcontainer.json': JSON.stringify(config), '/r/c.yml': 'services' });
  const stdout = JSON.stringify({ services: { app: service ?? { image: 'a' } } });
  const exec = scriptedExec([{ program: 'docker', result: { stdout } }]);
  const project = await withCompose({ exec, files }, await readProject(files, '/r', undefined));
  const secrets = new Redactor();
  secrets.add(env.HANDED);
  refuseBakedSecrets({ env, secrets }, project);
}

describe('a secret that would be in a published image', () => {
  it.each<[object, string]>([
    [{ image: 'a', containerEnv: { KEY: '${localEnv:DEPLOY_TOKEN}' } }, 'DEPLOY_TOKEN'],
    [{ image: 'a', containerEnv: { KEY: 'Bearer a-secret-value' } }, 'containerEnv KEY'],
    [{ image: 'a', containerEnv: { KEY: '${localEnv:HANDED}' } }, 'HANDED'],
    [{ image: 'a', containerEnv: { KEY: 'another-secret' } }, 'containerEnv KEY'],
    [{ build: { dockerfile: 'D', args: { KEY: '${localEnv:DEPLOY_TOKEN}' } } }, 'DEPLOY_TOKEN'],
    [{ build: { dockerfile: 'D', args: { KEY: 'a-secret-value' } } }, 'the build argument KEY'],
    [{ build: { dockerfile: 'D', options: ['--build-arg=KEY=${localEnv:DEPLOY_TOKEN}'] } }, 'DEPLOY_TOKEN'],
    [{ image: 'a', features: { './f': { token: '${localEnv:DEPLOY_TOKEN}' } } }, 'DEPLOY_TOKEN'],
    [{ image: 'a', features: { './f': { token: 'a-secret-value' } } }, 'the Feature ./f, option token'],
  ])('of %j is refused by its place, and never shown', async (config, place) => {
    const refused = refuse(config);
    await expect(refused).rejects.toMatchObject({ code: 'devcontainer-secret' });
    await expect(refused).rejects.toThrow(place);
    await expect(refused).rejects.not.toThrow(/a-secret-value|another-secret/);
  });

  it('of the build of a compose service is refused, where compose has put it in', async () => {
    const config = { dockerComposeFile: 'c.yml', service: 'app' };
    const build = (args: object, more: object = {}) => ({ build: { context: '/r', args, ...more } });
    await expect(refuse(config, build({ KEY: 'a-secret-value' }))).rejects.toThrow('the build argument KEY');
    await expect(refuse(config, build({}, { labels: { l: 'a-secret-value' } }))).rejects.toThrow('devcontainer-secret');
    await refuse(config, { image: 'a', environment: { KEY: 'a-secret-value' } });
  });

  it.each<[object]>([
    [{ image: 'a', remoteEnv: { KEY: '${localEnv:DEPLOY_TOKEN}' } }],
    [{ image: 'a', containerEnv: { MODE: '${localEnv:MODE}', NONE: '${localEnv:NO_TOKEN}' } }],
    [{ build: { dockerfile: 'D', args: { MODE: 'fast' } } }],
  ])('is none in %j', async (config) => {
    await refuse(config);
  });
});
