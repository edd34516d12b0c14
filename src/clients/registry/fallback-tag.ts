import { z } from 'zod';
import { algorithmOf, type Digest, digestOf, hexOf, isDigest } from '../../domain/digest.ts';
import { RemoteError } from '../../domain/errors.ts';
import { parseTag, type Repository, type Tag } from '../../domain/image-ref.ts';
import { readJson } from '../../formats/json.ts';
import { isIndexType, mediaTypes, type OciDescriptor, OciIndex } from '../../formats/oci.ts';
import type { RawManifest } from '../../ports/content.ts';
import { putRawManifest, readRawManifest } from './manifests.ts';
import { pause } from './pace.ts';
import type { Transport } from './transport.ts';
import type { UploadWay } from './upload-pieces.ts';

const maxRounds = 5;

/** An index of which every field is kept that others wrote, also those that we do not know. */
const ForeignIndex = z.looseObject({
  schemaVersion: z.literal(2),
  manifests: z.array(z.looseObject({ digest: z.custom<Digest>(isDigest, { error: 'not a digest' }) })),
});
type ForeignIndex = z.infer<typeof ForeignIndex>;

/** The tag that stands in for the list of referrers where a registry keeps none. */
export function fallbackTagOf(digest: Digest): Tag {
  return parseTag(`${algorithmOf(digest)}-${hexOf(digest).slice(0, 64)}`, 'the fallback tag');
}

/** What the fallback tag of a digest lists. */
export async function readFallbackTag(
  transport: Transport,
  repository: Repository,
  digest: Digest,
): Promise<readonly OciDescriptor[]> {
  const raw = await readIndex(transport, repository, fallbackTagOf(digest));
  return raw === undefined ? [] : readJson(raw.bytes, OciIndex, about(repository, digest)).manifests;
}

/**
 * Adds to the fallback tag (https://github.com/opencontainers/distribution-spec/blob/main/spec.md#pushing-manifests-with-subject).
 * A tag cannot be changed on condition, so each write is read back, and merged again when another writer was faster.
 */
export async function addToFallbackTag(
  ports: Pick<UploadWay, 'transport' | 'pace'>,
  repository: Repository,
  entry: { readonly subject: Digest; readonly descriptor: OciDescriptor },
): Promise<void> {
  const { transport, pace } = ports;
  const reference = fallbackTagOf(entry.subject);
  const read = async (): Promise<ForeignIndex> => {
    const raw = await readIndex(transport, repository, reference);
    if (raw === undefined) return { schemaVersion: 2, mediaType: mediaTypes.index, manifests: [] };
    return readJson(raw.bytes, ForeignIndex, about(repository, entry.subject));
  };
  let index = await read();
  for (let round = 1; round <= maxRounds; round += 1) {
    if (lists(index, entry.descriptor)) return;
    const bytes = new TextEncoder().encode(
      JSON.stringify({ ...index, mediaType: mediaTypes.index, manifests: [...index.manifests, entry.descriptor] }),
    );
    const manifest: RawManifest = { mediaType: mediaTypes.index, digest: digestOf(bytes), bytes };
    await putRawManifest(transport, repository, { reference, manifest });
    index = await read();
    if (lists(index, entry.descriptor)) return;
    // Not always equally long, so that two writers who met do not meet again.
    await pause(pace, round);
    index = await read();
  }
  if (lists(index, entry.descriptor)) return;
  throw new RemoteError({
    code: 'referrers-contended',
    what: `${reference} was overwritten by others ${maxRounds} times, so ${entry.descriptor.digest} is not in it`,
    where: repository,
    state: 'the artifact is there and is found by its digest only',
    next: 'run again when fewer jobs publish at the same time',
  });
}

function lists(index: ForeignIndex, descriptor: OciDescriptor): boolean {
  return index.manifests.some(({ digest }) => digest === descriptor.digest);
}

async function readIndex(
  transport: Transport,
  repository: Repository,
  reference: Tag,
): Promise<RawManifest | undefined> {
  const raw = await readRawManifest(transport, repository, reference);
  if (raw === undefined || isIndexType(raw.mediaType)) return raw;
  throw new RemoteError({
    code: 'referrers-tag-taken',
    what: `the tag ${reference} is an image and no list of referrers`,
    where: repository,
    state: 'it was left as it is',
    next: 'remove or rename that tag: names of this form are reserved for lists of referrers',
  });
}

function about(repository: Repository, digest: Digest) {
  return {
    code: 'referrers-invalid',
    what: `the list of referrers in the tag ${fallbackTagOf(digest)}`,
    where: repository,
    next: 'remove that tag; what it lists stays in the registry by digest',
  };
}
