import type { Digest } from '../domain/digest.ts';
import { RemoteError } from '../domain/errors.ts';
import { readManifest } from '../formats/manifest.ts';
import type { OciDescriptor } from '../formats/oci.ts';
import type { ContentSink, ContentSource, OpenContent, RawManifest } from '../ports/content.ts';
import { maxIndexDepth, requireManifest, tooDeep } from './manifest-tree.ts';
import { inParallel } from './parallel.ts';
import { referencesOf, twoSizes } from './references.ts';

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
  /** Blobs that were there already. */
  readonly present: number;
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

const state = 'the image was not copied; blobs that were written stay and do no harm';

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
  const written = { manifests: 0, blobs: 0, bytes: 0, present: 0 };

  const carry = async (blob: OciDescriptor): Promise<void> => {
    const open: OpenContent = async (life) => (await source.readBlob(blob, life)) ?? missing(blob.digest, source);
    const arrival = await sink.writeBlob(blob, open);
    if (arrival === 'present') written.present += 1;
    else written.blobs += 1;
    if (arrival === 'written') written.bytes += blob.size;
  };
  const isLarge = ({ size }: OciDescriptor): boolean => size > largeBytes;
  const all = [...findings.blobs.values()];
  // A few large ones use a line as well as many, and keep less of themselves in memory.
  await inParallel(all.filter(isLarge), Math.min(atMost, mostLarge), carry);
  await inParallel(
    all.filter((blob) => !isLarge(blob)),
    atMost,
    carry,
  );

  const found = [...findings.manifests.values()];
  for (let depth = Math.max(0, ...found.map((one) => one.depth)); depth > 0; depth -= 1) {
    const level = found.filter((one) => one.depth === depth);
    await inParallel(level, atMost, async ({ raw }) => {
      if (verify && (await sink.hasManifest(raw.digest))) return;
      await writeInsisting(sink, raw, { carry, manifests: findings.manifests });
      written.manifests += 1;
      written.bytes += raw.bytes.length;
    });
  }
  return written;
}

const largeBytes = 8 * 1024 * 1024;
const mostLarge = 4;
const mostRepairs = 2;

/** Some registries collect what no manifest names yet. A manifest refused for that is written again, after what it misses. */
async function writeInsisting(
  sink: ContentSink,
  raw: RawManifest,
  again: { readonly carry: (blob: OciDescriptor) => Promise<void>; readonly manifests: Findings['manifests'] },
): Promise<void> {
  for (let repairs = 0; ; repairs += 1) {
    try {
      return await sink.writeManifest(raw);
    } catch (error) {
      const isMissing = error instanceof RemoteError && error.code === 'registry-blobs-missing';
      if (!isMissing || repairs >= mostRepairs) throw error;
      const { blobs, manifests } = referencesOf(readManifest(raw), raw.digest);
      for (const blob of blobs) await again.carry(blob);
      for (const { digest } of manifests) {
        const member = again.manifests.get(digest)?.raw;
        if (member !== undefined && !(await sink.hasManifest(digest))) await writeInsisting(sink, member, again);
      }
    }
  }
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
      const raw = known?.raw ?? (await requireManifest(source, { digest, size }, state));
      const read = readManifest(raw);
      if (read.kind === 'index' && depth > maxIndexDepth) throw tooDeep(root, source, state);
      const { manifests, blobs } = referencesOf(read, digest);
      findings.manifests.set(digest, { raw, depth });
      for (const blob of blobs) {
        const size = findings.blobs.get(blob.digest)?.size ?? blob.size;
        if (size !== blob.size) throw failure('manifest-invalid', twoSizes(blob, size), source);
        findings.blobs.set(blob.digest, blob);
      }
      for (const member of manifests) below.set(member.digest, member.size);
    });
    level = below;
  }
  return findings;
}

function missing(digest: Digest, source: ContentSource): never {
  throw failure('content-missing', `${digest} is not there`, source);
}

function failure(code: string, what: string, source: ContentSource): RemoteError {
  return new RemoteError({
    code,
    what,
    where: source.name,
    state,
    next: 'check the digest; if it is right, build the image again',
  });
}
