import { describe, expect, it } from '@jest/globals';
import { type Digest, digestOf } from '../../../src/domain/digest.ts';
import { mediaTypes } from '../../../src/formats/oci.ts';
import type { ContentSource, RawManifest } from '../../../src/ports/content.ts';
import { copyContent } from '../../../src/store/copy.ts';
import { readImage } from '../../../src/store/image-content.ts';
import { registryHandler } from '../../../src/store/registry/handler.ts';
import { openRegistryFolder } from '../../../src/store/repositories.ts';
import { createStore } from '../../../src/store/store.ts';
import { madeBlob, madeImage, madeManifest, writeMade } from '../../support/made-image.ts';
import { ask, pushBlob } from './registry-client.ts';
import { storePorts } from './store-ports.ts';

const image = madeImage({ layers: 2 });
const [config, layer] = image.blobs.map((blob) => blob.descriptor);
const manifest = { schemaVersion: 2, mediaType: mediaTypes.manifest, config, layers: [layer] };
const index = { schemaVersion: 2, mediaType: mediaTypes.index, manifests: [image.descriptor] };
const deep = (levels: number): string => '['.repeat(levels) + ']'.repeat(levels);
const mib = 1024 * 1024;

function rawOf(document: object | Uint8Array, mediaType: string = mediaTypes.manifest): RawManifest {
  const bytes = document instanceof Uint8Array ? document : Buffer.from(JSON.stringify(document));
  return { mediaType, digest: digestOf(bytes), bytes };
}

/** A document with a text put where its last bracket was. */
const withMore = (document: object, more: string): Uint8Array =>
  Buffer.from(JSON.stringify(document).replace(/}$/, `,${more}}`));
const sized = (size: unknown): object => ({ ...manifest, layers: [{ ...layer, size }] });

const documents: readonly (readonly [string, RawManifest, string])[] = [
  ['JSON that is nested 10,000 deep', rawOf(withMore(manifest, `"x":${deep(10_000)}`)), 'manifest-invalid'],
  ['JSON that is nested a million deep', rawOf(withMore(manifest, `"x":${deep(mib)}`)), 'manifest-invalid'],
  ['a text as long as it may be', rawOf({ ...manifest, schemaVersion: 'x'.repeat(3 * mib) }), 'manifest-invalid'],
  [
    'an index of 100,000 members',
    rawOf({ ...index, manifests: Array(100_000).fill(image.descriptor) }, mediaTypes.index),
    'manifest-too-large',
  ],
  ['513 layers', rawOf({ ...manifest, layers: Array(513).fill(layer) }), 'layers-too-many'],
  ['a size below zero', rawOf(sized(-1)), 'manifest-invalid'],
  ['a size that is no whole number', rawOf(sized(1.5)), 'manifest-invalid'],
  ['a size that no number can hold', rawOf(sized(1e300)), 'manifest-invalid'],
  ['a size that is a text', rawOf(sized('12')), 'manifest-invalid'],
  ['one blob with two sizes', rawOf({ ...manifest, layers: [layer, { ...layer, size: 1 }] }), 'manifest-invalid'],
  [
    'a digest that is none',
    rawOf({ ...manifest, layers: [{ ...layer, digest: 'sha256:../../x' }] }),
    'manifest-invalid',
  ],
  [
    'bytes that are no UTF-8',
    rawOf(Buffer.concat([Buffer.from('{"mediaType":"'), Buffer.from([0xff, 0x22, 0x7d])])),
    'manifest-invalid',
  ],
  ['a list instead of an object', rawOf(Buffer.from('[]')), 'manifest-invalid'],
  ['nothing', rawOf(Buffer.from('null')), 'manifest-invalid'],
  ['no bytes', rawOf(new Uint8Array()), 'manifest-invalid'],
  ['a type that has no end', rawOf({ mediaType: 'x'.repeat(mib) }), 'manifest-invalid'],
];

/** A place that gives out anything as it is told to, whatever it hashes to. */
function careless(...manifests: readonly RawManifest[]): ContentSource {
  return {
    name: 'a careless place',
    readManifest: async (digest) => manifests.find((one) => one.digest === digest),
    readBlob: async () => undefined,
  };
}

const parts = (code: string) => ({
  name: 'RemoteError',
  code,
  what: expect.any(String),
  where: expect.any(String),
  state: expect.any(String),
  next: expect.any(String),
});

describe.each(documents)('a manifest with %s', (_name, raw, code) => {
  it('is an error that names it, from a store and from elsewhere, for a reader and for a copy', async () => {
    const store = await createStore(storePorts(), '/store');
    const sink = await createStore(storePorts(), '/sink');
    await writeMade(store, { ...image, manifest: raw });
    for (const source of [store, careless(raw)]) {
      await expect(readImage(source, raw.digest)).rejects.toMatchObject(parts(code));
      await expect(copyContent(source, sink, raw)).rejects.toMatchObject(parts(code));
    }
    const said = await readImage(store, raw.digest).catch((failure: Error) => failure.message);
    expect(`${said}`.length).toBeLessThan(1000);
  });

  it('is refused by the registry', async () => {
    const handle = registryHandler(openRegistryFolder(storePorts(), '/registry'));
    for (const blob of image.blobs) await pushBlob(handle, 'app', blob);
    const headers = { 'content-type': raw.mediaType };
    const { status } = await ask(handle, 'PUT /v2/app/manifests/v1', { headers, body: raw.bytes });
    expect(status).toBe(code === 'manifest-too-large' ? 413 : 400);
    expect((await ask(handle, 'GET /v2/app/manifests/v1')).status).toBe(404);
  });
});

describe('a manifest in a circle', () => {
  const named = (name: string): Digest => digestOf(name);
  const circle = (name: string, member: string): RawManifest => {
    const bytes = Buffer.from(
      JSON.stringify({
        ...index,
        manifests: [{ ...image.descriptor, mediaType: mediaTypes.index, digest: named(member) }],
      }),
    );
    return { mediaType: mediaTypes.index, digest: named(name), bytes };
  };
  /** As long as the index says that it is. */
  const fitted = (raw: RawManifest): RawManifest => {
    const text = Buffer.from(raw.bytes)
      .toString()
      .replace(/"size":\d+/, '"size":1000');
    return { ...raw, bytes: Buffer.from(text.padEnd(1000)) };
  };

  it.each([
    ['that names itself', [circle('a', 'a')]],
    ['of two', [circle('a', 'b'), circle('b', 'a')]],
    ['of three', [circle('a', 'b'), circle('b', 'c'), circle('c', 'a')]],
  ])('%s ends as an error', async (_name, manifests) => {
    const source = careless(...manifests.map(fitted));
    const sink = await createStore(storePorts(), '/sink');
    await expect(readImage(source, named('a'))).rejects.toMatchObject(parts('index-too-deep'));
    await expect(copyContent(source, sink, { digest: named('a') })).rejects.toMatchObject(parts('index-too-deep'));
  });
});

describe('a config', () => {
  it('that is nested 10,000 deep is an error', async () => {
    const text = JSON.stringify({ os: 'linux', architecture: 'amd64', rootfs: { type: 'layers', diff_ids: [] } });
    const nested = Buffer.from(text.replace(/}$/, `,"config":{"Labels":${deep(10_000)}}}`));
    const made = madeManifest(madeBlob(mediaTypes.config, nested), []);
    const store = await createStore(storePorts(), '/store');
    await writeMade(store, made);
    await expect(readImage(store, made.manifest.digest)).rejects.toMatchObject(parts('config-invalid'));
  });

  it('may hold brackets in its texts', async () => {
    const made = madeImage({ config: { Cmd: ['['.repeat(500), `\\"${'{'.repeat(500)}`] } });
    const store = await createStore(storePorts(), '/store');
    await writeMade(store, made);
    expect((await readImage(store, made.manifest.digest)).platforms).toHaveLength(1);
  });
});
