import { describe, expect, it } from '@jest/globals';
import { parsePlatform } from '../../../src/domain/platform.ts';
import { mediaTypes } from '../../../src/formats/oci.ts';
import { assembleContent, type BuiltPart } from '../../../src/store/assemble.ts';
import { readImage } from '../../../src/store/image-content.ts';
import { createStore, type Store } from '../../../src/store/store.ts';
import { type MadeImage, madeImage, madeIndex, writeMade } from '../../support/made-image.ts';
import { storePorts } from './store-ports.ts';

async function partOf(made: MadeImage, ...platforms: readonly string[]): Promise<BuiltPart> {
  const source = await createStore(storePorts(), '/part', { name: `the store of ${platforms}` });
  await writeMade(source, made);
  return { source, digest: made.manifest.digest, platforms: platforms.map(parsePlatform) };
}

const sink = (): Promise<Store> => createStore(storePorts(), '/sink');
const amd64 = madeIndex([madeImage()], { attestation: true });
const arm64 = madeIndex([madeImage({ platform: 'linux/arm64' })], { attestation: true });

describe('assembleContent', () => {
  it('makes one whole image of what several jobs built', async () => {
    const store = await sink();
    const made = await assembleContent([await partOf(arm64, 'linux/arm64'), await partOf(amd64, 'linux/amd64')], store);
    const image = await readImage(store, made.digest);
    expect(made).toMatchObject({
      mediaType: mediaTypes.index,
      size: (await store.readManifest(made.digest))?.bytes.length,
    });
    expect(image.platforms.map((one) => one.platform)).toEqual(['linux/amd64', 'linux/arm64']);
    expect(image.attestations.map((one) => one.subject)).toEqual(image.platforms.map((one) => one.digest));
    for (const { layers } of image.platforms) for (const layer of layers) expect(await store.hasBlob(layer)).toBe(true);
    for (const { digest } of image.attestations) expect(await store.hasManifest(digest)).toBe(true);
  });

  it('takes a single manifest as a part, and an index of indexes', async () => {
    const single = await partOf(madeImage({ platform: 'linux/arm/v7' }), 'linux/arm/v7');
    const nested = await partOf(madeIndex([amd64]), 'linux/amd64');
    const store = await sink();
    const { digest } = await assembleContent([single, nested], store);
    const { platforms, attestations } = await readImage(store, digest);
    expect(platforms.map((one) => one.platform)).toEqual(['linux/amd64', 'linux/arm/v7']);
    expect(attestations).toHaveLength(1);
  });

  it('gives the digest again that it gave before', async () => {
    const parts = [await partOf(arm64, 'linux/arm64'), await partOf(amd64, 'linux/amd64')];
    const [one, two] = [
      await assembleContent(parts, await sink()),
      await assembleContent(parts.toReversed(), await sink()),
    ];
    expect(one).toEqual(two);
  });

  it('copies nothing of the platforms that another part contributes', async () => {
    const wide = madeIndex([
      madeImage({ config: { Labels: { of: 'another job' } } }),
      madeImage({ platform: 'linux/arm64' }),
    ]);
    const store = await sink();
    await assembleContent([await partOf(amd64, 'linux/amd64'), await partOf(wide, 'linux/arm64')], store);
    const [unused, used] = wide.children;
    expect(await store.hasManifest(used?.manifest.digest ?? wide.manifest.digest)).toBe(true);
    expect(await store.hasManifest(unused?.manifest.digest ?? amd64.manifest.digest)).toBe(false);
  });

  it('writes nothing when a part holds less than it should', async () => {
    const store = await sink();
    const parts = [await partOf(amd64, 'linux/amd64'), await partOf(arm64, 'linux/arm64', 'linux/s390x')];
    await expect(assembleContent(parts, store)).rejects.toMatchObject({ code: 'platform-missing' });
    for (const child of amd64.children) expect(await store.hasManifest(child.manifest.digest)).toBe(false);
  });
});
