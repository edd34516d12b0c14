import { beforeAll, describe, expect, it } from '@jest/globals';
import { digestOf } from '../../../src/domain/digest.ts';
import type { GateMode } from '../../../src/domain/gate-mode.ts';
import { parsePlatform } from '../../../src/domain/platform.ts';
import { rowsOf } from '../../../src/domain/rows.ts';
import { storesInArtifacts, storesInFolder } from '../../../src/pipelines/found-stores.ts';
import { subjectRefusal, verifySubject } from '../../../src/pipelines/verify.ts';
import { platformRecord } from '../../../src/stages/build.ts';
import { readImage } from '../../../src/store/image-content.ts';
import { createStore } from '../../../src/store/store.ts';
import { createCollection } from '../../../src/store/tar/pack.ts';
import { recordingLog } from '../../support/fake-log.ts';
import { FakeRegistry } from '../../support/fake-registry.ts';
import { writeMade } from '../../support/made-image.ts';
import { madePlan, madePlanned, madePrefix } from '../../support/made-plan.ts';
import { sourceOf } from '../../support/made-source.ts';
import { createMemoryFiles } from '../../support/memory-files.ts';
import { drawn, honest } from '../../support/tampering.ts';
import { storePorts } from '../store/store-ports.ts';

const made = drawn(honest, 'oci');
const index = drawn(honest, 'index');
const files = createMemoryFiles();
const stores = storePorts(files);
const registry = new FakeRegistry();
const ref = `${madePrefix}/app:1`;

/** What is found of a subject, where all that is asked is there. */
async function verified(subject: string, expected: string, mode: GateMode = 'promote') {
  const log = recordingLog();
  const ports = { ...stores, log } as unknown as Parameters<typeof verifySubject>[0];
  const found = await verifySubject(ports, { subject, expected, mode, where: 'test' }, () => registry.client);
  return { ...found, warnings: log.texts('warning') };
}

async function factsOf(image = made) {
  const [platform] = (await readImage(sourceOf(image), image.manifest.digest)).platforms.map(platformRecord);
  if (platform === undefined) throw new Error('it has a platform');
  return platform;
}

beforeAll(async () => {
  await registry.publish(madePlanned().repository, made, '1');
  await registry.publish(madePlanned('wide').repository, index, '1');
  for (const [folder, image] of [
    ['/store', made],
    ['/damaged', made],
    ['/kept/app', made],
  ] as const) {
    const store = await createStore(stores, folder);
    await writeMade(store, image);
    await store.addEntry(image.descriptor);
  }
  const layer = made.blobs.at(-1)?.descriptor.digest.slice('sha256:'.length);
  await files.write(`/damaged/blobs/sha256/${layer}`, 'not what it was');
});

describe('one image', () => {
  it('in a registry is what is expected, by each mode', async () => {
    const { fingerprint, layers } = await factsOf();
    const { digest } = made.manifest;
    const states = await Promise.all([
      verified(ref, digest),
      verified(ref, digest, 'archive'),
      verified(ref, fingerprint, 'rebuild'),
      verified(ref, layers, 'layers'),
    ]);
    expect(states.map(({ state }) => state)).toEqual(['match', 'match', 'match', 'match']);
    expect(states.map(({ warnings }) => warnings.length)).toEqual([0, 0, 0, 1]);
  });

  it('that is another is a mismatch, and the refusal names both', async () => {
    const found = await verified(ref, digestOf('x'));
    expect(found).toMatchObject({ state: 'mismatch', found: made.manifest.digest });
    expect(subjectRefusal(found)).toMatchObject({
      code: 'gate-mismatch',
      exitCode: 1,
      what: expect.stringContaining(`${made.manifest.digest}, and must be ${digestOf('x')}`),
    });
  });

  it('that is not there is unverifiable', async () => {
    const found = await verified(`${madePrefix}/app:2`, digestOf('x'));
    expect([found.state, found.found, subjectRefusal(found).code]).toEqual(['unverifiable', null, 'gate-unverifiable']);
  });

  it('of several platforms is unverifiable by a hash of layers', async () => {
    const { layers } = await factsOf(index);
    expect((await verified(`${madePrefix}/wide:1`, layers, 'layers')).state).toBe('unverifiable');
  });

  it('in a store is read to its last byte by the mode archive', async () => {
    const { digest } = made.manifest;
    expect((await verified('/store', digest, 'archive')).state).toBe('match');
    expect(await verified('/damaged', digest)).toMatchObject({ state: 'match' });
    expect(await verified('/damaged', digest, 'archive')).toMatchObject({
      state: 'mismatch',
      reasons: [expect.stringMatching(/^its layer sha256:/)],
    });
  });
});

describe('stores of a run', () => {
  const { digest } = made.manifest;

  it('are found in a folder by key, and taken by digest', async () => {
    const find = storesInFolder(stores, '/kept');
    expect(await (await find({ key: 'app', digest }))?.readManifest(digest)).toBeDefined();
    expect(await find({ key: 'app', digest: digestOf('x') })).toBeUndefined();
    expect(await find({ key: 'other', digest })).toBeUndefined();
  });

  it('are downloaded once, part by part, and read where they lie', async () => {
    const collection = createCollection('store');
    await writeMade(collection, made);
    const pack = await collection.pack([made.descriptor]);
    const asked: string[] = [];
    const artifactFolders = {
      uploadFolder: async () => {},
      async downloadTo(name: string, folder: string) {
        asked.push(name);
        if (!name.endsWith('@linux-arm64')) return false;
        await files.write(`${folder}/store.tar`, pack);
        return true;
      },
    };
    const platforms = ['linux/amd64', 'linux/arm64'].map(parsePlatform);
    const plan = madePlan({ images: [madePlanned('app', { platforms })] });
    const own = new Map(platforms.map((name) => [name, [name.replaceAll('/', '-')]]));
    const rows = [...rowsOf(plan, { runners: { usual: [], own } })];
    const find = storesInArtifacts({ ...stores, artifactFolders }, { ...plan, rows }, '/fetched');
    expect(await (await find({ key: 'app', digest }))?.readManifest(digest)).toBeDefined();
    expect(await find({ key: 'app', digest: digestOf('x') })).toBeUndefined();
    expect(asked.toSorted()).toEqual(['slipway-store-app@linux-amd64', 'slipway-store-app@linux-arm64']);
  });
});
