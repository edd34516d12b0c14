import type { Digest } from '../domain/digest.ts';
import { RemoteError } from '../domain/errors.ts';
import { maxDocumentBytes } from '../formats/json.ts';
import { readManifest } from '../formats/manifest.ts';
import type { OciDescriptor } from '../formats/oci.ts';
import type { ContentSink, ContentSource, RawManifest } from '../ports/content.ts';
import { inParallel } from './parallel.ts';
import { referencesOf } from './references.ts';

/** How to copy. */
export interface CopyOptions {
  /** How many requests may be under way at once. */
  readonly concurrency?: number;
  /** Looks for holes below manifests that the sink has, instead of trusting that their content is there. */
  readonly verify?: boolean;
}

/** What a copy really wrote; content that the sink took from itself (a mount) counts as a blob without bytes. */
export interface CopyResult {
  readonly manifests: number;
  readonly blobs: number;
  readonly bytes: number;
}

interface Found {
  readonly raw: RawManifest;
  readonly depth: number;
}

/** What a copy has to carry: manifests with their depth below the root, and the blobs of all of them, each once. */
interface Findings {
  readonly manifests: Map<Digest, Found>;
  readonly blobs: Map<Digest, OciDescriptor>;
}

const maxIndexDepth = 3;

/** Copies a manifest or an index with all that it refers to, without changing a byte; what refers to content comes after it. */
export async function copyContent(
  source: ContentSource,
  sink: ContentSink,
  root: { readonly digest: Digest },
  options: CopyOptions = {},
): Promise<CopyResult> {
  const atMost = options.concurrency ?? 8;
  const verify = options.verify ?? false;
  const isDone = async (digest: Digest): Promise<boolean> => !verify && (await sink.hasManifest(digest));
  const findings = await explore(source, root.digest, isDone, atMost);
  const written = { manifests: 0, blobs: 0, bytes: 0 };

  await inParallel([...findings.blobs.values()], atMost, async (blob) => {
    if (await sink.hasBlob(blob)) return;
    let wasOpened = false;
    await sink.writeBlob(blob, async () => {
      wasOpened = true;
      return (await source.readBlob(blob)) ?? missing(blob.digest, source);
    });
    written.blobs += 1;
    if (wasOpened) written.bytes += blob.size;
  });

  const found = [...findings.manifests.values()];
  for (let depth = Math.max(0, ...found.map((one) => one.depth)); depth > 0; depth -= 1) {
    const level = found.filter((one) => one.depth === depth);
    await inParallel(level, atMost, async ({ raw }) => {
      if (verify && (await sink.hasManifest(raw.digest))) return;
      await sink.writeManifest(raw);
      written.manifests += 1;
      written.bytes += raw.bytes.length;
    });
  }
  return written;
}

/** Reads the manifests level by level; one that is on two levels is kept on the deeper, so that it is written before all that name it. */
async function explore(
  source: ContentSource,
  root: Digest,
  isDone: (digest: Digest) => Promise<boolean>,
  atMost: number,
): Promise<Findings> {
  const findings: Findings = { manifests: new Map(), blobs: new Map() };
  let level = new Map<Digest, number | undefined>([[root, undefined]]);
  for (let depth = 1; level.size > 0; depth += 1) {
    const below = new Map<Digest, number | undefined>();
    await inParallel([...level], atMost, async ([digest, size]) => {
      const known = findings.manifests.get(digest);
      if (known === undefined && (await isDone(digest))) return;
      const raw = known?.raw ?? (await manifestFrom(source, digest, size));
      const read = readManifest(raw);
      if (read.kind === 'index' && depth > maxIndexDepth) throw tooDeep(root, source);
      const { manifests, blobs } = referencesOf(read, digest);
      findings.manifests.set(digest, { raw, depth });
      for (const blob of blobs) findings.blobs.set(blob.digest, blob);
      for (const member of manifests) below.set(member.digest, member.size);
    });
    level = below;
  }
  return findings;
}

async function manifestFrom(source: ContentSource, digest: Digest, size: number | undefined): Promise<RawManifest> {
  const raw = (await source.readManifest(digest)) ?? missing(digest, source);
  if (raw.bytes.length > maxDocumentBytes) {
    throw failure(
      'manifest-too-large',
      `${digest} has ${raw.bytes.length} bytes, more than ${maxDocumentBytes}`,
      source,
    );
  }
  if (size === undefined || size === raw.bytes.length) return raw;
  throw failure('content-damaged', `${digest} has ${raw.bytes.length} bytes and its index says ${size}`, source);
}

function missing(digest: Digest, source: ContentSource): never {
  throw failure('content-missing', `${digest} is not there`, source);
}

function tooDeep(root: Digest, source: ContentSource): RemoteError {
  return failure('index-too-deep', `${root} holds indexes within indexes, more than ${maxIndexDepth} levels`, source);
}

function failure(code: string, what: string, source: ContentSource): RemoteError {
  return new RemoteError({
    code,
    what,
    where: source.name,
    state: 'the image was not copied; blobs that were written stay and do no harm',
    next: 'check the digest; if it is right, build the image again',
  });
}
