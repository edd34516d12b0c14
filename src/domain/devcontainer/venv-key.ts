import { canonicalJson } from '../canonical-json.ts';
import { type Digest, digestOf, hexOf } from '../digest.ts';

/** What makes the packages of a Python project fit into a container. */
export interface VenvFacts {
  readonly os: string;
  readonly architecture: string;
  /** The layers of the image, unpacked: the same for an image that was built and for one that was pulled. */
  readonly imageLayers: readonly Digest[];
  /** `x.y.z`, as the interpreter of the image says it. */
  readonly python: string;
  /** Where the folder is in the container: programs in it name it. */
  readonly path: string;
  /** The command by which the packages are installed. */
  readonly install: readonly string[];
  /** The text of the file that names the packages exactly. */
  readonly lock: Digest;
}

/** The name of a cache, and the beginnings of names of others that may serve as a start. */
export interface CacheKeys {
  readonly key: string;
  readonly restoreKeys: readonly string[];
}

const shownDigits = 16;

/** One key for each lock file; what differs in anything else never serves, for it would be broken. */
export function venvKeys(facts: VenvFacts): CacheKeys {
  const { os, architecture, python } = facts;
  const parts = [os, architecture, short(facts.imageLayers), python, short(facts.path), short(facts.install)];
  const start = `dcvenv-v1-${parts.map(keyPart).join('-')}-`;
  return { key: `${start}${hexOf(facts.lock).slice(0, shownDigits)}`, restoreKeys: [start] };
}

/** How much of a cache was found. */
export function cacheHit(keys: CacheKeys, found: string | undefined): 'exact' | 'partial' | 'miss' {
  if (found === undefined) return 'miss';
  return found === keys.key ? 'exact' : 'partial';
}

/** One key for each content of the files that decide about a folder; an older one may serve as a start. */
export function folderKeys(name: string, facts: { os: string; architecture: string; digest: Digest }): CacheKeys {
  const start = `dcfolder-v1-${keyPart(facts.os)}-${keyPart(facts.architecture)}-${short(name)}-`;
  return { key: `${start}${hexOf(facts.digest).slice(0, shownDigits)}`, restoreKeys: [start] };
}

function short(value: unknown): string {
  return hexOf(digestOf(canonicalJson(value))).slice(0, shownDigits);
}

/** Caches have no commas in their names, and a hyphen is what parts them. */
function keyPart(text: string): string {
  return text.replace(/[^A-Za-z0-9._]+/g, '_').slice(0, 64);
}
