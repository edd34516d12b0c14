import { z } from 'zod';
import { type Digest, hexOf } from './digest.ts';
import { parseTag, type Repository, type Tag } from './image-ref.ts';
import type { Rights } from './rights.ts';

/**
 * What holds a proven image between its test and its tags, where a digest alone does not: a tag, a tag in a repository of its own,
 * or an artifact of the run, so that nothing is uploaded before the release.
 */
export const Staging = z.enum(['tag', 'repository', 'archive']);
export type Staging = z.infer<typeof Staging>;

/** Where the content of an image lies until it is released. */
export function homeOf({
  repository,
  stagedIn,
}: {
  readonly repository: Repository;
  readonly stagedIn?: Repository | undefined;
}): Repository {
  return stagedIn ?? repository;
}

/** Whether a job may hand an image on by the registry. */
export function isStaged(plan: { readonly rights: Pick<Rights, 'stage'>; readonly staging?: Staging | undefined }) {
  return plan.rights.stage && plan.staging !== 'archive';
}

/** The tag that holds an image of a run. */
export function stageTag(run: string, key: string): Tag {
  return parseTag(`slipway-stage-${run.replace(/[^A-Za-z0-9_.-]+/g, '-').slice(0, 48)}-${key}`, 'the run');
}

/** The tag that holds one more manifest of it. No key has two dots in a row. */
export function memberTag(run: string, key: string, digest: Digest): Tag {
  return parseTag(`${stageTag(run, key)}..${hexOf(digest).slice(0, 12)}`, 'the run');
}

/** Tells whether a tag holds something of an image of a run. */
export function holds(run: string, key: string, tag: string): boolean {
  const own = stageTag(run, key);
  return tag === own || tag.startsWith(`${own}..`);
}
