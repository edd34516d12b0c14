import { readRecords } from '../../clients/records.ts';
import type { RegistryClient } from '../../clients/registry/client.ts';
import { repositoryContent } from '../../clients/registry/repository-content.ts';
import type { Digest } from '../../domain/digest.ts';
import type { ImageRecord } from '../../domain/record.ts';
import { homeOf } from '../../domain/staging.ts';
import { recordBytes } from '../../formats/record-artifact.ts';
import type { ContentSource } from '../../ports/content.ts';
import { isContentFault } from '../../store/content-fault.ts';
import type { FindView, View, Wanted } from './observe.ts';

/** Images where they are to be released from. What is written there later names a digest, so that its layers need only be there. */
export function registryView(registry: RegistryClient): FindView {
  return async (image) => {
    const repository = homeOf(image);
    const source = repositoryContent(registry, repository);
    return {
      source,
      has: (digest) => source.hasManifest(digest),
      records: (digest) => readRecords(registry, repository, digest),
      layerFault: async (layer) => ((await source.hasBlob(layer)) ? undefined : 'is not there'),
    };
  };
}

/** Where the store of an image is, if it was kept. */
export type FindStore = (image: Pick<Wanted, 'key' | 'digest'>) => Promise<ContentSource | undefined>;

/** Images as their builds left them, in stores that travelled. Every byte of them is read: whoever may write artifacts may have changed one. */
export function storeView(findStore: FindStore, records: readonly ImageRecord[]): FindView {
  const known = records.map((record) => ({ record, digest: recordBytes(record).digest }));
  return async (image) => {
    const source = await findStore(image);
    if (source === undefined)
      return `no store of it was kept: there is no slipway-store-${image.key} with ${image.digest}`;
    return {
      source,
      has: async (digest) => (await source.readManifest(digest)) !== undefined,
      records: async (digest) => ({ records: known.filter((one) => one.record.digest === digest), unreadable: [] }),
      layerFault: (layer) => readWhole(source, layer),
    };
  };
}

async function readWhole(source: ContentSource, layer: { mediaType: string; digest: Digest; size: number }) {
  try {
    const content = await source.readBlob(layer, 'fleeting');
    if (content === undefined) return 'is not there';
    let bytes = 0;
    for await (const piece of content) bytes += piece.length;
    return bytes === layer.size ? undefined : `has ${bytes} bytes, not ${layer.size}`;
  } catch (error) {
    if (!isContentFault(error)) throw error;
    return `is damaged: ${error.what}`;
  }
}

/** Images of a set, of which each is in the one place or in the other. */
export function eitherView(first: FindView, isFirst: (key: string) => boolean, second: FindView): FindView {
  return async (image): Promise<View | string> => (isFirst(image.key) ? first(image) : second(image));
}
