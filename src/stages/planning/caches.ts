import type { GitChanges } from '../../clients/git-changes.ts';
import {
  type CacheAccess,
  type CachePlace,
  type CachePlan,
  cacheAccessOf,
  cachePlanOf,
  rightsWithCache,
} from '../../domain/cache-plan.ts';
import { checkCacheTemplate } from '../../domain/cache-ref.ts';
import { type DependencyChange, dependencyChange } from '../../domain/dependency-files.ts';
import type { EventFacts } from '../../domain/event.ts';
import type { Rights } from '../../domain/rights.ts';
import type { CacheConfig } from '../../formats/config/cache.ts';
import type { ImageConfig } from '../../formats/config-schema.ts';
import { pathMatcher } from '../../formats/dockerignore.ts';

/** What decides about the caches of a run. */
export interface CacheQuestion {
  readonly event: EventFacts;
  readonly rights: Rights;
  readonly cache: CacheConfig;
  readonly configFile: string;
  /** The files that changed since the caches were written, as far as git knows; asked only where that decides. */
  readonly dependencies: (() => Promise<GitChanges>) | undefined;
}

/** The caches of a run, and what a person should know about them. */
export interface RunCaches {
  readonly access: CacheAccess;
  readonly rights: Rights;
  readonly notes: readonly string[];
}

const noCache: CacheAccess = { read: [], write: undefined, fresh: false };

/** Which caches a run reads and writes, by its event and by what changed. */
export async function decideCaches(question: CacheQuestion): Promise<RunCaches> {
  const { event, rights, cache } = question;
  const accessIf = (dependenciesChanged: boolean): CacheAccess => {
    const access = cacheAccessOf(event, rights, { policy: cache.policy, release: cache.release, dependenciesChanged });
    return cache.type === 'none' ? { ...noCache, fresh: access.fresh } : access;
  };
  const [without, withChange] = [accessIf(false), accessIf(true)];
  if ((without.write === undefined) === (withChange.write === undefined)) {
    return { access: without, rights: rightsWithCache(rights, without), notes: [] };
  }
  const { changed, why } = await readDependencies(question);
  const access = changed ? withChange : without;
  const note = `the cache is ${changed ? '' : 'not '}written: ${why}`;
  return { access, rights: rightsWithCache(rights, access), notes: [note] };
}

async function readDependencies({ cache, dependencies }: CacheQuestion): Promise<DependencyChange> {
  const found = await dependencies?.();
  const changed = found?.kind === 'files' ? found.files.map(({ path }) => path) : undefined;
  return dependencyChange(changed, pathMatcher(cache['refresh-on'], 'cache.refresh-on'));
}

/** What makes the arguments of the builds of a set. */
export function cacheMaker(
  access: CacheAccess,
  project: {
    readonly cache: CacheConfig;
    readonly configFile: string;
    readonly prefix: string;
    readonly defaultBranch: string;
    readonly imageCount: number;
  },
): (key: string, image: ImageConfig | undefined) => CachePlan {
  const { cache, prefix, defaultBranch, imageCount } = project;
  const where = `cache.ref in ${project.configFile}`;
  if (cache.type === 'registry') checkCacheTemplate(cache.ref, where, imageCount);
  const place: CachePlace =
    cache.type === 'registry'
      ? { kind: 'registry', template: cache.ref, where }
      : cache.type === 'local'
        ? { kind: 'local', folder: cache.folder }
        : { kind: 'gha' };
  return (key, image) => {
    const own = cachePlanOf(access, place, { key, registry: prefix, defaultBranch });
    if (image?.['no-cache'] === true) return { from: [], to: own.to, fresh: true };
    // Caches that the project names are read where a cache is read at all.
    const more = access.fresh || access.read.length === 0 ? [] : [...cache.from, ...(image?.['cache-from'] ?? [])];
    return { ...own, from: [...own.from, ...more] };
  };
}
