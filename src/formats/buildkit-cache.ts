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

/** The digest of a cache, from the words by which BuildKit says that it writes it. */
export function writtenCache(words: string): Digest | undefined {
  const [, digest] = /^writing cache (?:image )?manifest (\S+)$/.exec(words) ?? [];
  return isDigest(digest) ? digest : undefined;
}
