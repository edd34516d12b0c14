import { digestOf, hexOf } from './digest.ts';
import { branchOf, type EventFacts, gitTagOf } from './event.ts';
import { isTag, type Tag } from './image-ref.ts';
import type { Rights } from './rights.ts';
import { isPrerelease, looksLikeVersion, type Version, versionLines } from './version.ts';
import type { VersionScheme } from './version-reading.ts';

/** The tags that a run gives to each of its images. */
export interface TagPlan {
  /** Made once, never moved. */
  readonly immutable: readonly Tag[];
  /** Moved by rule; in the order in which they move, `latest` last. */
  readonly floating: readonly Tag[];
}

const reserved = new Set(['latest', 'stable']);
const maxTagLength = 128;

/** The tag of a branch or of a git tag that is no version: legal, and never that of another name. */
export function branchTag(name: string): Tag {
  const clean = name.replace(/[^A-Za-z0-9_.-]+/g, '-').replace(/^[.-]+/, '');
  if (clean === name && clean.length <= maxTagLength && !isReserved(clean)) return tag(clean);
  // Two names may change to the same one, and a reserved name is not a branch's; the hash keeps them apart.
  const suffix = `-${hexOf(digestOf(name)).slice(0, 8)}`;
  return tag(`${clean.slice(0, maxTagLength - suffix.length) || 'branch'}${suffix}`);
}

/** Names with a meaning of their own: versions, ours, those of registries for referrers, and what looks like our hash. */
function isReserved(name: string): boolean {
  return reserved.has(name) || looksLikeVersion(name) || /^sha(256|512)-/.test(name) || /-[0-9a-f]{8}$/.test(name);
}

/** What decides about tags beside event, rights and version: the run, and what the project wishes. */
export interface TagRules {
  readonly number: number | null;
  readonly date: Date;
  /** Whether `latest` follows versions, and prereleases with them; `stable` goes by the same wish. */
  readonly latest?: { readonly prereleases: boolean } | false | undefined;
  /** Whether a rebuild gets a tag of its own, or moves that of the version. */
  readonly rebuilds?: 'tag' | 'overwrite' | undefined;
  readonly scheme?: VersionScheme | undefined;
  /** A tag that follows prereleases. */
  readonly channel?: Tag | undefined;
}

/** The tags that an event's rights lead to. */
export function tagsOf(event: EventFacts, rights: Rights, version: Version | undefined, rules: TagRules): TagPlan {
  if (event.name === 'push' && rights.versionTag && version !== undefined) {
    return { immutable: [tag(version)], floating: versionFloating(version, rules).map(tag) };
  }
  if (event.name === 'release' && rights.versionTag) return releaseTags(event, version, rules);
  if (rights.versionTag && version !== undefined) {
    if (rules.rebuilds === 'overwrite') return { immutable: [], floating: [tag(version)] };
    return { immutable: [tag(`${version}-r${dayOf(rules.date)}${runOf(rules.number)}`)], floating: [] };
  }
  const name = branchOf(event.ref) ?? gitTagOf(event.ref);
  if (rights.branchTag && name !== undefined) return { immutable: [], floating: [branchTag(name)] };
  return { immutable: [], floating: [] };
}

function versionFloating(version: Version, { latest, scheme, channel }: TagRules): readonly string[] {
  const isEarly = isPrerelease(version, scheme);
  const follows = latest !== false && (latest?.prereleases === true || !isEarly);
  const own = isEarly && channel !== undefined ? [channel] : [];
  return [...versionLines(version, scheme), ...own, ...(follows ? ['latest'] : [])];
}

/** A release has the name of its git tag, whether that is a version or not. */
function releaseTags(event: EventFacts, version: Version | undefined, { latest, scheme }: TagRules): TagPlan {
  const name = gitTagOf(event.ref);
  if (name === undefined) return { immutable: [], floating: [] };
  const isEarly = event.prerelease || (version !== undefined && isPrerelease(version, scheme));
  const isStable = !isEarly || (latest !== false && latest?.prereleases === true);
  const own = isTag(name) && looksLikeVersion(name) ? name : branchTag(name);
  return { immutable: [own], floating: isStable ? [tag('stable')] : [] };
}

function dayOf(date: Date): string {
  return date.toISOString().slice(0, 10).replaceAll('-', '');
}

function runOf(number: number | null): string {
  return number === null ? '' : `.${number}`;
}

function tag(text: string): Tag {
  if (!isTag(text)) throw new Error(`a rule made a tag that is none: ${text}`);
  return text;
}
