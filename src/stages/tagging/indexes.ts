import { attachRecord, readRecords } from '../../clients/records.ts';
import type { RegistryClient } from '../../clients/registry/client.ts';
import type { Repository } from '../../domain/image-ref.ts';
import { homeOf } from '../../domain/staging.ts';
import type { AssembledWhole, SplitImage } from '../../domain/whole-image.ts';
import type { RawManifest } from '../../ports/content.ts';

/** The indexes of images in parts, which are not in the registry yet. */
export function madeIndexes(
  split: readonly SplitImage[],
): readonly { repository: Repository; manifest: RawManifest }[] {
  return split.flatMap((image) =>
    image.whole.kind === 'assembled' ? [{ repository: homeOf(image), manifest: image.whole.index }] : [],
  );
}

/** Writes the indexes of images in parts by digest, each with its record beside it. What is there is left as it is. */
export async function placeIndexes(registry: RegistryClient, split: readonly SplitImage[]): Promise<void> {
  for (const image of split) {
    if (image.whole.kind === 'assembled') await placeIndex(registry, homeOf(image), image.whole);
  }
}

async function placeIndex(
  registry: RegistryClient,
  repository: SplitImage['repository'],
  { index, record, recordDigest }: AssembledWhole,
): Promise<void> {
  const { digest, mediaType, bytes } = index;
  if ((await registry.resolve(repository, digest, 'push')) === undefined)
    await registry.putManifest(repository, digest, index);
  const { records } = await readRecords(registry, repository, digest);
  if (records.some((found) => found.digest === recordDigest)) return;
  await attachRecord(registry, repository, record, [{ mediaType, digest, size: bytes.length }]);
}
