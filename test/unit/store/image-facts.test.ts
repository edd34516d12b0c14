import { describe, expect, it } from '@jest/globals';
import { mediaTypes } from '../../../src/formats/oci.ts';
import { readImage } from '../../../src/store/image-content.ts';
import { readImageFacts } from '../../../src/store/image-facts.ts';
import { createStore } from '../../../src/store/store.ts';
import {
  type MadeBlob,
  type MadeImage,
  madeBlob,
  madeImage,
  madeManifest,
  writeMade,
} from '../../support/made-image.ts';
import { madeTar } from '../../support/made-tar.ts';
import { storePorts } from './store-ports.ts';

const layerType = 'application/vnd.oci.image.layer.v1.tar';

async function factsOf(made: MadeImage, wanted: readonly string[] = [], gone: readonly MadeBlob[] = []) {
  const ports = storePorts();
  const store = await createStore(ports, '/store');
  await writeMade(store, made);
  for (const { descriptor } of gone) await ports.files.remove(`/store/blobs/sha256/${descriptor.digest.slice(7)}`);
  const [image] = (await readImage(store, made.manifest.digest)).platforms;
  if (image === undefined) throw new Error('there is no image');
  return readImageFacts(store, image, wanted);
}

/** An image of these very layers. */
function imageOf(layers: readonly MadeBlob[], config: object = {}): MadeImage {
  const rootfs = { type: 'layers', diff_ids: layers.map(({ descriptor }) => descriptor.digest) };
  const document = { os: 'linux', architecture: 'amd64', config, rootfs };
  return madeManifest(madeBlob(mediaTypes.config, Buffer.from(JSON.stringify(document))), layers);
}

describe('the facts of an image', () => {
  it('come from its config', async () => {
    const config = {
      User: 'app',
      Entrypoint: ['/e'],
      Cmd: ['a', 'b'],
      ExposedPorts: { '80': {}, '53/udp': {} },
      Env: ['A=b=c', 'EMPTY=', 'A=d'],
      Labels: { l: 'm' },
    };
    const { facts } = await factsOf(madeImage({ config }));
    expect(facts).toMatchObject({
      user: 'app',
      entrypoint: ['/e'],
      cmd: ['a', 'b'],
      ports: ['80/tcp', '53/udp'],
      env: { A: 'd', EMPTY: '' },
      labels: { l: 'm' },
    });
  });

  it('are nothing where its config says nothing', async () => {
    const { facts } = await factsOf(imageOf([], { Entrypoint: null, Env: null }));
    expect(facts).toEqual({
      user: '',
      entrypoint: [],
      cmd: [],
      ports: [],
      env: {},
      labels: {},
      unpackedBytes: 0,
      files: [],
      setuid: [],
    });
  });

  it.each(['none', 'gzip', 'zstd'] as const)('come from its layers, packed by %s', async (packing) => {
    const made = madeImage({
      packing,
      layers: [
        { 'a/one': '1', 'a/two': '2' },
        { 'a/.wh.two': '', 'a/three': '3' },
      ],
    });
    const { facts, layers } = await factsOf(made, ['/a/one', '/a/two', '/a/three']);
    expect(facts.files).toEqual(['/a/one', '/a/three']);
    expect(layers.map(({ digest }) => digest)).toEqual(made.blobs.slice(-2).map(({ descriptor }) => descriptor.digest));
    expect(facts.unpackedBytes).toBe(layers.reduce((sum, layer) => sum + layer.unpackedBytes, 0));
    for (const { unpackedBytes } of layers) expect(unpackedBytes % 512).toBe(0);
  });
});

describe('an image whose facts nobody can tell', () => {
  it('lacks a layer', async () => {
    const layer = madeBlob(layerType, madeTar([{ name: 'a' }]));
    await expect(factsOf(imageOf([layer]), [], [layer])).rejects.toMatchObject({ code: 'content-missing' });
  });

  it.each([
    ['is no archive', Buffer.from('no archive '.repeat(200))],
    ['ends in the middle', madeTar([{ name: 'a', content: 'x'.repeat(2000) }]).subarray(0, 1500)],
    ['leads out of the image', madeTar([{ name: '../../etc/passwd' }])],
  ])('has a layer that %s', async (_, bytes) => {
    await expect(factsOf(imageOf([madeBlob(layerType, bytes)]))).rejects.toMatchObject({ code: 'layer-broken' });
  });

  it('has a config that is odd', async () => {
    await expect(factsOf(imageOf([], { Env: 'A=b' }))).rejects.toMatchObject({
      code: 'config-invalid',
      what: expect.stringContaining('config.Env'),
    });
  });
});
