import { describe, expect, it } from '@jest/globals';
import { mediaTypes } from '../../../src/formats/oci.ts';
import { readImage } from '../../../src/store/image-content.ts';
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
import { storePorts } from './store-ports.ts';

async function storeWith(...made: readonly MadeImage[]): Promise<Store> {
  const store = await createStore(storePorts(), '/store', { name: 'the store' });
  for (const one of made) await writeMade(store, one);
  return store;
}

describe('readImage', () => {
  it('lists the platforms of an index in our order, and attestations apart from them', async () => {
    const images = ['linux/s390x', 'linux/arm64/v8', 'linux/amd64'].map((platform) => madeImage({ platform }));
    const index = madeIndex(images, { attestation: true });
    const content = await readImage(await storeWith(index), index.manifest.digest);
    expect(content).toMatchObject({ digest: index.manifest.digest, mediaType: mediaTypes.index });
    expect(content.platforms.map((one) => one.platform)).toEqual(['linux/amd64', 'linux/arm64', 'linux/s390x']);
    expect(content.attestations).toEqual(
      images.map((image, place) => ({
        digest: index.children[place * 2 + 1]?.manifest.digest,
        subject: image.manifest.digest,
        descriptor: index.children[place * 2 + 1]?.descriptor,
      })),
    );
  });

  it('reads a single manifest as one platform, the one of its config', async () => {
    const image = madeImage({ platform: 'linux/arm/v7', layers: 2, config: { Env: ['A=1'] } });
    const content = await readImage(await storeWith(image), image.manifest.digest);
    const [config, ...layers] = image.blobs.map((blob) => blob.descriptor);
    expect(content.attestations).toEqual([]);
    expect(content.platforms).toEqual([
      {
        platform: 'linux/arm/v7',
        digest: image.manifest.digest,
        mediaType: mediaTypes.manifest,
        size: image.manifest.bytes.length,
        configDigest: config?.digest,
        config: expect.objectContaining({ config: { Env: ['A=1'] } }),
        layers,
        descriptor: image.descriptor,
      },
    ]);
  });

  it('passes over a member of an index that is no image', async () => {
    const index = madeIndex([madeArtifact('application/vnd.example', 'text'), madeImage()]);
    const { platforms } = await readImage(await storeWith(index), index.manifest.digest);
    expect(platforms.map((one) => one.platform)).toEqual(['linux/amd64']);
  });

  it('reads an index of indexes, with the attestations of each', async () => {
    const [one, two] = [madeImage(), madeImage({ platform: 'linux/arm64' })];
    const inner = madeIndex([one, madeArtifact('application/vnd.example', 'text')], { attestation: true });
    const outer = madeIndex([madeIndex([inner]), two]);
    const { platforms, attestations } = await readImage(await storeWith(outer), outer.manifest.digest);
    expect(platforms.map((each) => each.digest)).toEqual([one.manifest.digest, two.manifest.digest]);
    expect(attestations.map((each) => each.subject)).toContain(one.manifest.digest);
  });

  it('reads three levels of indexes, and not four', async () => {
    const three = madeIndex([madeIndex([madeIndex([madeImage()])])]);
    const four = madeIndex([three]);
    const store = await storeWith(four);
    expect((await readImage(store, three.manifest.digest)).platforms).toHaveLength(1);
    await expect(readImage(store, four.manifest.digest)).rejects.toMatchObject({ code: 'index-too-deep' });
  });

  it('reads what is listed twice once', async () => {
    const image = madeImage();
    const index = madeIndex([image, image, madeIndex([image])], { attestation: false });
    expect((await readImage(await storeWith(index), index.manifest.digest)).platforms).toHaveLength(1);
  });

  it('passes over layers that an index lists', async () => {
    const layer = madeBlob('application/vnd.oci.image.layer.v1.tar', Buffer.from('cached'));
    const index = madeIndex([madeImage(), { ...madeImage(), descriptor: layer.descriptor }]);
    const { platforms } = await readImage(await storeWith(index), index.manifest.digest);
    expect(platforms).toHaveLength(1);
  });

  it('hands over the members that are not here, where it is told to, and reads the others', async () => {
    const [here, gone, half] = ['linux/amd64', 'linux/arm64', 'linux/s390x'].map((platform) => madeImage({ platform }));
    if (here === undefined || gone === undefined || half === undefined) throw new Error('no images');
    const index = madeIndex([here, gone, half]);
    const store = await storeWith({ ...index, children: [here, { ...half, blobs: [] }] });
    const passed: unknown[] = [];
    const { platforms } = await readImage(store, index.manifest.digest, (member) => passed.push(member.digest));
    expect(platforms.map((each) => each.platform)).toEqual(['linux/amd64']);
    expect(passed).toEqual([gone.manifest.digest, half.manifest.digest]);
  });

  it('refuses a member that is not as long as its index says', async () => {
    const image = madeImage();
    const index = madeIndex([{ ...image, descriptor: { ...image.descriptor, size: 1 } }]);
    await expect(readImage(await storeWith(index), index.manifest.digest)).rejects.toMatchObject({
      code: 'content-damaged',
    });
  });

  it('reads an image whose digests are of sha512', async () => {
    const image = madeImage({ algorithm: 'sha512' });
    const index = madeIndex([image], { algorithm: 'sha512' });
    const { platforms } = await readImage(await storeWith(index), index.manifest.digest);
    expect(platforms.map((each) => each.digest)).toEqual([image.manifest.digest]);
    expect(index.manifest.digest).toMatch(/^sha512:/);
  });

  it.each([
    ['an artifact', madeArtifact('application/vnd.example', 'text')],
    ['an attestation', madeIndex([madeImage()], { attestation: true }).children[1] ?? madeImage()],
    ['an empty index', madeIndex([])],
  ])('refuses %s', async (_name, made) => {
    await expect(readImage(await storeWith(made), made.manifest.digest)).rejects.toMatchObject({
      code: 'not-an-image',
    });
  });

  it('names what is missing: the image, one of its platforms, its config', async () => {
    const image = madeImage();
    const index = madeIndex([image]);
    const [config] = image.blobs;
    for (const [store, missing] of [
      [await storeWith(), index],
      [await storeWith({ ...index, children: [] }), image],
      [await storeWith({ ...index, children: [{ ...image, blobs: [] }] }), config],
    ] as const) {
      await expect(readImage(store, index.manifest.digest)).rejects.toMatchObject({
        code: 'content-missing',
        what: expect.stringContaining(missing?.descriptor.digest ?? 'no digest'),
        where: 'the store',
      });
    }
  });

  it('does not read a config that is as large as a layer', async () => {
    const config = madeBlob(mediaTypes.config, Buffer.from('{}'));
    const made = madeManifest({ ...config, descriptor: { ...config.descriptor, size: 5_000_000 } }, []);
    const store = await storeWith({ ...made, blobs: [] });
    await expect(readImage(store, made.manifest.digest)).rejects.toMatchObject({ code: 'config-too-large' });
  });

  it('refuses a config that is none', async () => {
    const made = madeManifest(madeBlob(mediaTypes.config, Buffer.from('{"os":"linux"}')), []);
    await expect(readImage(await storeWith(made), made.manifest.digest)).rejects.toMatchObject({
      code: 'config-invalid',
    });
  });
});
