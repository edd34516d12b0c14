import { z } from 'zod';
import { ConfigError } from './errors.ts';
import { nearestName } from './nearest-name.ts';

/** The events that Slipway understands; every other is refused before anything happens. */
export const eventNames = ['push', 'pull_request', 'merge_group', 'schedule', 'workflow_dispatch', 'release'] as const;

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

/** Reads the name of an event; the ones that run foreign code with our rights are refused by name. */
export function parseEventName(name: string): EventFacts['name'] {
  const known = eventNames.find((candidate) => candidate === name);
  if (known !== undefined) return known;
  const dangerous = ['pull_request_target', 'workflow_run', 'issue_comment'].includes(name);
  const nearest = nearestName(name, eventNames);
  throw new ConfigError({
    code: 'event-refused',
    what: dangerous
      ? `the event ${name} runs with the rights of the repository on the word of a stranger`
      : `the event ${JSON.stringify(name.slice(0, 80))} is not one that Slipway knows`,
    where: 'the event of this run',
    state: 'nothing was built and nothing was released',
    next: `run on one of: ${eventNames.join(', ')}${nearest === undefined || dangerous ? '' : ` (did you mean ${nearest}?)`}`,
  });
}
