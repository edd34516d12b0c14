import { type BranchNow, decideBranch, type OurCommit } from './branch-move.ts';
import type { Digest } from './digest.ts';
import type { Repository, Tag } from './image-ref.ts';
import { compareVersions, isVersion, looksLikeVersion, versionLines } from './version.ts';
import type { VersionScheme } from './version-reading.ts';

/** A tag that is to name a digest. */
export interface TagRequest {
  readonly key: string;
  readonly repository: Repository;
  readonly tag: Tag;
  readonly kind: 'immutable' | 'floating';
  readonly target: Digest;
  /** The repository that the digest is copied from, where this one is in a further registry. */
  readonly source?: Repository | undefined;
}

/** What a tag names before we touch it, as far as the decision needs it. */
export interface TagNow {
  readonly digest: Digest;
  /** The version of the image behind it, when it says one. */
  readonly version?: string | undefined;
  /** The tag is a version that was released under this very name, and no line of versions: see `isOwnRelease`. */
  readonly isRelease?: boolean | undefined;
  /** Where the tag follows commits: the one behind it. */
  readonly branch?: BranchNow | undefined;
}

/** What floating tags follow: versions, or commits where there are none. */
export interface TagPolicy {
  /** The version of the release; a branch has none. */
  readonly version: string | null;
  /** What becomes of a tag whose version nobody can tell. */
  readonly unknown?: 'refuse' | 'move' | undefined;
  /** The commit of the run, where tags follow commits. */
  readonly ours?: OurCommit | undefined;
}

/** Tells whether a tag is a release of its own: no version beside it on the same digest has the tag for its line. */
export function isOwnRelease(tag: string, sameDigest: readonly string[], scheme: VersionScheme = 'auto'): boolean {
  const lines = sameDigest.flatMap((other) => (isVersion(other, scheme) ? versionLines(other, scheme) : []));
  return isVersion(tag, scheme) && !lines.includes(tag);
}

/** What is to be done with a tag, and why. */
export type TagDecision =
  | { readonly kind: 'create' | 'move' | 'unchanged'; readonly why: string }
  /** It stays what it is; `superseded` where a later run was faster. */
  | { readonly kind: 'keep'; readonly why: string; readonly superseded?: boolean }
  | { readonly kind: 'refuse'; readonly why: string };

/** A request with what was decided about it. */
export interface DecidedTag {
  readonly request: TagRequest;
  readonly decision: TagDecision;
}

/** Decides about one tag. */
export function decideTag(request: TagRequest, now: TagNow | undefined, policy: TagPolicy): TagDecision {
  if (now === undefined) return { kind: 'create', why: 'it is new' };
  if (now.digest === request.target) return { kind: 'unchanged', why: 'it names this digest already' };
  if (request.kind === 'immutable') {
    return { kind: 'refuse', why: `it names ${now.digest} for good, and this release is ${request.target}` };
  }
  const { version } = policy;
  if (version !== null) return decideVersion(request.tag, now, { ...policy, version });
  if (now.branch !== undefined && policy.ours !== undefined) return decideBranch(now.branch, policy.ours);
  return { kind: 'move', why: looksLikeVersion(request.tag) ? 'rebuilds overwrite it' : 'the branch moved on' };
}

/** What somebody wrote down about a tag: what it named before, and what another digest behind it means. */
export interface KnownTag {
  readonly previous: Digest | null;
  readonly ifForeign: 'keep' | 'refuse';
}

/** Decides about a tag of which it is known what it was to move from; `now` is null where the registry fails over it for good. */
export function decideKnown(
  { target, kind }: TagRequest,
  now: Digest | undefined | null,
  { previous, ifForeign }: KnownTag,
): TagDecision {
  if (now === target) return { kind: 'unchanged', why: 'it names this digest already' };
  if (now === null) return { kind: 'move', why: 'it was torn while it was written' };
  if ((now ?? null) === previous) {
    return previous === null
      ? { kind: 'create', why: 'it is new' }
      : { kind: 'move', why: `it moves on from ${previous}` };
  }
  const why = `it names ${now ?? 'nothing'}, and was to move from ${previous ?? 'nothing'} to ${target}`;
  if (kind === 'immutable' || ifForeign === 'refuse') return { kind: 'refuse', why };
  return { kind: 'keep', why: `somebody else moved it since: ${why}`, superseded: true };
}

function decideVersion(tag: Tag, now: TagNow, policy: TagPolicy & { readonly version: string }): TagDecision {
  const { version } = policy;
  if (now.isRelease) return { kind: 'keep', why: `${tag} was released itself, and a release never moves` };
  if (now.version === undefined) {
    return policy.unknown === 'move'
      ? { kind: 'move', why: `it names ${now.digest}, whose version nobody can tell, and latest-unknown says move` }
      : {
          kind: 'refuse',
          why: `it names ${now.digest}, whose version nobody can tell; "latest-unknown: move" moves it all the same`,
        };
  }
  const order = compareVersions(now.version, version);
  if (order === undefined) return { kind: 'refuse', why: `${now.version} and ${version} cannot be compared` };
  if (order > 0) return { kind: 'keep', why: `it names ${now.version}, which is newer than ${version}` };
  if (order === 0) return { kind: 'refuse', why: `it names another image of the same version ${version}` };
  return { kind: 'move', why: `${version} follows ${now.version}` };
}

/**
 * Decides about each tag for the whole set: where a later run was faster on one image, the tag stays on all of them; and
 * where others stay on a newer version, an image that has no such tag yet does not get it from an older one.
 */
export function decideTogether(decided: readonly DecidedTag[]): readonly DecidedTag[] {
  const named = new Map<string, DecidedTag[]>();
  for (const one of decided) {
    const group = named.get(one.request.tag);
    if (group === undefined) named.set(one.request.tag, [one]);
    else group.push(one);
  }
  return decided.map((one): DecidedTag => {
    const { request, decision } = one;
    if (request.kind === 'immutable' || (decision.kind !== 'create' && decision.kind !== 'move')) return one;
    const group = named.get(request.tag) ?? [];
    const later = group.find((other) => other.decision.kind === 'keep' && other.decision.superseded === true);
    if (later !== undefined) {
      const { key, repository } = later.request;
      const why = `superseded on ${key === request.key ? repository : key}, and a set moves as a whole`;
      return { request, decision: { kind: 'keep', why, superseded: true } };
    }
    const isKept = group.some((other) => other.decision.kind === 'keep');
    if (decision.kind !== 'create' || !isKept || group.some((other) => other.decision.kind === 'move')) return one;
    return {
      request,
      decision: { kind: 'keep', why: 'it is not there, and names a newer version elsewhere in the set' },
    };
  });
}
