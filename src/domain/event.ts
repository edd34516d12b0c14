import { z } from 'zod';
import { eventNames } from './event-name.ts';

/** What set a run off, reduced to the facts that decide its rights, tags and cache. */
export const EventFacts = z.strictObject({
  name: z.enum(eventNames),
  /** The full ref, `refs/heads/main`; for a pull request the ref it wants to merge into. */
  ref: z.string(),
  defaultBranch: z.string(),
  /** The change comes from someone without write access: a fork, or Dependabot. */
  untrusted: z.boolean(),
  /** Everything is to be built anew, on new bases. */
  rebuildBase: z.boolean(),
  /** The commit that a pushed branch named before the push; null where it named none, or nobody says. */
  before: z.string().nullable().default(null),
  /** The commit of the branch that a pull request or a merge group wants to get into. */
  base: z.string().nullable().default(null),
  /** The last commit of a pull request itself, by which a merge that was made for its test is known. */
  head: z.string().nullable().default(null),
  /** A release that its author calls a prerelease, whatever its version says. */
  prerelease: z.boolean().default(false),
  /** The branch that a release is cut from, where its author named one. */
  target: z.string().nullable().default(null),
});
export type EventFacts = z.infer<typeof EventFacts>;

/** The branch that a ref names. */
export function branchOf(ref: string): string | undefined {
  return ref.startsWith('refs/heads/') ? ref.slice('refs/heads/'.length) : undefined;
}

/** The git tag that a ref names. */
export function gitTagOf(ref: string): string | undefined {
  return ref.startsWith('refs/tags/') ? ref.slice('refs/tags/'.length) : undefined;
}

/** A refresh builds all from the ground up, so that it carries over nothing. */
export function isRefresh(event: EventFacts): boolean {
  return event.name === 'schedule' || (event.name === 'workflow_dispatch' && event.rebuildBase);
}
