import { describe, expect, it } from '@jest/globals';
import { parseRepository } from '../../../src/domain/image-ref.ts';
import { setOf } from '../../../src/domain/image-set.ts';
import { cacheMiss } from '../../../src/domain/rebuild.ts';
import type { CacheUse } from '../../../src/domain/record.ts';
import { gateRefusal } from '../../../src/domain/verdict.ts';
import { recordBytes } from '../../../src/formats/record-artifact.ts';
import { platformRecord } from '../../../src/stages/build.ts';
import { type GateWay, gate } from '../../../src/stages/gate.ts';
import { gateNotes, gateOf } from '../../../src/stages/planning/gate-notes.ts';
import { readImage } from '../../../src/store/image-content.ts';
import { createStore, openStore } from '../../../src/store/store.ts';
import { FakeRegistry } from '../../support/fake-registry.ts';
import { play } from '../../support/gate-matrix.ts';
import { causeDockerfile, causeImage } from '../../support/made-causes.ts';
import { type MadeImage, writeMade } from '../../support/made-image.ts';
import { madePlan, madePlanned, madePrefix, madeRecord } from '../../support/made-plan.ts';
import { sourceOf } from '../../support/made-source.ts';
import { createMemoryFiles } from '../../support/memory-files.ts';
import { drawn, honest } from '../../support/tampering.ts';
import { storePorts } from '../store/store-ports.ts';

const dockerfile = { text: causeDockerfile, file: 'app/Dockerfile', target: null, buildArgs: {} };
const tested = drawn(causeImage, 'oci');
const other = drawn(
  {
    ...causeImage,
    layers: causeImage.layers.map((one, at) => (at === 3 ? { ...one, entries: [{ name: 'app/x' }] } : one)),
  },
  'oci',
);

async function recordOf(made: MadeImage) {
  const { digest, mediaType } = made.manifest;
  const platforms = (await readImage(sourceOf(made), digest)).platforms.map(platformRecord);
  return madeRecord('app', { digest, mediaType, platforms });
}

/** The gate over an image that is staged, with its record. */
async function judged(
  way: (record: Awaited<ReturnType<typeof recordOf>>) => GateWay | Promise<GateWay>,
  staged = tested,
) {
  const registry = new FakeRegistry();
  const { repository } = madePlanned();
  const record = await recordOf(tested);
  await registry.publish(repository, tested);
  await registry.publish(repository, staged);
  await registry.attach(record, tested);
  await registry.attach(record, staged);
  const plan = madePlan();
  const set = setOf(plan, [{ key: 'app', digest: staged.manifest.digest, record: recordBytes(record).digest }]);
  const verdict = await gate(
    { registry: registry.client },
    { plan, set, way: await way(record), dockerfiles: new Map([['app', dockerfile]]) },
  );
  const [image] = verdict.images;
  if (image === undefined) throw new Error('there is a verdict');
  return { ...image, verdict };
}

async function rebuiltAs(
  made: MadeImage,
  cache: CacheUse,
): Promise<(record: Awaited<ReturnType<typeof recordOf>>) => GateWay> {
  const { platforms, digest, mediaType } = await recordOf(made);
  const source = sourceOf(made);
  return (record) => {
    const fragment = { digest, mediaType, platforms, bases: [], builder: record.builder, cache, durationMs: 1 };
    return { mode: 'rebuild', rebuilds: [{ record, outcome: { kind: 'built', fragment, source } }] };
  };
}

const read = (problem: string | null) => ({ kind: 'read' as const, place: 'r.test/cache:app', problem });
const all: CacheUse = { cached: 5, executed: 0, caches: [read(null)] };
const none: CacheUse = { cached: 0, executed: 5, caches: [read('not found')] };

const later = drawn(
  {
    ...causeImage,
    layers: causeImage.layers.map((one, at) =>
      at === 3 ? { ...one, entries: one.entries.map((entry) => ({ ...entry, mtime: 1_900_000_000 })) } : one,
    ),
  },
  'oci',
);

describe('a second build that differs', () => {
  it('in times alone proves nothing: its builder had a result of its own', async () => {
    const { state, reasons, difference } = await judged(await rebuiltAs(later, all));
    expect([state, reasons]).toEqual(['unverifiable', [expect.stringMatching(/^app: .* same files with other times/)]]);
    expect(difference?.cause).toMatch(/^timestamps: /);
  });

  it('is a mismatch with layer, line, paths and cause', async () => {
    const { state, reasons, difference } = await judged(await rebuiltAs(other, all));
    expect([state, reasons]).toEqual([
      'mismatch',
      [expect.stringMatching(/^for linux\/amd64 the second build has the fingerprint sha256:/)],
    ]);
    expect(difference).toMatchObject({
      dockerfile: 'app/Dockerfile',
      layer: { index: 3, line: 11, instruction: 'COPY --chown=1000:1000 src/ /app/', changed: 3 },
      cause: expect.stringMatching(/^context: COPY /),
    });
  });

  it('says its cause in the refusal', async () => {
    const { verdict } = await judged(await rebuiltAs(other, all));
    expect(gateRefusal(verdict)).toMatchObject({
      code: 'gate-mismatch',
      next: expect.stringContaining('(context: COPY '),
    });
  });

  it('is unverifiable where the cache was not used and nothing else proves other inputs', async () => {
    const random = drawn(
      {
        ...causeImage,
        layers: causeImage.layers.map((one, at) => (at === 1 ? { ...one, entries: [{ name: 'rnd' }] } : one)),
      },
      'oci',
    );
    // The packages differ as well then, and yet a fresh build says nothing about the first one.
    const { state, reasons, difference } = await judged(await rebuiltAs(random, none));
    expect([state, reasons]).toEqual(['unverifiable', [expect.stringMatching(/^The cache for app was not used/)]]);
    expect([difference?.layer?.line, difference?.cause]).toEqual([8, 'cache: it was not used']);
  });

  it('is a mismatch without a cache too where the context is proven to be another', async () => {
    expect((await judged(await rebuiltAs(other, none))).state).toBe('mismatch');
  });

  it('that runs alike without the cache is a match', async () => {
    const again = drawn({ ...causeImage, created: '2030-01-01T00:00:00Z' }, 'oci');
    expect((await judged(await rebuiltAs(again, none))).state).toBe('match');
  });

  it('was not made is unverifiable, with the reason', async () => {
    const way = (record: Awaited<ReturnType<typeof recordOf>>): GateWay => {
      return { mode: 'rebuild', rebuilds: [{ record, outcome: { kind: 'impossible', why: 'no builder' } }] };
    };
    expect(await judged(way)).toMatchObject({ state: 'unverifiable', reasons: ['no builder'] });
    expect(await judged(() => ({ mode: 'layers', rebuilds: [] }))).toMatchObject({
      state: 'unverifiable',
      reasons: ['it was not built a second time'],
    });
  });

  it('warns of what the mode layers cannot see', async () => {
    const { verdict } = await judged(() => ({ mode: 'layers', rebuilds: [] }));
    expect(verdict.warnings).toEqual([expect.stringMatching(/ENTRYPOINT.*platform.*annotations/)]);
    expect((await judged(() => ({ mode: 'promote' }))).verdict.warnings).toBeUndefined();
  });
});

describe('a platform that nobody tested', () => {
  it('is explained against the one that was, where that is still there', async () => {
    const { state, difference } = await judged(() => ({ mode: 'promote' }), other);
    expect(state).toBe('mismatch');
    expect(difference).toMatchObject({ layer: { line: 11 }, cause: expect.stringMatching(/^context: /) });
  });
});

describe('the reason why a cache was not used', () => {
  const record = (cache?: CacheUse) => (cache === undefined ? { key: 'app' } : { key: 'app', cache });
  const wrote = (problem: string | null): CacheUse => {
    return { cached: 0, executed: 5, caches: [{ kind: 'write', place: 'registry', problem }] };
  };
  it.each([
    ['the export failed', wrote('400'), none, /cache export failed in the test job \(400\)/],
    ['none was written', all, none, /the test job wrote no cache/],
    ['it cannot be read', wrote(null), none, /r\.test\/cache:app could not be read \(not found\)/],
    ['nothing fits', wrote(null), { ...none, caches: [read(null)] }, /nothing of the cache fits/],
  ])('is told where %s', (_, first, second, words) => {
    expect(cacheMiss(record(first), { cache: second })).toMatch(words);
  });

  it('is none where it was used', () => {
    expect(cacheMiss(record(), { cache: all })).toBeUndefined();
    expect(cacheMiss(record(), { cache: { ...all, executed: 1 } })).toBeUndefined();
    expect(cacheMiss(record(), {})).toBeUndefined();
  });
});

describe('the mode archive', () => {
  const files = createMemoryFiles();
  const ports = storePorts(files);

  async function keptAt(folder: string): Promise<void> {
    const store = await createStore(ports, folder);
    await writeMade(store, tested);
    await store.addEntry(tested.descriptor);
  }
  const wayTo =
    (folder: string | undefined) =>
    (record: Awaited<ReturnType<typeof recordOf>>): GateWay => ({
      mode: 'archive',
      records: [record],
      findStore: async () => (folder === undefined ? undefined : openStore(ports, folder)),
    });

  it('lets pass a store that is whole', async () => {
    await keptAt('/whole');
    expect(await judged(wayTo('/whole'))).toMatchObject({ state: 'match', reasons: [] });
  });

  it.each([0, 3])('reads every byte of layer %d', async (at) => {
    await keptAt(`/damaged-${at}`);
    const layer = tested.blobs[at + 1]?.descriptor.digest.slice('sha256:'.length) ?? '';
    const path = `/damaged-${at}/blobs/sha256/${layer}`;
    const bytes = (await files.readBytes(path)) ?? new Uint8Array();
    bytes[bytes.length - 9] = (bytes[bytes.length - 9] ?? 0) ^ 1;
    await files.write(path, bytes);
    const { state, reasons } = await judged(wayTo(`/damaged-${at}`));
    expect([state, reasons]).toEqual([
      'mismatch',
      [expect.stringMatching(new RegExp(`^its layer sha256:${layer} is damaged`))],
    ]);
  });

  it('cannot verify what has no store, and names the artifact', async () => {
    const { state, reasons } = await judged(wayTo(undefined));
    expect([state, reasons]).toEqual([
      'unverifiable',
      [expect.stringContaining('there is no slipway-store-app with sha256:')],
    ]);
  });
});

describe('an image that a registry has collected', () => {
  it('is unverifiable, and the reason says how to avoid it', async () => {
    const world = {
      client: new FakeRegistry().client,
      fresh: () => parseRepository(`${madePrefix}/x`, 'test'),
      store: async (made: MadeImage) => sourceOf(made),
    };
    const plan = madePlan();
    const set = setOf(plan, [{ key: 'app', digest: tested.manifest.digest, record: tested.manifest.digest }]);
    const [image] = (await gate({ registry: world.client }, { plan, set })).images;
    expect([image?.state, image?.reasons.join()]).toEqual([
      'unverifiable',
      expect.stringMatching(/"stage: tag" in slipway\.yml holds it there, and so does a clean-up that spares/),
    ]);
    expect((await play(world, 'promote', { tested: drawn(honest, 'oci') })).state).toBe('match');
  });
});

describe('the plan of a project that chose a mode', () => {
  const cached = madePlanned('a', { cache: { from: ['x'], to: ['x'], fresh: false } });
  const uncached = madePlanned('b', { cache: { from: ['x'], to: [], fresh: false } });

  it('announces what a second build cannot prove', () => {
    expect(gateNotes('rebuild', [cached, uncached])).toEqual([
      expect.stringMatching(/^gate: rebuild will find b unverifiable: /),
    ]);
    expect([
      gateNotes('rebuild', [cached]),
      gateNotes('promote', [uncached]),
      gateNotes(undefined, [uncached]),
    ]).toEqual([[], [], []]);
  });

  it('reads it in both forms', () => {
    expect([gateOf({}), gateOf({ gate: 'rebuild' }), gateOf({ gate: { mode: 'layers' } })]).toEqual([
      undefined,
      'rebuild',
      'layers',
    ]);
  });
});
