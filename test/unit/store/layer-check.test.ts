import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from '@jest/globals';
import { digestOf } from '../../../src/domain/digest.ts';
import { RemoteError } from '../../../src/domain/errors.ts';
import { mediaTypes } from '../../../src/formats/oci.ts';
import type { ContentSource } from '../../../src/ports/content.ts';
import { readImage } from '../../../src/store/image-content.ts';
import { checkLayers, type LayerCheckOptions } from '../../../src/store/layer-check.ts';
import { createStore } from '../../../src/store/store.ts';
import {
  type MadeBlob,
  type MadeImage,
  madeBlob,
  madeImage,
  madeManifest,
  writeMade,
} from '../../support/made-image.ts';
import { storePorts } from './store-ports.ts';

const tarType = 'application/vnd.oci.image.layer.v1.tar';
const gzipType = `${tarType}+gzip`;
const foreignType = 'application/vnd.docker.image.rootfs.foreign.diff.tar.gzip';
const none = { problems: [], unchecked: [] };

/** An image of these layers whose config says that they unpack to these. */
function imageOf(layers: readonly MadeBlob[], unpacked: readonly Uint8Array[]): MadeImage {
  const rootfs = { type: 'layers', diff_ids: unpacked.map((bytes) => digestOf(bytes)) };
  const config = { os: 'linux', architecture: 'amd64', config: {}, rootfs };
  return madeManifest(madeBlob(mediaTypes.config, Buffer.from(JSON.stringify(config))), layers);
}

async function check(made: MadeImage, damage: Readonly<Record<string, string>> = {}, options: LayerCheckOptions = {}) {
  const ports = storePorts();
  const store = await createStore(ports, '/store');
  await writeMade(store, made);
  for (const [digest, text] of Object.entries(damage)) {
    const path = `/store/blobs/sha256/${digest.slice(7)}`;
    if (text === '') await ports.files.remove(path);
    else await ports.files.write(path, text);
  }
  const { platforms } = await readImage(store, made.manifest.digest);
  const [image] = platforms;
  if (image === undefined) throw new Error('there is no image');
  return checkLayers(store, image, options);
}

const [one, two] = [Buffer.from('one '.repeat(500)), Buffer.from('two '.repeat(500))];
const packedOne = madeBlob(gzipType, gzipSync(one));
const packedTwo = madeBlob(gzipType, gzipSync(two));

describe('the check of layers', () => {
  it.each(['none', 'gzip', 'zstd'] as const)('finds nothing wrong with layers packed by %s', async (packing) => {
    expect(await check(madeImage({ layers: 3, packing }))).toEqual(none);
  });

  it('knows digests of sha512', async () => {
    expect(await check(madeImage({ layers: 2, algorithm: 'sha512' }))).toEqual(none);
  });

  it('takes the layer that changes nothing, packed as everybody packs it or not at all', async () => {
    const tar = Buffer.alloc(1024);
    // What builders have written for it since the first of them.
    const packed = Buffer.from('1f8b080000096e8800ff621805a360148c5800080000ffff2eafb5ef00040000', 'hex');
    const layers = [madeBlob(gzipType, packed), madeBlob(tarType, tar)];
    expect(createHash('sha256').update(packed).digest('hex')).toMatch(/^a3ed95caeb02/);
    expect(await check(imageOf(layers, [tar, tar]))).toEqual(none);
  });

  it('takes a layer that is there twice', async () => {
    expect(await check(imageOf([packedOne, packedTwo, packedOne], [one, two, one]))).toEqual(none);
  });

  it('names foreign layers, which are not there, as unchecked', async () => {
    const foreign = madeBlob(foreignType, Buffer.from('theirs'));
    const made = imageOf([foreign, packedOne], [two, one]);
    const here = { ...made, blobs: made.blobs.filter((blob) => blob !== foreign) };
    expect(await check(here)).toEqual({ problems: [], unchecked: [foreign.descriptor.digest] });
  });

  it('sees that a layer is not what the config says', async () => {
    const { problems } = await check(imageOf([packedOne, packedTwo], [one, one]));
    const why = `unpacked it is ${digestOf(two)}, and the config says ${digestOf(one)}`;
    expect(problems).toEqual([{ digest: packedTwo.descriptor.digest, why }]);
  });

  it('sees that layers changed places', async () => {
    const { problems } = await check(imageOf([packedOne, packedTwo], [two, one]));
    expect(problems.map(({ digest }) => digest)).toEqual([packedOne.descriptor.digest, packedTwo.descriptor.digest]);
  });

  it('sees that a layer which is there twice should be two things', async () => {
    const { problems } = await check(imageOf([packedOne, packedOne], [one, two]));
    expect(problems).toEqual([{ digest: packedOne.descriptor.digest, why: expect.stringContaining(digestOf(two)) }]);
  });

  it('sees that there are more or fewer layers than the config speaks of', async () => {
    for (const unpacked of [[one], [one, two, two]]) {
      const made = imageOf([packedOne, packedTwo], unpacked);
      expect((await check(made)).problems).toEqual([
        { digest: made.manifest.digest, why: `it has 2 layers, and its config speaks of ${unpacked.length}` },
      ]);
    }
  });

  it('lists every layer that is missing, changed or cut off', async () => {
    const layers = ['a', 'b', 'c', 'd'].map((text) => madeBlob(gzipType, gzipSync(text)));
    const [missing, changed, short] = layers.map((layer) => layer.descriptor);
    if (missing === undefined || changed === undefined || short === undefined) throw new Error('no layers');
    const made = imageOf(
      layers,
      ['a', 'b', 'c', 'd'].map((text) => Buffer.from(text)),
    );
    const damage = { [missing.digest]: '', [changed.digest]: 'x'.repeat(changed.size), [short.digest]: 'x' };
    expect((await check(made, damage)).problems).toEqual([
      { digest: missing.digest, why: 'it is not there' },
      { digest: changed.digest, why: expect.any(String) },
      { digest: short.digest, why: expect.stringContaining(`has 1 bytes and not ${short.size}`) },
    ]);
  });

  it('sees a layer that was broken before it got its digest', async () => {
    const broken = madeBlob(gzipType, gzipSync(one).subarray(0, 20));
    const { problems } = await check(imageOf([broken], [one]));
    expect(problems).toEqual([
      { digest: broken.descriptor.digest, why: expect.stringContaining('cannot be unpacked') },
    ]);
  });

  it('sees a bomb', async () => {
    const { problems } = await check(imageOf([packedOne], [one]), {}, { maxBytes: 1999 });
    expect(problems).toEqual([{ digest: packedOne.descriptor.digest, why: expect.stringContaining('1999') }]);
  });

  it('does not blame the image for a registry that denies access', async () => {
    const denied = new RemoteError({ code: 'registry-denied', what: 'no', state: 's', next: 'n' });
    const source: ContentSource = {
      name: 'a registry',
      readManifest: async () => undefined,
      readBlob: () => Promise.reject(denied),
    };
    const config = { os: 'linux', architecture: 'amd64', rootfs: { type: 'layers', diff_ids: [digestOf(one)] } };
    const image = { digest: digestOf('x'), layers: [packedOne.descriptor], config };
    await expect(checkLayers(source, image)).rejects.toBe(denied);
  });
});
