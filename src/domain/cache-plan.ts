import { type CacheDomain, type CacheSubject, cacheRef } from './cache-ref.ts';
import { branchOf, type EventFacts, gitTagOf, isRefresh } from './event.ts';
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

/** The arguments of the build of an image. A cache that cannot be written never fails it. */
export function cachePlanOf(access: CacheAccess, template: string, subject: CacheSubject, where: string): CachePlan {
  const ref = (domain: CacheDomain): string => `type=registry,ref=${cacheRef(template, subject, domain, where)}`;
  return {
    from: access.read.map(ref),
    to: access.write === undefined ? [] : [`${ref(access.write)},mode=max,ignore-error=true`],
    fresh: access.fresh,
  };
}

/** What a second build, which is to prove the first, reads: what that one wrote, then what it read. It writes nothing. */
export function rebuildCacheOf(plan: CachePlan): CachePlan {
  const written = plan.to.map((argument) => argument.replace(/,mode=max,ignore-error=true$/, ''));
  return { from: [...new Set([...written, ...plan.from])], to: [], fresh: false };
}

/** Tells whether a second build can find each layer of the first in a cache; without that it proves nothing. */
export function isRebuildable(plan: CachePlan): boolean {
  return plan.to.length > 0;
}
