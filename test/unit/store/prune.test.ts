import { describe, expect, it } from '@jest/globals';
import { type Digest, hexOf } from '../../../src/domain/digest.ts';
import { mediaTypes } from '../../../src/formats/oci.ts';
import { pruneStore } from '../../../src/store/prune.ts';
import { pruneRegistry } from '../../../src/store/prune-registry.ts';
import { registryHandler } from '../../../src/store/registry/handler.ts';
import { openRegistryFolder } from '../../../src/store/repositories.ts';
import { createStore, type Store, type StorePorts } from '../../../src/store/store.ts';
import {
  type MadeImage,
  madeArtifact,
  madeBlob,
  madeImage,
  madeIndex,
  madeManifest,
  writeMade,
} from '../../support/made-image.ts';
import { createMemoryFiles } from '../../support/memory-files.ts';
import { ask, push } from './registry-client.ts';
import { storePorts } from './store-ports.ts';

const hour = 3_600_000;

/** A store whose clock a test moves. */
async function datedStore(): Promise<{ ports: StorePorts; store: Store; later: (ms: number) => void }> {
  const { ports, later } = datedPorts();
  return { ports, later, store: await createStore(ports, '/store') };
}

function datedPorts() {
  let now = 1_000_000_000;
  const files = createMemoryFiles({}, () => new Date(now));
  const later = (ms: number): void => {
    now += ms;
  };
  return { ports: storePorts(files, () => now), later };
}

/** The digests of an image and all that is in it. */
function allOf(made: MadeImage): Digest[] {
  const own = [made.manifest.digest, ...made.blobs.map((blob) => blob.descriptor.digest)];
  return [...own, ...made.children.flatMap(allOf)];
}

async function digestsIn(ports: StorePorts, folder = '/store'): Promise<string[]> {
  const names = await Promise.all(
    ['sha256', 'sha512'].map(async (algorithm) =>
      (await ports.files.list(`${folder}/blobs/${algorithm}`)).map(({ name }) => `${algorithm}:${name}`),
    ),
  );
  return names.flat().sort();
}

const kept = madeIndex([
  madeIndex([madeImage({ layers: 2 }), madeImage({ platform: 'linux/arm64' })], { attestation: true }),
]);
const unused = madeImage({ layers: 3, config: { Labels: { is: 'unused' } }, algorithm: 'sha512' });
const prune = (ports: StorePorts, minAgeMs = 0) => pruneStore(ports, '/store', { minAgeMs });

describe('pruneStore', () => {
  it('drops what no entry refers to, and tells how much that was', async () => {
    const { ports, store } = await datedStore();
    await writeMade(store, kept);
    await writeMade(store, unused);
    await store.addEntry(kept.descriptor, 'app');
    const sizes = [unused.manifest.bytes, ...unused.blobs.map((blob) => blob.bytes)].map((bytes) => bytes.length);
    expect(await prune(ports)).toEqual({ count: 5, bytes: sizes.reduce((total, size) => total + size, 0) });
    expect(await digestsIn(ports)).toEqual([...new Set(allOf(kept))].sort());
    expect(await prune(ports)).toEqual({ count: 0, bytes: 0 });
  });

  it('keeps artifacts about what stays, those about them, and no others', async () => {
    const { ports, store } = await datedStore();
    const image = madeImage();
    const record = madeArtifact('application/vnd.record', 'record', image.descriptor);
    const signature = madeArtifact('application/vnd.signature', 'signature', record.descriptor);
    const stray = madeArtifact('application/vnd.record', 'stray', unused.descriptor);
    for (const made of [signature, record, image, stray]) await writeMade(store, made);
    await store.addEntry(image.descriptor);
    expect(await prune(ports)).toMatchObject({ count: 2 });
    expect(await digestsIn(ports)).toEqual([...new Set([image, record, signature].flatMap(allOf))].sort());
  });

  it('keeps what an artifact is about, where the entry is that of the artifact', async () => {
    const { ports, store } = await datedStore();
    const image = madeImage();
    const record = madeArtifact('application/vnd.record', 'record', image.descriptor);
    const alone = madeArtifact('application/vnd.record', 'alone', unused.descriptor);
    for (const made of [image, record, alone]) await writeMade(store, made);
    await store.addEntry(record.descriptor);
    await store.addEntry(alone.descriptor);
    expect(await prune(ports)).toEqual({ count: 0, bytes: 0 });
  });

  it('keeps what an artifact deep within indexes is about, an index too', async () => {
    const { ports, store } = await datedStore();
    const record = madeArtifact('application/vnd.record', 'record', kept.descriptor);
    const deep = madeIndex([madeIndex([madeIndex([record])])]);
    for (const made of [kept, deep]) await writeMade(store, made);
    await store.addEntry(deep.descriptor);
    expect(await prune(ports)).toEqual({ count: 0, bytes: 0 });
  });

  it('keeps what was written a moment ago', async () => {
    const { ports, store, later } = await datedStore();
    await writeMade(store, madeImage());
    later(hour);
    await writeMade(store, unused);
    later(hour - 1);
    expect(await prune(ports, hour)).toMatchObject({ count: 3 });
    expect(await digestsIn(ports)).toEqual([...new Set(allOf(unused))].sort());
    later(1);
    expect(await prune(ports, hour)).toMatchObject({ count: 5 });
  });

  it('keeps a manifest that is also the layer of another, with all that is in it', async () => {
    const { ports, store } = await datedStore();
    const image = madeImage();
    const { mediaType, bytes } = image.manifest;
    const wrap = madeManifest(madeBlob(mediaTypes.empty, Buffer.from('{}')), [madeBlob(mediaType, bytes)]);
    for (const made of [image, wrap]) await writeMade(store, made);
    await store.addEntry(wrap.descriptor);
    await store.addEntry(image.descriptor);
    expect(await prune(ports)).toEqual({ count: 0, bytes: 0 });
  });

  it('does not touch what is no blob', async () => {
    const { ports } = await datedStore();
    await ports.files.write('/store/blobs/sha256/.on-its-way.tmp', 'x');
    await ports.files.write('/store/notes.txt', 'x');
    expect(await prune(ports)).toEqual({ count: 0, bytes: 0 });
    expect(await ports.files.readText('/store/blobs/sha256/.on-its-way.tmp')).toBe('x');
  });

  it.each([
    ['is missing', undefined],
    ['is damaged', 'x'],
  ])('drops nothing when a manifest below an entry %s', async (_name, text) => {
    const { ports, store } = await datedStore();
    await writeMade(store, kept);
    await writeMade(store, unused);
    await store.addEntry(kept.descriptor);
    const lost = kept.children[0]?.children[2]?.manifest.digest ?? kept.manifest.digest;
    const path = `/store/blobs/sha256/${hexOf(lost)}`;
    if (text === undefined) await ports.files.remove(path);
    else await ports.files.write(path, text);
    const before = await digestsIn(ports);
    await expect(prune(ports)).rejects.toMatchObject({
      code: 'prune-refused',
      exitCode: 1,
      what: expect.stringContaining(lost),
      state: 'nothing was dropped',
    });
    expect(await digestsIn(ports)).toEqual(before);
  });

  it('drops nothing below an entry of a kind that it does not know', async () => {
    const { ports, store } = await datedStore();
    const mediaType = 'application/vnd.oci.artifact.manifest.v1+json';
    const { descriptor, bytes } = madeBlob(mediaType, Buffer.from(JSON.stringify({ mediaType, blobs: [] })));
    await writeMade(store, { ...unused, manifest: { mediaType, digest: descriptor.digest, bytes } });
    await store.addEntry(descriptor);
    await expect(prune(ports)).rejects.toMatchObject({ code: 'prune-refused' });
  });

  it('does not mind a lost layer', async () => {
    const { ports, store } = await datedStore();
    const image = madeImage();
    await writeMade(store, { ...image, blobs: image.blobs.slice(0, 1) });
    await store.addEntry(image.descriptor);
    expect(await prune(ports)).toEqual({ count: 0, bytes: 0 });
  });

  it('waits for a writer that has the lock, and sees its entry', async () => {
    const { ports, store } = await datedStore();
    await writeMade(store, unused);
    await Promise.all([store.addEntry(unused.descriptor), prune(ports)]);
    expect(await digestsIn(ports)).toEqual([...new Set(allOf(unused))].sort());
  });
});

describe('pruneRegistry', () => {
  it('drops from the pool what belongs to no repository any more', async () => {
    const { ports, later } = datedPorts();
    const handle = registryHandler(openRegistryFolder(ports, '/registry'));
    const [shared, mine] = [madeImage({ layers: 1 }), madeImage({ layers: 2 })];
    await push(handle, 'app', shared, 'v1');
    await push(handle, 'app/debug', shared, 'v1');
    await push(handle, 'app', mine, 'v2');
    later(hour);
    const run = () => pruneRegistry(ports, '/registry', { minAgeMs: hour });
    expect(await run()).toEqual({ count: 0, bytes: 0 });
    for (const { descriptor } of mine.blobs) await ask(handle, `DELETE /v2/app/blobs/${descriptor.digest}`);
    await ask(handle, `DELETE /v2/app/manifests/${mine.manifest.digest}`);
    await ask(handle, `DELETE /v2/app/manifests/${shared.manifest.digest}`);
    const used = new Set(allOf(shared));
    const dropped = allOf(mine).filter((digest) => !used.has(digest));
    expect(await run()).toMatchObject({ count: dropped.length });
    expect(await digestsIn(ports, '/registry')).toEqual([...used].sort());
    expect((await ask(handle, 'GET /v2/app/debug/manifests/v1')).status).toBe(200);
  });

  it('keeps what was pushed a moment ago, for its mark may still be missing', async () => {
    const { ports, later } = datedPorts();
    const path = `/registry/blobs/sha256/${'a'.repeat(64)}`;
    await ports.files.write(path, 'text');
    later(hour - 1);
    expect(await pruneRegistry(ports, '/registry', { minAgeMs: hour })).toEqual({ count: 0, bytes: 0 });
    later(1);
    expect(await pruneRegistry(ports, '/registry', { minAgeMs: hour })).toEqual({ count: 1, bytes: 4 });
    expect(await ports.files.facts(path)).toBeUndefined();
  });
});
