import type { Digest } from '../domain/digest.ts';
import { RefusedError, SlipwayError } from '../domain/errors.ts';
import { maxDocumentBytes } from '../formats/json.ts';
import { type ReadManifest, readManifest } from '../formats/manifest.ts';
import type { OciDescriptor } from '../formats/oci.ts';
import type { RawManifest } from '../ports/content.ts';
import { type BlobFacts, openBlobs } from './blobs.ts';
import { createLock } from './lock.ts';
import { maxIndexDepth, tooDeep } from './manifest-tree.ts';
import { openStore, type Store, type StorePorts } from './store.ts';

/** What to keep. */
export interface PruneOptions {
  /** Blobs that were written less than this time ago stay: a writer may be about to name them. */
  readonly minAgeMs?: number;
}

/** What a prune took away. */
export interface Pruned {
  readonly count: number;
  readonly bytes: number;
}

/** What stays, and of that the manifests that were read; a manifest may first be met as the layer of another. */
interface Kept {
  readonly blobs: Set<Digest>;
  readonly read: Set<Digest>;
}

/** No build is on its way for so long. */
export const defaultMinAgeMs = 24 * 60 * 60 * 1000;

/**
 * Drops from a layout what none of its entries refers to. Artifacts about something that stays, stay too.
 * What cannot be read below an entry might name anything, so then nothing is dropped.
 */
export async function pruneStore(
  ports: StorePorts,
  folder: string,
  { minAgeMs = defaultMinAgeMs }: PruneOptions = {},
): Promise<Pruned> {
  const store = await openStore(ports, folder);
  const blobs = openBlobs(ports.files, `${folder}/blobs`, folder);
  return createLock(
    ports,
    `${folder}/index.json.lock`,
  )(async () => {
    const kept: Kept = { blobs: new Set(), read: new Set() };
    await keepBelow(store, await store.entries(), kept);
    const all = await blobs.list();
    await keepReferrers(store, all, kept);
    const before = ports.clock.now().getTime() - minAgeMs;
    return drop(
      blobs,
      all.filter((blob) => !kept.blobs.has(blob.digest) && blob.modified.getTime() <= before),
    );
  });
}

/** Removes blobs and counts them. */
export async function drop(blobs: ReturnType<typeof openBlobs>, unused: readonly BlobFacts[]): Promise<Pruned> {
  let bytes = 0;
  for (const { digest, size } of unused) {
    await blobs.remove(digest);
    bytes += size;
  }
  return { count: unused.length, bytes };
}

/** Marks what entries refer to, whatever it is; a layer that is not here is no reason to doubt the rest. */
async function keepBelow(store: Store, entries: readonly OciDescriptor[], kept: Kept): Promise<void> {
  const open = async (member: OciDescriptor, depth: number): Promise<void> => {
    kept.blobs.add(member.digest);
    // The contents of a manifest of an unknown kind cannot be told, so those are read, and fail.
    if (kept.read.has(member.digest) || !/manifest|index/.test(member.mediaType)) return;
    kept.read.add(member.digest);
    const read = readManifest(await requireReadable(store, member));
    if (read.kind === 'index' && depth > maxIndexDepth) throw tooDeep(member.digest, store, state);
    await keepContents(store, read, kept, (inner, isSubject) => open(inner, isSubject ? 1 : depth + 1));
  };
  for (const entry of entries) {
    try {
      await open(entry, 1);
    } catch (failure) {
      throw failure instanceof SlipwayError ? refused(store, entry, failure) : failure;
    }
  }
}

async function keepContents(
  store: Store,
  read: ReadManifest,
  kept: Kept,
  open: (member: OciDescriptor, isSubject: boolean) => Promise<void>,
): Promise<void> {
  if (read.kind === 'index') for (const member of read.index.manifests) await open(member, false);
  else for (const { digest } of [read.manifest.config, ...read.manifest.layers]) kept.blobs.add(digest);
  const { subject } = read.kind === 'index' ? read.index : read.manifest;
  // An artifact may be here without what it is about.
  if (subject !== undefined && (await store.hasManifest(subject.digest))) await open(subject, true);
}

/** Marks the artifacts about what is kept, and the artifacts about those; nothing but their own bytes tells that they are there. */
async function keepReferrers(store: Store, all: readonly BlobFacts[], kept: Kept): Promise<void> {
  const others = all.filter((blob) => !kept.blobs.has(blob.digest) && blob.size <= maxDocumentBytes);
  const subjects = new Map<Digest, { readonly entry: OciDescriptor; readonly subject: Digest }>();
  for (const { digest, size } of others) {
    const found = await subjectOf(store, digest);
    if (found !== undefined) subjects.set(digest, { entry: { ...found, digest, size }, subject: found.subject });
  }
  for (let hasFound = true; hasFound; ) {
    hasFound = false;
    for (const [digest, { entry, subject }] of subjects) {
      if (!kept.blobs.has(subject)) continue;
      subjects.delete(digest);
      hasFound = true;
      await keepBelow(store, [entry], kept);
    }
  }
}

async function subjectOf(
  store: Store,
  digest: Digest,
): Promise<{ readonly mediaType: string; readonly subject: Digest } | undefined> {
  try {
    const raw = await store.readManifest(digest);
    const read = raw === undefined ? undefined : readManifest(raw);
    const subject = (read?.kind === 'index' ? read.index : read?.manifest)?.subject?.digest;
    return raw === undefined || subject === undefined ? undefined : { mediaType: raw.mediaType, subject };
  } catch (failure) {
    // A layer, a config, or something broken that no entry needs.
    if (failure instanceof SlipwayError) return undefined;
    throw failure;
  }
}

const state = 'nothing was dropped';

async function requireReadable(store: Store, { digest }: OciDescriptor): Promise<RawManifest> {
  const raw = await store.readManifest(digest);
  if (raw !== undefined) return raw;
  throw new RefusedError({
    code: 'prune-refused',
    what: `${digest} is not there`,
    where: store.name,
    state,
    next: 'build the image again, or take its entry out of index.json',
  });
}

function refused(store: Store, entry: OciDescriptor, cause: SlipwayError): RefusedError {
  return new RefusedError({
    code: 'prune-refused',
    what: `what ${entry.digest} needs cannot be told: ${cause.what}`,
    where: store.name,
    state,
    next: 'build the image again, or take its entry out of index.json; then prune again',
    cause,
  });
}
