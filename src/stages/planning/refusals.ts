import { ConfigError } from '../../domain/errors.ts';
import type { EventFacts } from '../../domain/event.ts';
import type { Draft } from './drafts.ts';

/** A version is that of the whole set: a comparison with some commit must not make it smaller. */
export function refuseIncomplete(leftOut: readonly Draft[]): void {
  if (leftOut.length === 0) return;
  throw new ConfigError({
    code: 'version-incomplete',
    what: `this run gives a version to its images, and would leave some out: ${leftOut.map(({ key }) => key).join(', ')}`,
    where: 'since',
    state: 'nothing was built and nothing was released',
    next: 'plan without since, or with a registry that answers: what was proven before is carried over',
  });
}

/** A release event gives tags to what was proven before; it builds nothing. */
export function refuseUnproven(event: EventFacts, unproven: readonly Draft[]): void {
  if (unproven.length === 0) return;
  const branches = [...new Set([event.target ?? event.defaultBranch, event.defaultBranch])].join(' and ');
  throw new ConfigError({
    code: 'release-unproven',
    what: `no image was built and tested yet for the files of this commit: ${unproven.map(({ key }) => key).join(', ')}`,
    where: event.ref,
    state: 'no tag was written',
    next: `let the run of the commit on its branch end first, then run this one again; where the branch has moved on since, release a newer commit of it, and name another branch than ${branches} as the target of the release`,
  });
}
