import { type EventFacts, isRefresh } from '../../domain/event.ts';
import { withDependents } from '../../domain/graph.ts';
import type { BuildReason } from '../../domain/plan.ts';
import type { Draft } from './drafts.ts';
import type { Proof } from './proof.ts';

/** Why an image is built, in a word for programs and in words for people. */
export interface Reason {
  readonly reason: BuildReason;
  readonly why: string;
}

/** Which images are built, and why; the others are carried over. */
export function decide(
  event: EventFacts,
  drafts: readonly Draft[],
  proofs: ReadonlyMap<string, Proof>,
): ReadonlyMap<string, Reason> {
  if (isRefresh(event)) {
    const reason = event.name === 'schedule' ? 'schedule' : 'manual';
    return new Map(drafts.map(({ key }) => [key, { reason, why: 'everything is built anew' }]));
  }
  const reasons = new Map<string, Reason>();
  for (const draft of drafts) {
    const proof = proofs.get(draft.key);
    if (proof === undefined) reasons.set(draft.key, { reason: 'all', why: 'no registry was asked' });
    else if (proof.kind === 'nothing') reasons.set(draft.key, { reason: 'all', why: 'it was not published before' });
    else if (proof.kind === 'other') {
      const changedBase = draft.needs.some((base) => reasons.has(base));
      reasons.set(draft.key, {
        reason: changedBase ? 'dependent' : 'changed',
        why: proof.why,
      });
    }
  }
  const needs = new Map(drafts.map((draft) => [draft.key, draft.needs]));
  for (const key of withDependents(needs, reasons.keys())) {
    if (!reasons.has(key)) reasons.set(key, { reason: 'dependent', why: 'an image that it is built on is built anew' });
  }
  return reasons;
}
