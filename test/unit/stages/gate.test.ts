import { describe, expect, it } from '@jest/globals';
import { repositoryContent } from '../../../src/clients/registry/repository-content.ts';
import { type Digest, digestOf } from '../../../src/domain/digest.ts';
import { setOf } from '../../../src/domain/image-set.ts';
import type { ImageRecord } from '../../../src/domain/record.ts';
import { gate } from '../../../src/stages/gate.ts';
import { FakeRegistry } from '../../support/fake-registry.ts';
import { type MadeImage, madeImage, madeIndex } from '../../support/made-image.ts';
import { madePlan, madePlanned, madePlatformRecord, madeRecord } from '../../support/made-plan.ts';

const amd64 = madeImage({ layers: 2 });
const arm64 = madeImage({ platform: 'linux/arm64' });
const image = madeIndex([amd64], { attestation: true });
const { repository } = madePlanned();

/** The record that speaks for a made image of these platforms. */
function recordOf(made: MadeImage, platforms: Readonly<Record<string, Digest>>): ImageRecord {
  return madeRecord('app', {
    digest: made.manifest.digest,
    platforms: Object.entries(platforms).map(([name, digest]) => ({ ...madePlatformRecord(name), digest })),
  });
}

const record = recordOf(image, { 'linux/amd64': amd64.manifest.digest });

/** What the gate says of the set of one image that this record names. */
async function judged(registry: FakeRegistry, recordDigest: Digest, digest = image.manifest.digest) {
  const plan = madePlan();
  const set = setOf(plan, [{ key: 'app', digest, record: recordDigest }]);
  const verdict = await gate({ registry: registry.client }, { plan, set });
  return { state: verdict.state, why: verdict.images[0]?.reasons.join('; ') ?? '' };
}

async function published(made: MadeImage, its: ImageRecord) {
  const registry = new FakeRegistry();
  await registry.publish(repository, made);
  return { registry, recordDigest: await registry.attach(its, made) };
}

describe('the gate over a registry', () => {
  it('lets pass what is whole and has its record beside it', async () => {
    const { registry, recordDigest } = await published(image, record);
    expect(await judged(registry, recordDigest)).toEqual({ state: 'match', why: '' });
  });

  it('writes nothing', async () => {
    const { registry, recordDigest } = await published(image, record);
    await judged(registry, recordDigest);
    expect(registry.lines.filter((line) => !/^(GET|HEAD) /.test(line))).toEqual([]);
  });

  it('cannot verify what is not there', async () => {
    expect(await judged(new FakeRegistry(), digestOf('record'))).toEqual({
      state: 'unverifiable',
      why: expect.stringContaining(`${image.manifest.digest} is not in ${repository}`),
    });
  });

  it('cannot verify what has no record', async () => {
    const registry = new FakeRegistry();
    await registry.publish(repository, image);
    const { state, why } = await judged(registry, digestOf('record'));
    expect([state, why]).toEqual(['unverifiable', expect.stringMatching(/is not beside it: there is none$/)]);
  });

  it('cannot verify what has only another record, and names it', async () => {
    const { registry, recordDigest } = await published(image, record);
    const { state, why } = await judged(registry, digestOf('record'));
    expect([state, why]).toEqual(['unverifiable', expect.stringContaining(`there is ${recordDigest}`)]);
  });

  it('refuses an image of which a layer is gone', async () => {
    const { registry, recordDigest } = await published(image, record);
    const layer = amd64.blobs.at(-1)?.descriptor.digest ?? '';
    registry.fault({ on: new RegExp(`^HEAD .*/blobs/${layer}$`), status: 404 });
    expect(await judged(registry, recordDigest)).toEqual({
      state: 'mismatch',
      why: `its layer ${layer} is not there`,
    });
  });

  it('refuses an image of which the config is gone', async () => {
    const { registry, recordDigest } = await published(image, record);
    registry.fault({ on: new RegExp(`^GET .*/blobs/${amd64.blobs[0]?.descriptor.digest}$`), status: 404 });
    expect(await judged(registry, recordDigest)).toMatchObject({ state: 'mismatch' });
  });

  it('refuses an image of which a platform is gone', async () => {
    const { registry, recordDigest } = await published(image, record);
    registry.fault({ on: new RegExp(`^GET .*/manifests/${amd64.manifest.digest}$`), status: 404 });
    expect(await judged(registry, recordDigest)).toMatchObject({ state: 'mismatch' });
  });

  it('refuses a platform that is another than the tested one', async () => {
    const { registry, recordDigest } = await published(image, recordOf(image, { 'linux/amd64': digestOf('x') }));
    expect(await judged(registry, recordDigest)).toEqual({
      state: 'mismatch',
      why: `for linux/amd64 it holds ${amd64.manifest.digest}, and that was not tested`,
    });
  });

  it('refuses a platform that nobody tested', async () => {
    const wide = madeIndex([amd64, arm64]);
    const its = recordOf(wide, { 'linux/amd64': amd64.manifest.digest });
    const { registry, recordDigest } = await published(wide, its);
    expect(await judged(registry, recordDigest, wide.manifest.digest)).toEqual({
      state: 'mismatch',
      why: `for linux/arm64 it holds ${arm64.manifest.digest}, and that was not tested`,
    });
  });

  it('refuses a record that speaks of another digest', async () => {
    const { registry, recordDigest } = await published(image, { ...record, digest: digestOf('x') });
    expect(await judged(registry, recordDigest)).toMatchObject({ state: 'mismatch' });
  });

  it('does not take a broken line for damage', async () => {
    const { registry, recordDigest } = await published(image, record);
    registry.fault({ on: new RegExp(`^GET .*/blobs/${amd64.blobs[0]?.descriptor.digest}$`), breaks: true });
    await expect(judged(registry, recordDigest)).rejects.toMatchObject({ code: 'host-unreachable', exitCode: 3 });
  });

  it('does not take a refusal of the registry for absence', async () => {
    const { registry, recordDigest } = await published(image, record);
    registry.fault({ on: /^HEAD .*\/manifests\//, status: 500 });
    await expect(judged(registry, recordDigest)).rejects.toMatchObject({ exitCode: 3 });
  });

  it('reads from where the image is to be released', async () => {
    const { registry, recordDigest } = await published(image, record);
    const elsewhere = madePlanned('elsewhere').repository;
    const plan = madePlan({ images: [madePlanned('app', { repository: elsewhere })] });
    const set = setOf(plan, [{ key: 'app', digest: image.manifest.digest, record: recordDigest }]);
    expect((await gate({ registry: registry.client }, { plan, set })).state).toBe('unverifiable');
    expect(await repositoryContent(registry.other, elsewhere).hasManifest(image.manifest.digest)).toBe(false);
  });
});
