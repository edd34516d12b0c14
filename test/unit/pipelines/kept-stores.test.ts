import { describe, expect, it } from '@jest/globals';
import { digestOf } from '../../../src/domain/digest.ts';
import { builtIn, type KeptStore, keptStore, whyNotAdopted } from '../../../src/domain/kept-store.ts';
import { dropKept, findKept, keepStore } from '../../../src/pipelines/kept-stores.ts';
import { platformRecord } from '../../../src/stages/build.ts';
import { readImage } from '../../../src/store/image-content.ts';
import { createStore } from '../../../src/store/store.ts';
import { fakeClock } from '../../support/fake-clock.ts';
import { recordingLog } from '../../support/fake-log.ts';
import { fakeProcesses } from '../../support/fake-processes.ts';
import { madeImage, writeMade } from '../../support/made-image.ts';
import { madePlan, madePlanned, madePlatformRecord, madeRecord } from '../../support/made-plan.ts';
import { createMemoryFiles } from '../../support/memory-files.ts';

const plan = madePlan();
const place = { work: '/repo/.slipway', runFolder: '/repo/.slipway/run-1' };

/** A disk with a store of a made image in the folder of a run, and what would be written beside it. */
async function setUp() {
  const files = createMemoryFiles();
  const log = recordingLog();
  const ports = { files, log, clock: fakeClock(), random: { hex: () => 'a' }, processes: fakeProcesses() };
  const keep = async (text: string): Promise<KeptStore> => {
    const layout = `${place.runFolder}/app`;
    const store = await createStore(ports, layout);
    const image = madeImage({ layers: [{ text }] });
    await writeMade(store, image);
    await store.addEntry(image.descriptor);
    const { digest, mediaType, platforms } = await readImage(store, image.descriptor.digest);
    const built = { ...builtIn(madeRecord('app')), digest, mediaType, platforms: platforms.map(platformRecord) };
    const found = { built, why: 'test-failed', buildable: null };
    const kept = keptStore({ plan, run: plan.run }, madePlanned(), found);
    await keepStore({ files }, { ...place, layout }, kept);
    return kept;
  };
  return { files, log, ports, keep };
}

describe('a kept store', () => {
  it('is found again as it was, and is in its place only as a whole', async () => {
    const { files, ports, keep } = await setUp();
    const kept = await keep('one');
    const found = await findKept(ports, place.work, 'app');
    expect(found?.kept).toEqual(kept);
    expect(found?.store.folder).toBe('/repo/.slipway/stores/app/image');
    expect((await files.list(place.runFolder)).map(({ name }) => name)).toEqual([]);
  });

  it('takes the place of the one before, which goes with the folder of the run', async () => {
    const { files, ports, keep } = await setUp();
    await keep('one');
    const second = await keep('two');
    expect((await findKept(ports, place.work, 'app'))?.kept).toEqual(second);
    expect((await files.list(place.runFolder)).map(({ name }) => name)).toEqual(['app..old']);
  });

  it('is none where nothing was kept, or where it was dropped', async () => {
    const { ports, keep } = await setUp();
    expect(await findKept(ports, place.work, 'app')).toBeUndefined();
    await keep('one');
    await dropKept(ports, place, 'app');
    expect(await findKept(ports, place.work, 'app')).toBeUndefined();
    await dropKept(ports, place, 'app');
  });

  it.each<[string, (path: string) => readonly [string, string]]>([
    ['cannot be read', (path) => [`${path}/kept.json`, '{"schema":']],
    ['is no layout', (path) => [`${path}/image/oci-layout`, '{}']],
  ])('that %s is none, and that is said', async (_, broken) => {
    const { files, log, ports, keep } = await setUp();
    await keep('one');
    await files.write(...broken('/repo/.slipway/stores/app'));
    expect(await findKept(ports, place.work, 'app')).toBeUndefined();
    expect(log.texts('warning')).toEqual([expect.stringMatching(/^what is kept of app cannot be used: /)]);
  });

  it('whose platforms are not those that are written beside it is none', async () => {
    const { files, log, ports, keep } = await setUp();
    const kept = await keep('one');
    const other = { ...kept, built: { ...kept.built, platforms: [madePlatformRecord()] } };
    await files.write('/repo/.slipway/stores/app/kept.json', JSON.stringify(other));
    expect(await findKept(ports, place.work, 'app')).toBeUndefined();
    expect(log.texts('warning').join()).toMatch(/cannot be used: the image sha256:.* is not what is written beside it/);
  });
});

describe('a store from an earlier attempt', () => {
  const run = { id: '7', number: 1, attempt: 2 };
  const image = madePlanned();
  const built = builtIn(madeRecord('app'));
  const kept = keptStore({ plan, run: { ...run, attempt: 1 } }, image, { built, why: 'test-failed', buildable: null });

  it('takes the place of a build where it is of the same run, inputs, commit and platforms', () => {
    expect(whyNotAdopted(kept, { plan, image, run })).toBeUndefined();
    expect(whyNotAdopted({ ...kept, run }, { plan, image, run })).toBeUndefined();
  });

  it.each<[string, Partial<KeptStore>]>([
    ['it is of run 8', { run: { ...run, id: '8' } }],
    ['it is of attempt 3, and this is 2', { run: { ...run, attempt: 3 } }],
    ['it is of registry.test/acme/other', { repository: madePlanned('other').repository }],
    ['it was built of other files', { identity: digestOf('others') }],
    ['it was built of other files', { commit: 'c'.repeat(40) }],
    ['it is for linux/arm64', { built: { ...built, platforms: [madePlatformRecord('linux/arm64')] } }],
  ])('does not where %s', (why, changes) => {
    expect(whyNotAdopted({ ...kept, ...changes }, { plan, image, run })).toBe(why);
  });
});
