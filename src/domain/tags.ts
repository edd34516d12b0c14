import { digestOf, hexOf } from './digest.ts';
import { branchOf, type EventFacts, gitTagOf, isRefresh } from './event.ts';
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
const ours = /^(sha(256|512)|slipway-stage)-|-[0-9a-f]{8}$|-r\d{8}(\.\d+)?$/;
const maxTagLength = 128;
/** So that the longest day and run fit behind it. */
const maxStemLength = 102;

/** The tag of a branch or of a git tag that is no version: legal, and never that of another name. */
export function branchTag(name: string): Tag {
  const clean = name.replace(/[^A-Za-z0-9_.-]+/g, '-').replace(/^[.-]+/, '');
  if (clean === name && clean.length <= maxTagLength && !isReserved(clean)) return tag(clean);
  // Two names may change to the same one, and a reserved name is not a branch's; the hash keeps them apart.
  const suffix = `-${hexOf(digestOf(name)).slice(0, 8)}`;
  return tag(`${clean.slice(0, maxTagLength - suffix.length) || 'branch'}${suffix}`);
}

/** Names with a meaning of their own: versions, ours, those of registries for referrers, and what looks like our hash or a rebuild. */
function isReserved(name: string): boolean {
  return reserved.has(name) || looksLikeVersion(name) || ours.test(name);
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
  const renewed = rights.versionTag || rights.branchTag ? renewedTag(event, rights, version) : undefined;
  if (renewed === undefined) return { immutable: [], floating: [] };
  if (!isRebuild(event, version) || rules.rebuilds === 'overwrite') return { immutable: [], floating: [renewed] };
  return { immutable: [tag(`${rebuildStem(renewed)}${dayOf(rules.date)}${runOf(rules.number)}`)], floating: [] };
}

/** Tells a run that builds again what has a name already. One by hand that builds what is missing is a rebuild of the version alone. */
export function isRebuild(event: EventFacts, version: Version | undefined): boolean {
  return isRefresh(event) || (event.name === 'workflow_dispatch' && version !== undefined);
}

/** What a run gives its images anew: the version, or where that is not its to give, the tag of its branch. */
export function renewedTag(event: EventFacts, rights: Rights, version: Version | undefined): Tag | undefined {
  if (rights.versionTag && version !== undefined) return isTag(version) ? version : undefined;
  const name = branchOf(event.ref) ?? gitTagOf(event.ref);
  return name === undefined ? undefined : branchTag(name);
}

/** What the tags of all rebuilds of a tag begin with; behind it stand the day and the run. */
export function rebuildStem(renewed: Tag): string {
  if (renewed.length <= maxStemLength) return `${renewed}-r`;
  return `${renewed.slice(0, maxStemLength - 9)}-${hexOf(digestOf(renewed)).slice(0, 8)}-r`;
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
