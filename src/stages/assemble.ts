import type { RegistryClient } from '../clients/registry/client.ts';
import { repositoryContent } from '../clients/registry/repository-content.ts';
import type { Digest } from '../domain/digest.ts';
import { RefusedError } from '../domain/errors.ts';
import { foldParts } from '../domain/part-fold.ts';
import { isInParts } from '../domain/parts.ts';
import { imageOf, type Plan, type PlannedImage } from '../domain/plan.ts';
import type { ImageRecord } from '../domain/record.ts';
import { homeOf } from '../domain/staging.ts';
import type { PartRecord, PartsFault, SplitImage } from '../domain/whole-image.ts';
import { recordBytes } from '../formats/record-artifact.ts';
import type { ContentSource, RawManifest } from '../ports/content.ts';
import { indexOfParts } from '../store/assemble.ts';
import { isContentFault } from '../store/content-fault.ts';

/** Makes, of every image that was built in parts, its index and its record out of what the parts left in the registry. Writes nothing. */
export async function assemble(
  ports: { readonly registry: RegistryClient },
  inputs: {
    readonly plan: Plan;
    readonly records: readonly ImageRecord[];
    /** Where parts lie, if that is not the registry. */
    readonly contentOf?: ContentOf | undefined;
  },
): Promise<readonly SplitImage[]> {
  const { plan, records, contentOf = contentIn(ports.registry) } = inputs;
  const split = plan.levels
    .flat()
    .filter((key) => isInParts(plan, key))
    .map((key) => imageOf(plan, key));
  const read = await Promise.all(
    split.map(async (image) => {
      const parts = records
        .filter((record) => record.key === image.key)
        .map((record): PartRecord => ({ record, recordDigest: recordBytes(record).digest }));
      return { image, parts, index: await indexOf(contentOf, image, parts) };
    }),
  );
  const wholes = new Map<Digest, Digest>();
  // Bases stand in earlier levels, so that the whole of each is known before what is built on it.
  return read.map(({ image: { key, repository, stagedIn }, parts, index }): SplitImage => {
    const whole = 'kind' in index ? index : wholeOf(parts, index, wholes);
    if (whole.kind === 'assembled') for (const { record } of parts) wholes.set(record.digest, whole.index.digest);
    return { key, repository, stagedIn, parts, whole };
  });
}

/** Finds the place of a part of an image. */
export type ContentOf = (
  image: Pick<PlannedImage, 'key' | 'repository' | 'stagedIn'>,
  digest: Digest,
) => Promise<ContentSource>;

function contentIn(registry: RegistryClient): ContentOf {
  return async (image) => repositoryContent(registry, homeOf(image));
}

async function indexOf(
  contentOf: ContentOf,
  image: PlannedImage,
  parts: readonly PartRecord[],
): Promise<RawManifest | PartsFault> {
  try {
    return await indexOfParts(
      await Promise.all(
        parts.map(async ({ record: { digest, platforms } }) => {
          const names = platforms.map(({ platform }) => platform);
          const source = await contentOf(image, digest);
          return { name: `the part for ${names.join(', ')}`, source, digest, platforms: names };
        }),
      ),
    );
  } catch (error) {
    if (!(error instanceof RefusedError) && !isContentFault(error)) throw error;
    return { kind: 'faulty', why: error.what };
  }
}

function wholeOf(
  parts: readonly PartRecord[],
  index: RawManifest,
  wholes: ReadonlyMap<Digest, Digest>,
): SplitImage['whole'] {
  const { digest, mediaType } = index;
  const folded = foldParts(
    parts.map((part) => part.record),
    { digest, mediaType, wholes },
  );
  if (folded.kind === 'refused') return { kind: 'faulty', why: folded.why };
  const { record } = folded;
  return { kind: 'assembled', index, record, recordDigest: recordBytes(record).digest };
}
