import { describe, expect, it } from '@jest/globals';
import { parseRepository, parseTag } from '../../../src/domain/image-ref.ts';
import { parseSlipwayYml } from '../../../src/formats/slipway-yml.ts';
import { findRepointed } from '../../../src/pipelines/repoint-tags.ts';
import { configuredImages } from '../../../src/stages/planning/configured.ts';
import { proveTagged } from '../../../src/stages/retag.ts';
import { scriptedExec } from '../../support/fake-exec.ts';
import { recordingLog } from '../../support/fake-log.ts';
import { madeImage } from '../../support/made-image.ts';
import { madeEvent, madePrefix, madeRecord, tagsNamed } from '../../support/made-plan.ts';
import { createMemoryFiles } from '../../support/memory-files.ts';
import { farPrefix, TwoRegistries } from '../../support/two-registries.ts';
import { planOf, publishAll } from './planned.ts';

const tree = {
  'slipway.yml': `registry: ${madePrefix}\nregistries: [${farPrefix}]\nallow-untested: [app]\nimages: {app: {}}\n`,
  'app/Dockerfile': 'FROM scratch\n',
};
const near = parseRepository(`${madePrefix}/app`, 'test');
const far = parseRepository(`${farPrefix}/app`, 'test');

async function projectOf(prefix: string) {
  const files = createMemoryFiles(Object.fromEntries(Object.entries(tree).map(([at, text]) => [`/repo/${at}`, text])));
  const own = parseSlipwayYml(tree['slipway.yml'], 'slipway.yml');
  const configured = await configuredImages(files, '/repo', { config: own, configFile: 'slipway.yml' });
  const config = { ...own, ...configured, isDiscovered: false, texts: {}, notes: [] };
  return { files, config, configFile: 'slipway.yml', prefix };
}

describe('tags for what was built before', () => {
  it.each([
    ['are given in further registries as well', madePrefix, [far], []],
    ['are given there alone where it is another registry', 'elsewhere.test/acme', undefined, [expect.any(String)]],
  ])('%s', async (_, registry, alsoIn, notes) => {
    const both = new TwoRegistries();
    await publishAll(both.near, await planOf(tree), 'main');
    const { files, ...read } = await projectOf(madePrefix);
    const project = { ...read, config: { ...read.config, registry } };
    const log = recordingLog();
    const ports = {
      files,
      log,
      http: both.http,
      clock: both.near.clock,
      exec: scriptedExec([]),
      registry: both.client,
    };
    const event = madeEvent({ name: 'release', ref: 'refs/tags/v1.2.3' });
    const run = { id: '1', number: 1, attempt: 1 };
    const commit = { id: 'a'.repeat(40), time: 1_700_000_000, dirty: false };
    const inputs = { ...project, folder: '/repo', event, run, commit, offline: true };
    const asked = { from: parseTag('main', 'test'), to: { immutable: tagsNamed('v1.2.3'), floating: [] } };
    const [image] = await proveTagged(ports, inputs, asked);
    expect([image?.repository, image?.alsoIn, log.texts('notice')]).toEqual([near, alsoIn, notes]);
  });
});

describe('a tag that is moved back', () => {
  const [old, fresh] = [madeImage({ layers: [{ v: '1' }] }), madeImage({ layers: [{ v: '2' }] })];
  const wish = { tag: 'latest', from: [fresh.manifest.digest], to: [old.manifest.digest] };

  async function released(): Promise<TwoRegistries> {
    const both = new TwoRegistries();
    await both.near.publish(near, old, '1.0.0');
    await both.near.attach(madeRecord('app', { repository: near, digest: old.manifest.digest }), old);
    await both.near.publish(near, fresh, 'latest');
    return both;
  }

  it('is moved in further registries where it is, by content of the first one', async () => {
    const both = await released();
    const project = await projectOf(madePrefix);
    const one = { key: 'app', repository: near, tag: 'latest', from: wish.from[0], to: wish.to[0] };
    expect(await findRepointed(both.client, project, wish)).toEqual([one]);
    await both.far.publish(far, fresh, 'latest');
    expect(await findRepointed(both.client, project, wish)).toEqual([one, { ...one, repository: far, source: near }]);
  });

  it('stays there where it is moved in another registry than that of the configuration', async () => {
    const both = await released();
    await both.far.publish(far, fresh, 'latest');
    const project = await projectOf('registry.test/acme');
    const config = { ...project.config, registry: 'elsewhere.test/acme' };
    expect(await findRepointed(both.client, { ...project, config }, wish)).toHaveLength(1);
  });
});
