import { algorithmOf, type Digest, digestOf } from '../../domain/digest.ts';
import { RemoteError } from '../../domain/errors.ts';
import type { Repository, Tag } from '../../domain/image-ref.ts';
import type { RawManifest } from '../../ports/content.ts';
import { putRawManifest, readRawManifest } from './manifests.ts';
import type { UploadWay } from './upload-pieces.ts';

/** A tag that is to name a manifest. */
export interface TagWrite {
  readonly tag: Tag;
  readonly manifest: RawManifest;
  /** What it named before; anything else than this and the manifest was written by somebody else. */
  readonly previous: Digest | undefined;
}

/** What a tag names after it was written. */
export interface TagWritten {
  /** As the bytes say that came back, not as a header says. */
  readonly digest: Digest | undefined;
  /** How long the registry showed something older. */
  readonly lateMs: number;
  /** Why the write itself was refused, if it was. */
  readonly refused: RemoteError | undefined;
}

const firstPollMs = 250;
const longestPollMs = 5_000;
const patienceMs = 60_000;
/** After one answer that is not ours, so many in a row must be. */
const certainReads = 3;
const mostRepairs = 2;

/**
 * Writes a tag and reads it back. A reply that was lost counts for nothing, what the tag names counts;
 * a registry that shows something older is asked until it stops, and a tag that was torn by a crash is written again.
 */
export async function writeTag(way: UploadWay, repository: Repository, write: TagWrite): Promise<TagWritten> {
  const { clock } = way.pace;
  let refused = await put(way, repository, write);
  let repairs = 0;
  let equal = 0;
  let misses = 0;
  let wanted = 1;
  let waitMs = firstPollMs;
  const startMs = clock.now().getTime();
  for (;;) {
    const seen = await look(way, repository, write);
    const lateMs = clock.now().getTime() - startMs;
    if (seen.kind === 'torn') {
      if (repairs >= mostRepairs) throw seen.error;
      repairs += 1;
      refused = await put(way, repository, write);
      continue;
    }
    const { digest } = seen;
    if (digest === write.manifest.digest) {
      equal += 1;
      if (equal >= wanted) return { digest, lateMs: wanted === 1 ? 0 : lateMs, refused: undefined };
    } else {
      equal = 0;
      wanted = certainReads;
      misses += 1;
      const isForeign = digest !== undefined && digest !== write.previous;
      if (isForeign || lateMs >= patienceMs || isHopeless(refused, misses)) return { digest, lateMs, refused };
    }
    await clock.sleep(waitMs);
    waitMs = Math.min(waitMs * 2, longestPollMs);
  }
}

/** A write that was refused will not show up later; one that failed in another way may, if only just. */
function isHopeless(refused: RemoteError | undefined, misses: number): boolean {
  if (refused === undefined) return false;
  return misses >= certainReads || (refused.status !== undefined && refused.status < 500);
}

async function put(way: UploadWay, repository: Repository, write: TagWrite): Promise<RemoteError | undefined> {
  try {
    await putRawManifest(way.transport, repository, { reference: write.tag, manifest: write.manifest });
    return undefined;
  } catch (error) {
    if (error instanceof RemoteError) return error;
    throw error;
  }
}

type Seen =
  | { readonly kind: 'seen'; readonly digest: Digest | undefined }
  | { readonly kind: 'torn'; readonly error: RemoteError };

/** A registry that was killed while it wrote a tag fails over that tag for ever, until it is written again. */
async function look({ transport }: UploadWay, repository: Repository, { tag, manifest }: TagWrite): Promise<Seen> {
  try {
    const raw = await readRawManifest(transport, repository, tag);
    if (raw === undefined) return { kind: 'seen', digest: undefined };
    // A tag is read by whatever algorithm the registry names it with, and the bytes are ours by ours.
    const isOurs = digestOf(raw.bytes, algorithmOf(manifest.digest)) === manifest.digest;
    return { kind: 'seen', digest: isOurs ? manifest.digest : raw.digest };
  } catch (error) {
    if (error instanceof RemoteError && error.status === 500) return { kind: 'torn', error };
    throw error;
  }
}
