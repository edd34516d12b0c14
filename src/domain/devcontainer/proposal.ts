import type { EventFacts } from '../event.ts';

/** Tells whether a run is about what somebody proposes, and nobody may have read yet. */
export function isProposal(event: EventFacts): boolean {
  return event.name === 'pull_request' || event.untrusted;
}
