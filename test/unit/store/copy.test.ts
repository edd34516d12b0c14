import { describe, expect, it } from '@jest/globals';
import { hexOf } from '../../../src/domain/digest.ts';
import { mediaTypes } from '../../../src/formats/oci.ts';
import type { ContentSink, ContentSource } from '../../../src/ports/content.ts';
import { copyContent } from '../../../src/store/copy.ts';
import { createStore, type Store } from '../../../src/store/store.ts';
import {
  type MadeImage,
  madeArtifact,
  madeBlob,
  madeImage,
  madeIndex,
  madeManifest,
  writeMade,
} from '../../support/made-image.ts';
import { collect, storePorts } from './store-ports.ts';

async function storeWith(...made: readonly MadeImage[]): Promise<Store> {
  const store = await createStore(storePorts(), '/source', { name: 'the source' });
  for (const one of made) await writeMade(store, one);
  return store;
}

function emptyStore(): Promise<Store> {
  return createStore(storePorts(), '/sink');
}

/** Writes down what a sink was given, in order. */
function watched(sink: ContentSink): { readonly sink: ContentSink; readonly writes: string[] } {
  const writes: string[] = [];
  return {
    writes,
    sink: {
      name: sink.name,
      hasBlob: (blob) => sink.hasBlob(blob),
      hasManifest: (digest) => sink.hasManifest(digest),
      async writeBlob(blob, open) {
        const arrival = await sink.writeBlob(blob, open);
        if (arrival !== 'present') writes.push(`blob ${blob.digest}`);
        return arrival;
      },
      async writeManifest(manifest) {
        await sink.writeManifest(manifest);
        writes.push(`manifest ${manifest.digest}`);
      },
    },
  };
}

const multi = madeIndex([madeImage({ layers: 3 }), madeImage({ platform: 'linux/arm64' })], { attestation: true });
const emptyConfig = madeBlob(mediaTypes.config, Buffer.from('{}'));

describe('copyContent', () => {
  it('copies an index with its images and attestations, each manifest after what it names', async () => {
    const { sink, writes } = watched(await emptyStore());
    const result = await copyContent(await storeWith(multi), sink, multi.manifest);
    expect(result).toMatchObject({ manifests: 5, blobs: 10 });
    expect(writes.at(-1)).toBe(`manifest ${multi.manifest.digest}`);
    expect(writes.findIndex((one) => one.startsWith('manifest'))).toBe(10);
    expect(writes).toHaveLength(15);
  });

  it('copies the very bytes and counts them', async () => {
    const sink = await emptyStore();
    const image = madeImage({ layers: 2 });
    const { bytes } = await copyContent(await storeWith(image), sink, image.manifest);
    const sizes = [image.manifest.bytes.length, ...image.blobs.map((blob) => blob.bytes.length)];
    expect(bytes).toBe(sizes.reduce((total, size) => total + size, 0));
    expect(Buffer.from((await sink.readManifest(image.manifest.digest))?.bytes ?? [])).toEqual(
      Buffer.from(image.manifest.bytes),
    );
    for (const blob of image.blobs) {
      expect(await collect(await sink.readBlob(blob.descriptor))).toEqual(Buffer.from(blob.bytes));
    }
  });

  it('writes nothing the second time, and reads nothing either', async () => {
    const sink = await emptyStore();
    const source = await storeWith(multi);
    await copyContent(source, sink, multi.manifest);
    const unreadable: ContentSource = {
      name: 'unreadable',
      readManifest: () => Promise.reject(new Error('read')),
      readBlob: () => Promise.reject(new Error('read')),
    };
    expect(await copyContent(unreadable, sink, multi.manifest)).toEqual({
      manifests: 0,
      blobs: 0,
      bytes: 0,
      present: 0,
    });
    const { sink: again, writes } = watched(sink);
    expect(await copyContent(source, again, multi.manifest, { verify: true })).toEqual({
      manifests: 0,
      blobs: 0,
      bytes: 0,
      present: 10,
    });
    expect(writes).toEqual([]);
  });

  it('fills a hole below a manifest only when it is told to verify', async () => {
    const ports = storePorts();
    const sink = await createStore(ports, '/sink');
    const source = await storeWith(multi);
    await copyContent(source, sink, multi.manifest);
    const lost = multi.children[0]?.blobs[1]?.descriptor ?? emptyConfig.descriptor;
    await ports.files.remove(`/sink/blobs/sha256/${hexOf(lost.digest)}`);
    expect(await copyContent(source, sink, multi.manifest)).toMatchObject({ blobs: 0 });
    expect(await copyContent(source, sink, multi.manifest, { verify: true })).toEqual({
      manifests: 0,
      blobs: 1,
      bytes: lost.size,
      present: 9,
    });
  });

  it('carries a blob that several images share once', async () => {
    const shared = { layers: [{ 'base.txt': 'base' }] };
    const index = madeIndex([madeImage({ ...shared, config: { A: 1 } }), madeImage({ ...shared, config: { A: 2 } })]);
    expect(await copyContent(await storeWith(index), await emptyStore(), index.manifest)).toMatchObject({ blobs: 3 });
  });

  it('never has more than so many blobs under way', async () => {
    const image = madeImage({ layers: 30 });
    const source = await storeWith(image);
    const inner = await emptyStore();
    let under = 0;
    let most = 0;
    const sink: ContentSink = {
      ...inner,
      async writeBlob(blob, open) {
        under += 1;
        most = Math.max(most, under);
        const arrival = await inner.writeBlob(blob, open);
        under -= 1;
        return arrival;
      },
    };
    await copyContent(source, sink, image.manifest);
    expect(most).toBe(8);
  });

  it('copies an artifact that is no image', async () => {
    const artifact = madeArtifact('application/vnd.example', 'a record');
    const sink = await emptyStore();
    expect(await copyContent(await storeWith(artifact), sink, artifact.manifest)).toMatchObject({
      manifests: 1,
      blobs: 2,
    });
  });

  it.each(['none', 'gzip', 'zstd'] as const)('copies layers packed by %s, and digests of sha512', async (packing) => {
    const index = madeIndex([madeImage({ packing, algorithm: 'sha512', layers: 2 })], { algorithm: 'sha512' });
    const sink = await emptyStore();
    expect(await copyContent(await storeWith(index), sink, index.manifest)).toMatchObject({ manifests: 2, blobs: 3 });
    for (const { descriptor, bytes } of index.children[0]?.blobs ?? []) {
      expect(descriptor.digest).toMatch(/^sha512:/);
      expect(await collect(await sink.readBlob(descriptor))).toEqual(Buffer.from(bytes));
    }
  });

  it('copies an artifact about an image, and leaves the image', async () => {
    const image = madeImage();
    const artifact = madeArtifact('application/vnd.example', 'a record', image.descriptor);
    const sink = await emptyStore();
    const result = await copyContent(await storeWith(image, artifact), sink, artifact.manifest);
    expect(result).toMatchObject({ manifests: 1, blobs: 2 });
    expect(await sink.hasManifest(image.manifest.digest)).toBe(false);
  });

  it('refuses images of one index that do not agree on the size of a blob', async () => {
    const layer = madeBlob('application/vnd.oci.image.layer.v1.tar', Buffer.from('same'));
    const wrong = { ...layer, descriptor: { ...layer.descriptor, size: 5 } };
    const images = [layer, wrong].map((one) => ({ ...madeManifest(emptyConfig, [one]), blobs: [emptyConfig, layer] }));
    const index = madeIndex(images);
    await expect(copyContent(await storeWith(index), await emptyStore(), index.manifest)).rejects.toMatchObject({
      code: 'manifest-invalid',
    });
  });

  it('copies layers that an index lists itself, as a build cache does', async () => {
    const layer = madeBlob('application/vnd.oci.image.layer.v1.tar+gzip', Buffer.from('cached'));
    const cache = madeIndex([{ ...madeImage(), descriptor: layer.descriptor, children: [] }]);
    const source = await storeWith({ ...cache, children: [], blobs: [layer] });
    expect(await copyContent(source, await emptyStore(), cache.manifest)).toMatchObject({ manifests: 1, blobs: 1 });
  });

  it.each([
    'application/vnd.docker.image.rootfs.foreign.diff.tar.gzip',
    'application/vnd.oci.image.layer.nondistributable.v1.tar',
  ])('leaves a layer of type %s where it is', async (mediaType) => {
    const image = madeManifest(emptyConfig, [madeBlob(mediaType, Buffer.from('not ours'))]);
    const source = await storeWith({ ...image, blobs: [emptyConfig] });
    expect(await copyContent(source, await emptyStore(), image.manifest)).toMatchObject({ blobs: 1 });
  });

  it.each([
    ['a root', madeImage(), (made: MadeImage) => ({ ...made, blobs: [] }), 'missing-root'],
    ['a layer', madeImage(), (made: MadeImage) => ({ ...made, blobs: made.blobs.slice(0, 1) }), 'missing-layer'],
    [
      'an image of an index',
      multi,
      (made: MadeImage) => ({ ...made, children: made.children.slice(1) }),
      'missing-child',
    ],
  ])('names %s that the source lost, and writes no manifest above it', async (_name, made, lose, which) => {
    const source = which === 'missing-root' ? await storeWith() : await storeWith(lose(made));
    const missing = { 'missing-root': made, 'missing-layer': made.blobs[1], 'missing-child': made.children[0] }[which];
    const sink = await emptyStore();
    await expect(copyContent(source, sink, made.manifest)).rejects.toMatchObject({
      code: 'content-missing',
      exitCode: 3,
      what: expect.stringContaining(missing?.descriptor.digest ?? 'no digest'),
      where: 'the source',
    });
    expect(await sink.hasManifest(made.manifest.digest)).toBe(false);
  });

  it('gives a sink pieces to keep, and fleeting ones only where it asks for them', async () => {
    const layer = madeBlob('application/vnd.oci.image.layer.v1.tar', Buffer.alloc(1000, 'abcdefg'));
    const image = madeManifest(emptyConfig, [layer]);
    const kept = { lasting: [] as Uint8Array[], fleeting: [] as Uint8Array[] };
    const sink: ContentSink = {
      ...(await emptyStore()),
      async writeBlob(blob, open) {
        if (blob.digest !== layer.descriptor.digest) return 'written';
        for await (const piece of await open()) kept.lasting.push(piece);
        for await (const piece of await open('fleeting')) kept.fleeting.push(piece);
        return 'written';
      },
    };
    await copyContent(await storeWith(image), sink, image.manifest);
    expect(Buffer.concat(kept.lasting).equals(layer.bytes)).toBe(true);
    expect(kept.fleeting.length).toBeGreaterThan(1);
    expect(new Set(kept.fleeting.map(({ buffer }) => buffer)).size).toBe(2);
  });

  it('refuses more layers than an engine mounts', async () => {
    const layer = madeBlob('application/vnd.oci.image.layer.v1.tar', Buffer.from('same'));
    const fits = madeManifest(emptyConfig, Array(512).fill(layer));
    const tooMany = madeManifest(emptyConfig, Array(513).fill(layer));
    const source = await storeWith(fits, tooMany);
    expect(await copyContent(source, await emptyStore(), fits.manifest)).toMatchObject({ manifests: 1, blobs: 2 });
    await expect(copyContent(source, await emptyStore(), tooMany.manifest)).rejects.toMatchObject({
      code: 'layers-too-many',
    });
  });

  it('refuses indexes that are nested too deeply', async () => {
    const three = madeIndex([madeIndex([madeIndex([madeImage()])])]);
    const four = madeIndex([three]);
    const source = await storeWith(four);
    expect(await copyContent(source, await emptyStore(), three.manifest)).toMatchObject({ manifests: 4 });
    await expect(copyContent(source, await emptyStore(), four.manifest)).rejects.toMatchObject({
      code: 'index-too-deep',
    });
  });

  it('refuses a manifest of more than four mebibytes', async () => {
    const large = madeManifest(emptyConfig, [], { annotations: { large: 'x'.repeat(4 * 1024 * 1024) } });
    const source = await storeWith(large);
    await expect(copyContent(source, await emptyStore(), large.manifest)).rejects.toMatchObject({
      code: 'manifest-too-large',
    });
    const careless: ContentSource = { ...source, readManifest: async () => large.manifest };
    await expect(copyContent(careless, await emptyStore(), large.manifest)).rejects.toMatchObject({
      code: 'manifest-too-large',
    });
  });

  it('refuses a manifest that is not as long as its index says', async () => {
    const image = madeImage();
    const index = madeIndex([{ ...image, descriptor: { ...image.descriptor, size: 1 } }]);
    await expect(copyContent(await storeWith(index), await emptyStore(), index.manifest)).rejects.toMatchObject({
      code: 'content-damaged',
    });
  });
});
