import { gzipSync } from 'node:zlib';
import { describe, expect, it } from '@jest/globals';
import { type Digest, digestOf } from '../../../src/domain/digest.ts';
import { readManifest } from '../../../src/formats/manifest.ts';
import type { Files } from '../../../src/ports/files.ts';
import { readImage } from '../../../src/store/image-content.ts';
import { openArchive } from '../../../src/store/tar/archive.ts';
import type { OpenForm } from '../../../src/store/tar/oci-form.ts';
import { blobEntries, ociEntries, savedImage } from '../../support/made-archive.ts';
import { madeImage, madeIndex } from '../../support/made-image.ts';
import { type MadeEntry, madeTar } from '../../support/made-tar.ts';
import { createMemoryFiles } from '../../support/memory-files.ts';
import { collect } from './store-ports.ts';

async function openBytes(bytes: Uint8Array): Promise<OpenForm> {
  const files = createMemoryFiles();
  await files.write('/a.tar', bytes);
  return openArchive(files, '/a.tar');
}

const open = (entries: readonly MadeEntry[]): Promise<OpenForm> => openBytes(madeTar(entries));
const image = madeImage({ layers: 2 });
const named = { 'acme/app:1': image };
const digestsIn = ({ entries }: OpenForm): readonly Digest[] => entries.map((entry) => entry.digest);

describe('an OCI layout in an archive', () => {
  it('lists its images and gives their very bytes', async () => {
    const { source, entries } = await open(ociEntries(named));
    expect(entries).toEqual([
      { ...image.descriptor, annotations: { 'org.opencontainers.image.ref.name': 'acme/app:1' } },
    ]);
    expect(await source.readManifest(image.manifest.digest)).toMatchObject({ mediaType: image.manifest.mediaType });
    expect(await collect((await source.readManifest(image.manifest.digest))?.bytes)).toEqual(
      Buffer.from(image.manifest.bytes),
    );
    for (const { descriptor, bytes } of image.blobs) {
      expect(await collect(await source.readBlob(descriptor))).toEqual(Buffer.from(bytes));
    }
  });

  it('is read when its names begin with a dot, and folders lie between', async () => {
    const entries = ociEntries(named).map((entry) => ({ ...entry, name: `./${entry.name}` }));
    expect(digestsIn(await open([{ name: './' }, { name: './blobs/' }, ...entries]))).toEqual([image.manifest.digest]);
  });

  it('answers undefined for content that is not in it', async () => {
    const { source } = await open(ociEntries(named));
    const other = madeImage({ platform: 'linux/arm64' });
    expect(await source.readManifest(other.manifest.digest)).toBeUndefined();
    expect(await source.readBlob(other.descriptor)).toBeUndefined();
  });

  it('counts before the other form where an archive has both', async () => {
    expect(digestsIn(await open([...savedImage(['x']).entries, ...ociEntries(named)]))).toEqual([
      image.manifest.digest,
    ]);
  });

  it('gives no content whose bytes were changed', async () => {
    const [layer] = image.blobs.slice(1);
    const bytes = Buffer.from(madeTar(ociEntries(named)));
    const at = bytes.indexOf(layer?.bytes ?? '');
    bytes[at + 20] = (bytes[at + 20] ?? 0) ^ 1;
    const { source } = await openBytes(bytes);
    const content = await source.readBlob(layer?.descriptor ?? image.descriptor);
    await expect(collect(content)).rejects.toMatchObject({ code: 'content-damaged', where: '/a.tar' });
  });

  it('gives no manifest whose bytes were changed', async () => {
    const bytes = Buffer.from(madeTar(ociEntries(named)));
    const at = bytes.indexOf(image.manifest.bytes);
    bytes[at + 20] = (bytes[at + 20] ?? 0) ^ 1;
    const { source } = await openBytes(bytes);
    await expect(source.readManifest(image.manifest.digest)).rejects.toMatchObject({ code: 'content-damaged' });
  });
});

describe('reading an image of which an archive has a part', () => {
  const arm = madeImage({ platform: 'linux/arm64' });
  const index = madeIndex([image, arm]);
  const [armConfig] = arm.blobs;

  it.each([
    ['the manifest', new Set(blobEntries(arm).map((entry) => entry.name))],
    ['the config', new Set([`blobs/sha256/${armConfig?.descriptor.digest.slice(7)}`])],
  ])('passes over a platform of which %s is not there', async (_what, gone) => {
    const { source } = await open(ociEntries({ all: index }).filter((entry) => !gone.has(entry.name)));
    const missing: string[] = [];
    const read = await readImage(source, index.manifest.digest, (member) => missing.push(member.digest));
    expect(read.platforms.map((one) => one.platform)).toEqual(['linux/amd64']);
    expect(missing).toEqual([arm.manifest.digest]);
    await expect(readImage(source, index.manifest.digest)).rejects.toMatchObject({ code: 'content-missing' });
  });
});

describe('an archive of docker save', () => {
  it('gets a manifest of its config and its plain layers, in one form only', async () => {
    const { entries: files, config, layers } = savedImage(['one', 'two']);
    const { source, entries } = await open(files);
    const expected = JSON.stringify({
      schemaVersion: 2,
      mediaType: 'application/vnd.docker.distribution.manifest.v2+json',
      config: {
        mediaType: 'application/vnd.docker.container.image.v1+json',
        size: config.length,
        digest: digestOf(config),
      },
      layers: layers.map((layer) => ({
        mediaType: 'application/vnd.docker.image.rootfs.diff.tar',
        size: layer.length,
        digest: digestOf(layer),
      })),
    });
    expect(entries).toEqual([
      {
        mediaType: 'application/vnd.docker.distribution.manifest.v2+json',
        digest: digestOf(expected),
        size: expected.length,
        annotations: {
          'io.containerd.image.name': 'docker.io/acme/app:1',
          'org.opencontainers.image.ref.name': '1',
        },
      },
    ]);
    const manifest = await source.readManifest(digestOf(expected));
    expect((await collect(manifest?.bytes)).toString()).toBe(expected);
    const parts = manifest === undefined ? undefined : readManifest(manifest);
    if (parts?.kind !== 'manifest') throw new Error('it is no manifest');
    const all = [parts.manifest.config, ...parts.manifest.layers];
    const contents = await Promise.all(all.map(async (part) => collect(await source.readBlob(part))));
    expect(contents).toEqual([config, ...layers].map((bytes) => Buffer.from(bytes)));
  });

  it.each([
    ['a symbolic link', (entry: MadeEntry) => entry],
    ['a hard link', ({ name, link }: MadeEntry) => ({ name, ...(link === undefined ? {} : { same: link.slice(3) }) })],
  ])('is read where a layer is %s to an equal one', async (_kind, change) => {
    const { entries: files, layers } = savedImage(['same', 'other', 'same']);
    const { source, entries } = await open(files.map((entry) => (entry.content === undefined ? change(entry) : entry)));
    const { platforms } = await readImage(source, entries[0]?.digest ?? image.manifest.digest);
    expect(platforms[0]?.layers.map((layer) => layer.digest)).toEqual(layers.map((layer) => digestOf(layer)));
  });

  it('is hashed once for each layer that it holds', async () => {
    const memory = createMemoryFiles();
    const { entries, layers } = savedImage(['same', 'other', 'same']);
    await memory.write('/a.tar', madeTar(entries));
    const read: number[] = [];
    const files: Files = {
      ...memory,
      readStream(path, range) {
        if (range?.size === layers[0]?.length) read.push(range?.start ?? 0);
        return memory.readStream(path, range);
      },
    };
    await openArchive(files, '/a.tar');
    expect(read).toHaveLength(2);
  });

  it('lists an image once for each of its names, and once where it has none', async () => {
    const three = await open(savedImage(['x'], ['a:1', 'b:2', 'c:3']).entries);
    expect(new Set(digestsIn(three)).size).toBe(1);
    expect(three.entries).toHaveLength(3);
    const none = await open(savedImage(['x'], null).entries);
    expect(none.entries).toEqual([expect.not.objectContaining({ annotations: expect.anything() })]);
    expect(digestsIn(none)).toEqual(digestsIn(three).slice(0, 1));
  });

  it('refuses a layer that is not what the config says', async () => {
    const { entries } = savedImage(['one', 'two']);
    const other = madeTar([{ name: 'file', content: 'owe' }]);
    const changed = entries.map((entry, at) => (at === 0 ? { ...entry, content: other } : entry));
    await expect(open(changed)).rejects.toMatchObject({
      code: 'archive-layer-damaged',
      exitCode: 3,
      what: expect.stringContaining(digestOf(other)),
    });
  });

  it('refuses two layers of one place that should differ', async () => {
    const { entries } = savedImage(['one', 'two']);
    const [first, second, ...rest] = entries;
    const linked = [first ?? { name: '' }, { name: second?.name ?? '', link: `../${first?.name}` }, ...rest];
    await expect(open(linked)).rejects.toMatchObject({ code: 'archive-layer-damaged' });
  });

  it('refuses a compressed layer and says what to do', async () => {
    const { entries } = savedImage(['one']);
    const packed = entries.map((entry, at) =>
      at === 0 ? { ...entry, content: gzipSync(entry.content ?? '') } : entry,
    );
    await expect(open(packed)).rejects.toMatchObject({ code: 'archive-layer-compressed', exitCode: 2 });
  });

  const { entries: good, config } = savedImage(['one', 'two']);
  const without = (end: string): readonly MadeEntry[] => good.filter((entry) => !entry.name.endsWith(end));
  const list = (fields: object): MadeEntry => {
    const [image] = JSON.parse(String(good.at(-1)?.content)) as readonly object[];
    return { name: 'manifest.json', content: JSON.stringify([{ ...image, ...fields }]) };
  };
  it.each([
    ['a layer that is not there', good.slice(1), 'is not there'],
    ['a config that is not there', without(`${digestOf(config).slice(7)}.json`), 'is not there'],
    ['fewer layers than the config', [...without('manifest.json'), list({ Layers: [] })], 'has 0 layers'],
    [
      'a config under the digest of another',
      [
        ...without('manifest.json'),
        list({ Config: `${'0'.repeat(64)}.json` }),
        { name: `${'0'.repeat(64)}.json`, content: config },
      ],
      'hashes to',
    ],
    ['no images', [...without('manifest.json'), { name: 'manifest.json', content: '[]' }], 'does not fit'],
    ['no JSON', [...without('manifest.json'), { name: 'manifest.json', content: '{' }], 'is not JSON'],
    [
      'a list of more than four mebibytes',
      [...without('manifest.json'), { name: 'manifest.json', content: ' '.repeat(4 * 1024 * 1024 + 1) }],
      'more than 4194304',
    ],
  ])('is refused with %s', async (_what, entries, what) => {
    await expect(open(entries)).rejects.toMatchObject({
      code: 'archive-broken',
      exitCode: 3,
      what: expect.stringContaining(what),
      where: '/a.tar',
    });
  });
});

describe('an archive that cannot be used', () => {
  it('is called by name when it is not there', async () => {
    await expect(openArchive(createMemoryFiles(), '/none.tar')).rejects.toMatchObject({ code: 'archive-missing' });
  });

  it.each([
    ['gzip', gzipSync(madeTar(ociEntries(named))), 'gunzip'],
    ['zstd', Uint8Array.of(0x28, 0xb5, 0x2f, 0xfd, 0), 'unzstd'],
    ['xz', Uint8Array.of(0xfd, 0x37, 0x7a, 0x58, 0x5a, 0), 'unxz'],
    ['bzip2', Buffer.from('BZh91AY'), 'bunzip2'],
  ])('is to be unpacked first when it is compressed with %s', async (name, bytes, tool) => {
    await expect(openBytes(bytes)).rejects.toMatchObject({
      code: 'archive-compressed',
      what: expect.stringContaining(name),
      next: expect.stringContaining(tool),
    });
  });

  it.each([
    ['is empty', new Uint8Array()],
    ['is a text', Buffer.from('a text of some length\n'.repeat(100))],
  ])('is no tar when it %s', async (_what, bytes) => {
    await expect(openBytes(bytes)).rejects.toMatchObject({ code: 'archive-no-tar', exitCode: 2 });
  });

  it('is unknown when it holds other files', async () => {
    await expect(open([{ name: 'README', content: 'x' }])).rejects.toMatchObject({ code: 'archive-unknown' });
  });

  it.each([
    ['within a content', (bytes: Buffer) => bytes.subarray(0, 600)],
    ['within a header', (bytes: Buffer) => bytes.subarray(0, bytes.length - 1024 - 300)],
  ])('breaks off %s', async (_where, cut) => {
    const bytes = Buffer.from(madeTar([{ name: 'first', content: 'x'.repeat(2000) }, ...ociEntries(named)]));
    await expect(openBytes(cut(bytes))).rejects.toMatchObject({ code: 'archive-broken' });
  });

  it('has a header that is damaged', async () => {
    const bytes = Buffer.from(madeTar([{ name: 'first', content: 'x' }, ...ociEntries(named)]));
    bytes[1024 + 5] = (bytes[1024 + 5] ?? 0) ^ 1;
    await expect(openBytes(bytes)).rejects.toMatchObject({ code: 'archive-broken' });
  });

  it.each<[string, MadeEntry]>([
    ['a name that climbs out', { name: '../oci-layout' }],
    ['a name that climbs out on the way', { name: 'blobs/../../x' }],
    ['an absolute name', { name: '/etc/passwd' }],
    ['a link that climbs out', { name: 'blobs/x', link: '../../etc/passwd' }],
    ['an absolute link', { name: 'x', link: '/etc/passwd' }],
    ['a hard link that climbs out', { name: 'x', same: '../passwd' }],
  ])('has %s', async (_what, entry) => {
    await expect(open([...ociEntries(named), entry])).rejects.toMatchObject({
      code: 'archive-broken',
      what: expect.stringContaining('leads out of the archive'),
    });
  });

  it('has one name for two contents', async () => {
    await expect(open([...ociEntries(named), { name: './oci-layout', content: 'x' }])).rejects.toMatchObject({
      code: 'archive-broken',
      what: expect.stringContaining('twice'),
    });
    const same = ociEntries(named);
    expect(digestsIn(await open([...same, ...same]))).toEqual([image.manifest.digest]);
  });

  it('has a link in the place of a file', async () => {
    const entries = [...ociEntries(named), { name: 'oci-layout', link: 'index.json' }];
    await expect(open(entries)).rejects.toMatchObject({ code: 'archive-broken' });
  });

  it('has links that go in circles', async () => {
    const { entries } = savedImage(['one']);
    const [layer, ...rest] = entries;
    const circle = [
      { name: layer?.name ?? '', link: '../b' },
      { name: 'b', link: layer?.name ?? '' },
    ];
    await expect(open([...circle, ...rest])).rejects.toMatchObject({ code: 'archive-broken' });
  });

  it('has more entries than any', async () => {
    const header = Buffer.from(madeTar([{ name: 'x/' }])).subarray(0, 512);
    const many = (count: number): Uint8Array => {
      const bytes = Buffer.alloc(count * 512);
      for (let at = 0; at < count; at += 1) header.copy(bytes, at * 512);
      return Buffer.concat([bytes, madeTar(ociEntries(named))]);
    };
    const spare = 100_000 - ociEntries(named).length;
    expect(digestsIn(await openBytes(many(spare)))).toEqual([image.manifest.digest]);
    await expect(openBytes(many(spare + 1))).rejects.toMatchObject({
      code: 'archive-broken',
      what: expect.stringContaining('more than 100000 entries'),
    });
  }, 60_000);
});
