import { type EventFacts, isRefresh } from '../../domain/event.ts';
import { withBases, withDependents } from '../../domain/graph.ts';
import type { BuildReason } from '../../domain/plan.ts';
import { type ChangedFiles, filesText, type ImageChanges } from './changes.ts';
import type { Draft } from './drafts.ts';
import type { Proof } from './proof.ts';

/** Why an image is built, in a word for programs and in words for people. */
export interface Reason {
  readonly reason: BuildReason;
  readonly why: string;
}

/** What is known of the images from elsewhere. */
export interface Evidence {
  readonly proofs: ReadonlyMap<string, Proof>;
  /** What the diff says, where somebody asked for it. */
  readonly changes?: ImageChanges | undefined;
}

type Reasons = Map<string, Reason>;

/** Which images are built, and why; the others are carried over, or are no part of this run. */
export function decide(
  event: EventFacts,
  drafts: readonly Draft[],
  { proofs, changes }: Evidence,
): ReadonlyMap<string, Reason> {
  if (isRefresh(event)) {
    const reason = event.name === 'schedule' ? 'schedule' : 'manual';
    return new Map(drafts.map(({ key }) => [key, { reason, why: 'everything is built anew' }]));
  }
  if (changes?.decides !== true) {
    return addDependents(drafts, byState(drafts, proofs, changes?.kind === 'files' ? changes.images : new Map()));
  }
  if (changes.kind === 'unknown') return new Map(drafts.map(({ key }) => [key, { reason: 'all', why: changes.why }]));
  return addBases(drafts, proofs, addDependents(drafts, byDiff(drafts, changes)));
}

/** An image is built if nothing proves one for its inputs; the files that changed explain it. */
function byState(
  drafts: readonly Draft[],
  proofs: ReadonlyMap<string, Proof>,
  changed: ReadonlyMap<string, ChangedFiles>,
): Reasons {
  const reasons: Reasons = new Map();
  for (const draft of drafts) {
    const proof = proofs.get(draft.key);
    if (proof === undefined) reasons.set(draft.key, { reason: 'all', why: 'no registry was asked' });
    else if (proof.kind === 'nothing') reasons.set(draft.key, { reason: 'all', why: 'it was not published before' });
    else if (proof.kind === 'other') {
      const files = changed.get(draft.key);
      const changedBase = draft.needs.some((base) => reasons.has(base));
      reasons.set(draft.key, {
        reason: changedBase ? 'dependent' : 'changed',
        why: files === undefined ? proof.why : `${proof.why}: ${filesText(files)}`,
      });
    }
  }
  return reasons;
}

/** An image is built if a file of it changed. */
function byDiff(drafts: readonly Draft[], changes: Extract<ImageChanges, { kind: 'files' }>): Reasons {
  const reasons: Reasons = new Map();
  for (const { key } of drafts) {
    const files = changes.images.get(key);
    if (files !== undefined) reasons.set(key, { reason: 'changed', why: `${filesText(files)} changed ${changes.how}` });
  }
  return reasons;
}

function addDependents(drafts: readonly Draft[], reasons: Reasons): Reasons {
  const needs = new Map(drafts.map((draft) => [draft.key, draft.needs]));
  for (const key of withDependents(needs, reasons.keys())) {
    if (!reasons.has(key)) reasons.set(key, { reason: 'dependent', why: 'an image that it is built on is built anew' });
  }
  return reasons;
}

/** What is built needs bases of these very inputs: its record speaks for them too. */
function addBases(drafts: readonly Draft[], proofs: ReadonlyMap<string, Proof>, reasons: Reasons): Reasons {
  // A base that is carried over stands as it is, so nothing below it is needed.
  const isOpen = (key: string): boolean => proofs.get(key)?.kind !== 'proven';
  const needs = new Map(drafts.map((draft) => [draft.key, draft.needs.filter(isOpen)]));
  for (const key of withBases(needs, reasons.keys())) {
    if (!reasons.has(key))
      reasons.set(key, { reason: 'all', why: 'what is built on it needs it, and nothing proves it' });
  }
  return reasons;
}
