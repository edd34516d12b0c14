import { describe, expect, it } from '@jest/globals';
import { hexOf } from '../../../src/domain/digest.ts';
import { refNameAnnotation } from '../../../src/formats/oci.ts';
import { createStore, openStore } from '../../../src/store/store.ts';
import { madeBlob, madeImage, writeMade } from '../../support/made-image.ts';
import { createMemoryFiles } from '../../support/memory-files.ts';
import { collect, storePorts } from './store-ports.ts';

describe('a store', () => {
  it('gives back the very bytes that were written, also to one who opens it later', async () => {
    const ports = storePorts();
    const made = madeImage({ layers: 2 });
    await writeMade(await createStore(ports, '/store'), made);
    const store = await openStore(ports, '/store');
    expect(await store.readManifest(made.manifest.digest)).toEqual({
      ...made.manifest,
      bytes: new Uint8Array(made.manifest.bytes),
    });
    for (const { descriptor, bytes } of made.blobs) {
      expect(await store.hasBlob(descriptor)).toBe(true);
      expect(await collect(await store.readBlob(descriptor))).toEqual(Buffer.from(bytes));
    }
  });

  it('answers undefined for content that is not there', async () => {
    const store = await createStore(storePorts(), '/store');
    const made = madeImage();
    expect(await store.readManifest(made.manifest.digest)).toBeUndefined();
    expect(await store.readBlob(made.descriptor)).toBeUndefined();
    expect(await store.hasManifest(made.manifest.digest)).toBe(false);
  });

  it('finds a damaged blob and a damaged manifest when they are read', async () => {
    const ports = storePorts();
    const store = await createStore(ports, '/store', { name: 'the store' });
    const made = madeImage();
    await writeMade(store, made);
    for (const { digest, size } of [made.descriptor, ...made.blobs.map((blob) => blob.descriptor)]) {
      await ports.files.write(`/store/blobs/sha256/${hexOf(digest)}`, 'x'.repeat(size));
    }
    await expect(store.readManifest(made.manifest.digest)).rejects.toMatchObject({
      code: 'content-damaged',
      where: 'the store',
    });
    const [config] = made.blobs;
    await expect(collect(await store.readBlob((config ?? madeBlob('', Buffer.of())).descriptor))).rejects.toMatchObject(
      {
        code: 'content-damaged',
      },
    );
  });

  it('keeps no content that is not what its descriptor says', async () => {
    const store = await createStore(storePorts(), '/store');
    const { descriptor } = madeBlob('text/plain', Buffer.from('right'));
    const wrong = async function* () {
      yield Buffer.from('wrong');
    };
    await expect(store.writeBlob(descriptor, async () => wrong())).rejects.toMatchObject({ code: 'content-damaged' });
    expect(await store.hasBlob(descriptor)).toBe(false);
  });

  it('does not take a layer for a manifest', async () => {
    const store = await createStore(storePorts(), '/store');
    const made = madeImage();
    await writeMade(store, made);
    for (const { descriptor } of made.blobs) {
      await expect(store.readManifest(descriptor.digest)).rejects.toMatchObject({ code: 'manifest-invalid' });
    }
  });

  it.each([
    ['an empty folder', {}],
    ['a folder without an index', { '/store/oci-layout': '{"imageLayoutVersion":"1.0.0"}' }],
    ['an index that is cut off', { '/store/oci-layout': '{"imageLayoutVersion":"1.0.0"}', '/store/index.json': '{' }],
    ['a layout of the future', { '/store/oci-layout': '{"imageLayoutVersion":"2.0.0"}', '/store/index.json': '{}' }],
  ])('refuses %s', async (_name, initial) => {
    await expect(openStore(storePorts(createMemoryFiles(initial)), '/store')).rejects.toMatchObject({
      code: 'store-invalid',
      exitCode: 2,
      where: '/store',
    });
  });
});

describe('the entries of a store', () => {
  const [one, two] = [madeImage({ layers: 1 }).descriptor, madeImage({ layers: 2 }).descriptor];

  it('are replaced by name, and without a name by digest', async () => {
    const store = await createStore(storePorts(), '/store');
    await store.addEntry(one, 'app');
    await store.addEntry(one);
    await store.addEntry(two, 'app');
    await store.addEntry(one);
    const listed = (await store.entries()).map((entry) => [entry.digest, entry.annotations?.[refNameAnnotation]]);
    expect(listed).toEqual([
      [two.digest, 'app'],
      [one.digest, undefined],
    ]);
  });

  it('go by name or by digest, and tell whether they were there', async () => {
    const store = await createStore(storePorts(), '/store');
    for (const name of ['a', 'b', 'c']) await store.addEntry(name === 'c' ? two : one, name);
    expect(await store.removeEntry('a')).toBe(true);
    expect(await store.removeEntry('a')).toBe(false);
    await store.removeEntriesOf(one.digest);
    expect((await store.entries()).map((entry) => entry.digest)).toEqual([two.digest]);
  });

  it('are all there after twenty writers of different processes at once', async () => {
    const files = createMemoryFiles();
    await createStore(storePorts(files), '/store');
    const names = Array.from({ length: 20 }, (_, place) => `image-${place}`);
    await Promise.all(names.map(async (name) => (await openStore(storePorts(files), '/store')).addEntry(one, name)));
    const store = await openStore(storePorts(files), '/store');
    expect((await store.entries()).map((entry) => entry.annotations?.[refNameAnnotation]).sort()).toEqual(names.sort());
    expect(await files.list('/store')).toEqual([
      { name: 'index.json', kind: 'file' },
      { name: 'oci-layout', kind: 'file' },
    ]);
  });

  it('keep what the builder wrote beside them', async () => {
    const files = createMemoryFiles();
    const store = await createStore(storePorts(files), '/store');
    await files.write(
      '/store/index.json',
      JSON.stringify({ schemaVersion: 2, manifests: [one], annotations: { by: 'it' } }),
    );
    await store.addEntry(two, 'app');
    expect(JSON.parse((await files.readText('/store/index.json')) ?? '')).toMatchObject({
      annotations: { by: 'it' },
      manifests: [one, { digest: two.digest }],
    });
  });
});
