import { type Digest, isDigest } from '../domain/digest.ts';
import type { BuildStep } from './buildkit-progress.ts';

/** A cache that a build read or wrote, or could not, which fails no build. */
export interface UsedCache {
  readonly kind: 'read' | 'write';
  /** Where the cache is, as far as BuildKit says it. */
  readonly place: string;
  /** Why it was not used; null where it was. */
  readonly problem: string | null;
  /** What was written, where it has a digest. */
  readonly digest?: Digest;
}

const words = /^(importing|exporting) cache (?:manifest from |to )(.*)$/;
const longestProblem = 2000;

/** Tells whether a step is one that reads or writes a cache. */
export function isAboutCache(name: string): boolean {
  return words.test(name);
}

/** The cache that a step has read or written, or has failed to. */
export function usedCache({ name, state, error = '' }: BuildStep, digest?: Digest): UsedCache | undefined {
  const [, verb, place = ''] = words.exec(name) ?? [];
  if (verb === undefined || (state !== 'failed' && state !== 'done')) return undefined;
  const problem = state === 'failed' ? error.slice(0, longestProblem) : null;
  const kind = verb === 'importing' ? 'read' : 'write';
  return { kind, place, problem, ...(digest === undefined || problem !== null ? {} : { digest }) };
}

/**
 * The caches that were to be written, and of which a build that ended well did not say that they were: a builder that loses its
 * client at the end forgives itself the cache.
 */
export function unsaidWrites(wanted: readonly string[], told: readonly UsedCache[]): readonly UsedCache[] {
  // What is written into the image itself is no step.
  const places = wanted.filter((one) => !one.startsWith('type=inline')).map(placeOf);
  const missing = places.length - told.filter(({ kind }) => kind === 'write').length;
  if (missing <= 0) return [];
  const problem = 'the builder did not say that it was';
  if (missing === places.length) return places.map((place) => ({ kind: 'write', place, problem }));
  return [{ kind: 'write', place: `at one of ${places.join(', ')}`, problem }];
}

/** Of what buildx is told about a cache, its address or its kind; other parts may let people in. */
function placeOf(wanted: string): string {
  const fields = new Map(
    wanted.split(',').map((field) => [field.split('=', 1)[0], field.slice(field.indexOf('=') + 1)]),
  );
  return fields.get('ref') ?? fields.get('type') ?? 'registry';
}

/** The digest of a cache, from the words by which BuildKit says that it writes it. */
export function writtenCache(words: string): Digest | undefined {
  const [, digest] = /^writing cache (?:image )?manifest (\S+)$/.exec(words) ?? [];
  return isDigest(digest) ? digest : undefined;
}
