import { describe, expect, it } from '@jest/globals';
import { digestOf } from '../../../src/domain/digest.ts';
import { parsePlatform } from '../../../src/domain/platform.ts';
import type { ContentSource } from '../../../src/ports/content.ts';
import { copyContent } from '../../../src/store/copy.ts';
import { openArchive } from '../../../src/store/tar/archive.ts';
import { createCollection } from '../../../src/store/tar/pack.ts';
import { packTar } from '../../../src/store/tar/tar-stream.ts';
import { type MadeImage, madeBlob, madeImage, madeIndex, madeManifest, writeMade } from '../../support/made-image.ts';
import { createMemoryFiles } from '../../support/memory-files.ts';
import { collect } from './store-ports.ts';

const arm = madeImage({ platform: 'linux/arm64' });
const amd = madeImage({ layers: 2 });
const index = madeIndex([arm, amd], { attestation: true });

async function packed(image: MadeImage, saved?: { names: readonly string[]; platform?: string }): Promise<Buffer> {
  const collection = createCollection('the archive');
  await writeMade(collection, image);
  const { digest } = image.descriptor;
  const platform = saved?.platform === undefined ? undefined : parsePlatform(saved.platform);
  return collect(
    await collection.pack(
      [image.descriptor],
      saved === undefined ? undefined : { digest, platform, names: saved.names },
    ),
  );
}

async function* pieces(...texts: readonly string[]): AsyncIterable<Uint8Array> {
  for (const text of texts) yield Buffer.from(text);
}

const file = (name: string, ...texts: readonly string[]) => {
  return { name, size: texts.join('').length, open: async () => pieces(...texts) };
};

/** The text of one file of a tar, found by its name in a header. */
function textIn(tar: Buffer, name: string): string {
  const at = tar.indexOf(`${name}\0`);
  return tar.subarray(at + 512, at + 512 + Number.parseInt(tar.subarray(at + 124, at + 135).toString(), 8)).toString();
}

describe('a packed archive', () => {
  it.each([
    ['an image', amd],
    ['an index with attestations', index],
  ])('gives %s back, byte for byte', async (_what, image) => {
    const files = createMemoryFiles();
    await files.write('/a.tar', await packed(image));
    const { source, entries } = await openArchive(files, '/a.tar');
    expect(entries).toEqual([image.descriptor]);
    const again = createCollection('again');
    await copyContent(source, again, image.descriptor, { verify: true });
    expect(await collect(await again.pack(entries))).toEqual(await packed(image));
  });

  it('has the same bytes in whatever order its content came', async () => {
    const other = { ...index, children: index.children.toReversed() };
    expect((await packed(other)).equals(await packed(index))).toBe(true);
  });

  it('counts the bytes of manifests and blobs', async () => {
    const collection = createCollection('the archive');
    await writeMade(collection, amd);
    const all = [amd.manifest.bytes, ...amd.blobs.map((blob) => blob.bytes)];
    expect(collection.bytes).toBe(all.reduce((sum, { length }) => sum + length, 0));
  });

  it.each([
    ['the first', undefined, amd],
    ['the one asked for', 'linux/arm64', arm],
    ['the first, where the one asked for is not there,', 'linux/s390x', amd],
  ])('tells old engines of %s platform', async (_which, platform, image) => {
    const names = ['acme/app:1', 'latest', 'ghcr.io/acme/app:2'];
    const tar = await packed(index, { names, ...(platform === undefined ? {} : { platform }) });
    const blob = (made: { readonly bytes: Uint8Array }) => `blobs/sha256/${digestOf(made.bytes).slice(7)}`;
    const [config, ...layers] = image.blobs.map(blob);
    expect(JSON.parse(textIn(tar, 'manifest.json'))).toEqual([
      { Config: config, RepoTags: ['docker.io/acme/app:1', 'ghcr.io/acme/app:2'], Layers: layers },
    ]);
  });

  it('holds a digest whose path is too long for a plain header', async () => {
    const bytes = Buffer.from('long');
    const long = { descriptor: { mediaType: 'text/plain', digest: digestOf(bytes, 'sha512'), size: 4 }, bytes };
    const image = madeManifest(madeBlob('application/vnd.oci.image.config.v1+json', Buffer.from('{}')), [long]);
    const files = createMemoryFiles();
    await files.write('/a.tar', await packed(image));
    const { source } = await openArchive(files, '/a.tar');
    expect(await collect(await source.readBlob(long.descriptor))).toEqual(bytes);
  });
});

describe('packing', () => {
  it('sorts files by name and writes nothing of this machine', async () => {
    const one = await collect(packTar([file('b', 'two', ' pieces'), file('a', '')]));
    const other = await collect(packTar([file('a'), file('b', 'two pieces')]));
    expect(one.equals(other)).toBe(true);
    expect(one.subarray(0, 2).toString()).toBe('a\0');
    expect(textIn(one, 'b')).toBe('two pieces');
    expect([one.subarray(100, 107), one.subarray(136, 147)].map(String)).toEqual(['000644 ', '00000000000']);
  });

  it('fails with the failure of a content, wherever that comes', async () => {
    async function* breaking(): AsyncIterable<Uint8Array> {
      yield Buffer.from('half');
      throw new Error('the layer failed');
    }
    for (const open of [async () => breaking(), () => Promise.reject(new Error('the layer failed'))]) {
      await expect(collect(packTar([{ name: 'a', size: 8, open }]))).rejects.toThrow('the layer failed');
      await expect(collect(packTar([file('a', 'fine'), { name: 'b', size: 8, open }]))).rejects.toThrow(
        'the layer failed',
      );
    }
  });

  it('fails where a content is not as long as it says', async () => {
    await expect(collect(packTar([{ ...file('a', 'longer'), size: 3 }]))).rejects.toThrow();
    await expect(collect(packTar([{ ...file('a', 'x'), size: 3 }]))).rejects.toThrow();
  });

  it('leaves the old archive where a content is lost on the way', async () => {
    const files = createMemoryFiles({ '/a.tar': 'old' });
    const collection = createCollection('the archive');
    const lost: ContentSource = {
      name: 'lost',
      readManifest: async (digest) => (digest === amd.manifest.digest ? amd.manifest : undefined),
      readBlob: async () => undefined,
    };
    await copyContent(lost, collection, amd.descriptor);
    await expect(files.write('/a.tar', await collection.pack([amd.descriptor]))).rejects.toMatchObject({
      code: 'content-missing',
    });
    expect(await files.readText('/a.tar')).toBe('old');
  });

  it('reads no further content once its reader has left', async () => {
    let opened = 0;
    let closed = 0;
    async function* large(): AsyncIterable<Uint8Array> {
      opened += 1;
      try {
        for (let piece = 0; piece < 100; piece += 1) yield Buffer.alloc(1000);
      } finally {
        closed += 1;
      }
    }
    const files = ['a', 'b', 'c'].map((name) => ({ name, size: 100_000, open: async () => large() }));
    for await (const piece of packTar(files)) {
      expect(piece.length).toBeGreaterThan(0);
      break;
    }
    expect([opened, closed]).toEqual([1, 1]);
  });
});
