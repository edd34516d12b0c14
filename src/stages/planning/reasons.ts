import { type EventFacts, isRefresh } from '../../domain/event.ts';
import { withBases, withDependents } from '../../domain/graph.ts';
import type { BuildReason } from '../../domain/plan.ts';
import type { ImageRecord } from '../../domain/record.ts';
import { staleImages } from '../../domain/stale.ts';
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
  /** What a refresh builds anew. */
  readonly refresh?: 'all' | 'stale' | undefined;
  /** Nobody was asked whether a base is published. */
  readonly isOffline?: boolean | undefined;
}

type Reasons = Map<string, Reason>;

/** Which images are built, and why; the others are carried over, or are no part of this run. */
export function decide(event: EventFacts, drafts: readonly Draft[], evidence: Evidence): ReadonlyMap<string, Reason> {
  const { proofs, changes } = evidence;
  if (isRefresh(event)) {
    if (evidence.refresh === 'stale') return addDependents(drafts, addStale(drafts, proofs));
    const reason = event.name === 'schedule' ? 'schedule' : 'manual';
    return new Map(drafts.map(({ key }) => [key, { reason, why: 'everything is built anew' }]));
  }
  if (changes?.decides !== true) {
    return addDependents(drafts, byState(drafts, proofs, changes?.kind === 'files' ? changes.images : new Map()));
  }
  if (changes.kind === 'unknown') return new Map(drafts.map(({ key }) => [key, { reason: 'all', why: changes.why }]));
  const reasons = addDependents(drafts, byDiff(drafts, changes));
  return evidence.isOffline ? reasons : addBases(drafts, proofs, reasons);
}

/** What was built on a base that is another one today, and what nothing proves. */
function addStale(drafts: readonly Draft[], proofs: ReadonlyMap<string, Proof>): Reasons {
  const reasons = byState(drafts, proofs, new Map());
  const records = new Map<string, ImageRecord>();
  for (const [key, proof] of proofs) if (proof.kind === 'proven') records.set(key, proof.record);
  for (const [key, { why }] of staleImages(drafts, records)) {
    if (!reasons.has(key)) reasons.set(key, { reason: 'stale', why });
  }
  return reasons;
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

/** What is built on nothing that was ever published needs its base to be built as well. */
function addBases(drafts: readonly Draft[], proofs: ReadonlyMap<string, Proof>, reasons: Reasons): Reasons {
  // A base that is published stands as it is, so nothing below it is needed.
  const isOpen = (key: string): boolean => (proofs.get(key)?.kind ?? 'nothing') === 'nothing';
  const needs = new Map(drafts.map((draft) => [draft.key, draft.needs.filter(isOpen)]));
  for (const key of withBases(needs, reasons.keys())) {
    if (!reasons.has(key))
      reasons.set(key, { reason: 'all', why: 'what is built on it needs it, and it was not published before' });
  }
  return reasons;
}
