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
