import { type CacheDomain, type CacheSubject, cacheRef, cacheScope, nameOfPart } from './cache-ref.ts';
import { branchOf, type EventFacts, gitTagOf, isRefresh } from './event.ts';
import type { Platform } from './platform.ts';
import type { Rights } from './rights.ts';
import { looksLikeVersion } from './version.ts';

/** Who may use whose cache: pull requests read that of the default branch, or build without any. */
export type CachePolicy = 'shared' | 'isolated';

/** What decides about caches beside the event and its rights. */
export interface CacheRules {
  readonly policy: CachePolicy;
  /** Whether the run of a version tag reads a cache. */
  readonly release: 'read' | 'none';
  readonly dependenciesChanged: boolean;
}

/** Which caches a run reads and writes. A fresh one builds each layer anew, on newly pulled bases. */
export interface CacheAccess {
  readonly read: readonly CacheDomain[];
  readonly write: CacheDomain | undefined;
  readonly fresh: boolean;
}

/** The caches of one build, as buildx takes them. */
export interface CachePlan {
  readonly from: readonly string[];
  readonly to: readonly string[];
  readonly fresh: boolean;
}

const shared: CacheDomain = { kind: 'default' };

/** Which caches a run uses, by its event; without the right to stage it has no credentials, and writes none. */
export function cacheAccessOf(event: EventFacts, rights: Rights, rules: CacheRules): CacheAccess {
  if (event.name === 'release') return { read: [], write: undefined, fresh: false };
  const own = domainOf(event);
  const write = (isAllowed: boolean): CacheDomain | undefined => (rights.stage && isAllowed ? own : undefined);
  if (event.name === 'pull_request' || event.name === 'merge_group' || event.untrusted) {
    return rules.policy === 'isolated' || isRefresh(event)
      ? { read: [], write: undefined, fresh: true }
      : { read: [shared], write: undefined, fresh: false };
  }
  if (isRefresh(event)) return { read: [], write: write(true), fresh: true };
  const read = own.kind === 'own' && rights.stage ? [own, shared] : [shared];
  if (event.name === 'push' && rights.versionTag) {
    return { read: rules.release === 'none' ? [] : read, write: write(rules.dependenciesChanged), fresh: false };
  }
  const isAlways = event.name === 'push' && (own.kind === 'own' || rules.policy === 'shared');
  return { read, write: write(isAlways || rules.dependenciesChanged), fresh: false };
}

/** What comes of the default branch has one cache: the branch, its schedule and its versions. Others have their own. */
function domainOf({ name, ref, defaultBranch }: EventFacts): CacheDomain {
  const tag = gitTagOf(ref);
  const other = tag ?? branchOf(ref);
  if (name === 'schedule' || other === undefined || other === (tag === undefined ? defaultBranch : undefined)) {
    return shared;
  }
  return tag !== undefined && looksLikeVersion(tag) ? shared : { kind: 'own', name: other };
}

/** The rights of a run with what the policy says about caches; these are the ones that a plan shows. */
export function rightsWithCache(rights: Rights, access: CacheAccess): Rights {
  return { ...rights, readCache: access.read.length > 0, writeCache: access.write !== undefined };
}

/** What holds the caches of a project. */
export type CachePlace =
  | { readonly kind: 'registry'; readonly template: string; readonly where: string }
  | { readonly kind: 'local'; readonly folder: string }
  | { readonly kind: 'gha' };

const writing = ',mode=max,ignore-error=true';

/** The arguments of the build of an image. A cache that cannot be written never fails it. */
export function cachePlanOf(access: CacheAccess, place: CachePlace, subject: CacheSubject): CachePlan {
  const { read, write, fresh } = access;
  const from = read.map((domain) => sourceIn(place, subject, domain));
  if (write === undefined) return { from, to: [], fresh };
  // Most often it is one of those that are read.
  const source = from[read.findIndex((domain) => isSameDomain(domain, write))] ?? sourceIn(place, subject, write);
  return { from, to: [`${place.kind === 'local' ? source.replace(',src=', ',dest=') : source}${writing}`], fresh };
}

function isSameDomain(one: CacheDomain, other: CacheDomain): boolean {
  if (one.kind === 'default' || other.kind === 'default') return one.kind === other.kind;
  return one.name === other.name;
}

function sourceIn(place: CachePlace, subject: CacheSubject, domain: CacheDomain): string {
  if (place.kind === 'local') return `type=local,src=${place.folder}/${cacheScope(subject, domain)}`;
  if (place.kind === 'gha') return `type=gha,scope=${cacheScope(subject, domain)}`;
  return `type=registry,ref=${cacheRef(place.template, subject, domain, place.where)}`;
}

const named = /^(type=(?:registry,ref|local,(?:src|dest)|gha,scope)=)([^,]+)(.*)$/;

/** The caches of a build of some platforms: of its own, and to read also those of the whole image. */
export function cacheOfPart(plan: CachePlan, platforms: readonly Platform[]): CachePlan {
  const ofPart = (argument: string): string =>
    argument.replace(named, (_, head: string, name: string, rest: string) => {
      const at = Math.max(name.lastIndexOf('/'), name.lastIndexOf(':')) + 1;
      return `${head}${name.slice(0, at)}${nameOfPart(name.slice(at), platforms)}${rest}`;
    });
  return {
    ...plan,
    from: [...new Set(plan.from.flatMap((argument) => [ofPart(argument), argument]))],
    to: plan.to.map(ofPart),
  };
}

/** What a second build, which is to prove the first, reads: what that one wrote, then what it read. It writes nothing. */
export function rebuildCacheOf(plan: CachePlan): CachePlan {
  const written = plan.to.map((argument) => argument.replace(writing, '').replace(',dest=', ',src='));
  return { from: [...new Set([...written, ...plan.from])], to: [], fresh: false };
}

/** Tells whether a second build can find each layer of the first in a cache; without that it proves nothing. */
export function isRebuildable(plan: CachePlan): boolean {
  return plan.to.length > 0;
}
