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
}

/** What a tag names before we touch it, as far as the decision needs it. */
export interface TagNow {
  readonly digest: Digest;
  /** The version of the image behind it, when it says one. */
  readonly version?: string | undefined;
  /** The tag is a version that was released under this very name, and no line of versions: see `isOwnRelease`. */
  readonly isRelease?: boolean | undefined;
}

/** Tells whether a tag is a release of its own: no version beside it on the same digest has the tag for its line. */
export function isOwnRelease(tag: string, sameDigest: readonly string[], scheme: VersionScheme = 'auto'): boolean {
  const lines = sameDigest.flatMap((other) => (isVersion(other, scheme) ? versionLines(other, scheme) : []));
  return isVersion(tag, scheme) && !lines.includes(tag);
}

/** What is to be done with a tag, and why. */
export type TagDecision =
  | { readonly kind: 'create' | 'move' | 'unchanged'; readonly why: string }
  | { readonly kind: 'keep'; readonly why: string }
  | { readonly kind: 'refuse'; readonly why: string };

/** Decides about one tag. `version` is that of the release; a branch has none. */
export function decideTag(request: TagRequest, now: TagNow | undefined, version: string | null): TagDecision {
  if (now === undefined) return { kind: 'create', why: 'it is new' };
  if (now.digest === request.target) return { kind: 'unchanged', why: 'it names this digest already' };
  if (request.kind === 'immutable') {
    return { kind: 'refuse', why: `it names ${now.digest} for good, and this release is ${request.target}` };
  }
  if (version === null) {
    return { kind: 'move', why: looksLikeVersion(request.tag) ? 'rebuilds overwrite it' : 'the branch moved on' };
  }
  if (now.isRelease) return { kind: 'keep', why: `${request.tag} was released itself, and a release never moves` };
  if (now.version === undefined) {
    return { kind: 'refuse', why: `it names ${now.digest}, whose version nobody can tell` };
  }
  const order = compareVersions(now.version, version);
  if (order === undefined) return { kind: 'refuse', why: `${now.version} and ${version} cannot be compared` };
  if (order > 0) return { kind: 'keep', why: `it names ${now.version}, which is newer than ${version}` };
  if (order === 0) return { kind: 'refuse', why: `it names another image of the same version ${version}` };
  return { kind: 'move', why: `${version} follows ${now.version}` };
}
