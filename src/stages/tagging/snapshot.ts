import { readRecords } from '../../clients/records.ts';
import type { RegistryClient } from '../../clients/registry/client.ts';
import type { BranchNow, CommitRelation } from '../../domain/branch-move.ts';
import type { Digest } from '../../domain/digest.ts';
import { RemoteError } from '../../domain/errors.ts';
import type { Repository } from '../../domain/image-ref.ts';
import {
  decideKnown,
  decideTag,
  isOwnRelease,
  type KnownTag,
  type TagDecision,
  type TagNow,
  type TagPolicy,
  type TagRequest,
} from '../../domain/tag-move.ts';
import { compareVersions, isSameVersion, looksLikeVersion } from '../../domain/version.ts';
import type { RawManifest } from '../../ports/content.ts';
import { AskedOnce } from './at-once.ts';
import { type SaidOfImage, saidOf } from './labels.ts';
import type { ManifestShelf } from './shelf.ts';

/** Tells how a commit stands to that of the run; null is one that nobody knows. */
export type History = (commit: string) => Promise<CommitRelation>;

/** What is asked about tags. */
export interface SnapshotPorts {
  readonly registry: RegistryClient;
  readonly shelf: ManifestShelf;
  readonly history?: History | undefined;
  /** Without it, everything is asked anew. */
  readonly behind?: Behind | undefined;
}

/** What stands behind digests, asked once for all tags of a repository that name the same one. */
export class Behind {
  readonly #said = new AskedOnce<SaidOfImage>();
  readonly #versions = new AskedOnce<string | undefined>();

  said(registry: RegistryClient, repository: Repository, raw: RawManifest): Promise<SaidOfImage> {
    return this.#said.ask(`${repository}@${raw.digest}`, () => saidOf(registry, repository, raw));
  }

  /** Its version tags are there before any other that is asked about names it. */
  version(registry: RegistryClient, repository: Repository, { digest }: RawManifest): Promise<string | undefined> {
    return this.#versions.ask(`${repository}@${digest}`, () => versionTagOf(registry, repository, digest));
  }
}

/** The tag of a rebuild names no version of its own. */
const rebuilt = /-r\d{8}(?:\.\d+)?$/;

/** How many version tags are looked at to find out which version a digest is, and how many at once. */
const maxVersions = 500;
const atOnce = 16;

/** What a tag names now, with its manifest where it may have to be put back, and as much of what stands behind it as decides. */
export async function snapshot(
  ports: SnapshotPorts,
  request: TagRequest,
  policy: TagPolicy,
): Promise<TagNow | undefined> {
  const { repository, tag, kind, target } = request;
  if (kind === 'immutable') {
    const found = await ports.registry.resolve(repository, tag);
    return found === undefined ? undefined : { digest: found.digest };
  }
  const raw = await ports.shelf.read(ports.registry, repository, tag);
  if (raw === undefined) return undefined;
  const { digest } = raw;
  if (digest === target) return { digest };
  if (policy.version !== null) return { digest, ...(await versionBehind(ports, request, raw, policy.version)) };
  const { ours } = policy;
  return ours === undefined ? { digest } : { digest, branch: await commitBehind(ports, repository, raw) };
}

/** What a tag names, and what is to be done with it. */
export interface Looked {
  readonly before: TagNow | undefined;
  readonly decision: TagDecision;
}

/** The same for a tag of which it was written down what it was to move from. One that is torn counts as what it was. */
export async function lookAtKnown(
  ports: SnapshotPorts,
  request: TagRequest,
  { known, policy }: { readonly known: KnownTag; readonly policy: TagPolicy },
): Promise<Looked> {
  const was = known.previous === null ? undefined : { digest: known.previous };
  try {
    const raw = await ports.shelf.read(ports.registry, request.repository, request.tag);
    const decision = decideKnown(request, raw?.digest, known);
    // Another release was here since: versions say which of them is to stay.
    if (decision.kind === 'keep' && policy.version !== null) {
      const before = await snapshot(ports, request, policy);
      return { before, decision: decideTag(request, before, policy) };
    }
    return { before: raw === undefined || decision.kind === 'unchanged' ? was : { digest: raw.digest }, decision };
  } catch (error) {
    if (!(error instanceof RemoteError) || error.status !== 500) throw error;
    return { before: was, decision: decideKnown(request, null, known) };
  }
}

/**
 * The version that a tag names. What the image says of itself is enough where the tag then moves; where it would not,
 * a version tag on the same digest knows better, since labels are inherited from bases.
 */
async function versionBehind(
  { registry, behind = new Behind() }: SnapshotPorts,
  { repository, tag }: TagRequest,
  raw: RawManifest,
  version: string,
): Promise<Pick<TagNow, 'version' | 'isRelease'>> {
  const { version: label } = await behind.said(registry, repository, raw);
  const isRelease = label !== undefined && isSameVersion(label, tag) && isOwnRelease(tag, [label]);
  if (label !== undefined && (compareVersions(label, version) ?? 1) < 0) return { version: label, isRelease };
  return { version: (await behind.version(registry, repository, raw)) ?? label, isRelease };
}

/** The newest version whose tag names a digest. A digest may carry several: an image that did not change between releases. */
async function versionTagOf(
  client: RegistryClient,
  repository: Repository,
  digest: Digest,
): Promise<string | undefined> {
  const versions = (await client.listTags(repository))
    .filter((tag) => looksLikeVersion(tag) && compareVersions(tag, tag) === 0 && !rebuilt.test(tag))
    // Of equal ones the longest first: 1.1.0 is a version, and 1.1 the line that follows it.
    .sort((a, b) => compareVersions(b, a) || b.length - a.length)
    .slice(0, maxVersions);
  for (let at = 0; at < versions.length; at += atOnce) {
    const some = versions.slice(at, at + atOnce);
    const found = await Promise.all(some.map(async (tag) => (await client.resolve(repository, tag))?.digest));
    const place = found.indexOf(digest);
    if (place >= 0) return some[place];
  }
  return undefined;
}

/** The commit behind a tag: by the record beside the image, else by its label. */
async function commitBehind(
  { registry, history }: SnapshotPorts,
  repository: Repository,
  raw: RawManifest,
): Promise<BranchNow> {
  const { records } = await readRecords(registry, repository, raw.digest);
  const own = records.map(({ record }) => record).filter((record) => record.digest === raw.digest);
  // One digest may be proven by several runs: the last of them speaks.
  const record = own.sort((a, b) => (a.run.number ?? 0) - (b.run.number ?? 0)).at(-1);
  const commit = record?.commit ?? (await saidOf(registry, repository, raw)).revision ?? null;
  const relation = commit === null || history === undefined ? 'unknown' : await history(commit);
  return { commit, run: record?.run.number ?? null, relation };
}
