import { branchOf, type EventFacts, gitTagOf } from '../event.ts';
import { isProposal } from './proposal.ts';

/** When an image may be published at all: never, on the events and refs of the filters, or wherever it is safe. */
export const pushModes = ['never', 'filter', 'always'] as const;

/** One of those. */
export type PushMode = (typeof pushModes)[number];

/** Why an image was published, or was not. */
export type PushReason =
  | 'filter'
  | 'always'
  | 'never'
  | 'event'
  | 'ref'
  | 'unsafe'
  | 'exists'
  | 'retagged'
  | 'command-failed';

/** What the user said about publishing. */
export interface PushRules {
  readonly mode: PushMode;
  readonly events: readonly string[];
  /** Tells whether a branch or a tag is one that may publish; the default branch, where nothing is said. */
  readonly isRef?: ((name: string) => boolean) | undefined;
}

/** May this run publish, and may it move the floating tag? */
export interface PushDecision {
  readonly push: boolean;
  readonly moveFloating: boolean;
  readonly reason: PushReason;
}

/** Decides from event and ref alone, before anything is built. A pull request never publishes, whatever is asked for. */
export function decidePush(event: EventFacts, rules: PushRules): PushDecision {
  const no = (reason: PushReason): PushDecision => ({ push: false, moveFloating: false, reason });
  if (rules.mode === 'never') return no('never');
  if (rules.mode === 'filter' && !rules.events.includes(event.name)) return no('event');
  if (isProposal(event)) return no('unsafe');
  if (rules.mode === 'filter' && !isAllowedRef(event, rules)) return no('ref');
  return { push: true, moveFloating: movesFloating(event), reason: rules.mode };
}

function isAllowedRef(event: EventFacts, { isRef }: PushRules): boolean {
  const name = branchOf(event.ref) ?? gitTagOf(event.ref);
  if (name === undefined) return false;
  return isRef === undefined ? branchOf(event.ref) === event.defaultBranch : isRef(name);
}

/** The queue builds what may never be merged; its ref is that of the branch it wants to get into. */
function movesFloating({ name, ref, defaultBranch }: EventFacts): boolean {
  return name !== 'merge_group' && branchOf(ref) === defaultBranch;
}
