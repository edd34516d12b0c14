import type { Digest } from './digest.ts';
import type { TagRequest } from './tag-move.ts';

/** A tag that must be written: what it named before, and what it is to name. */
export interface TagMove extends TagRequest {
  readonly previous: Digest | undefined;
}

/**
 * Where a move stands. `yielded`: a newer release was faster, and the tag is its own. `failed`: it was tried, and the tag is read to be what it was. `foreign`: somebody else moved the
 * tag meanwhile. `undone`: it was moved and put back. `left`: it was made, and what was made cannot be taken away.
 * `stuck`: nobody can tell, or it could not be put back.
 */
export const moveStatuses = ['pending', 'done', 'yielded', 'failed', 'foreign', 'undone', 'left', 'stuck'] as const;
export type MoveStatus = (typeof moveStatuses)[number];

/** A release on its way; plain data, so that it can be written down and taken up again. */
export interface Journal {
  readonly moves: readonly TagMove[];
  readonly status: readonly MoveStatus[];
}

/** What the release does next: everything in one answer may happen at the same time. */
export type Step =
  | { readonly kind: 'put'; readonly moves: readonly number[] }
  | { readonly kind: 'undo'; readonly moves: readonly number[] }
  | { readonly kind: 'end'; readonly state: ReleaseState };

/** The four ends of a release. */
export type ReleaseState = 'released' | 'unchanged' | 'rolled-back' | 'partial';

/** A release of which nothing is done yet. */
export function begin(moves: readonly TagMove[]): Journal {
  return { moves, status: moves.map(() => 'pending') };
}

/** Writes down what became of one move; `previous` is what it moved from, where that changed meanwhile. */
export function advance(journal: Journal, index: number, status: MoveStatus, previous?: Digest): Journal {
  const { moves } = journal;
  return {
    moves:
      previous === undefined ? moves : moves.map((move, place) => (place === index ? { ...move, previous } : move)),
    status: journal.status.map((old, place) => (place === index ? status : old)),
  };
}

/**
 * What comes next. Immutable tags go first, all at once, since nobody follows them yet; then the floating ones, tag by
 * tag over the whole set, so that a set is mixed for as short a time as can be. After a failure the floating tags that
 * we moved go back, the last one first.
 */
export function nextStep(journal: Journal): Step {
  const where = (kind: TagMove['kind'], status: MoveStatus): number[] =>
    journal.moves.flatMap((move, index) => (move.kind === kind && journal.status[index] === status ? [index] : []));
  const failed = journal.status.some((status) => status === 'failed' || status === 'foreign' || status === 'stuck');
  const undoing = failed || journal.status.includes('undone') || journal.status.includes('left');
  if (undoing) {
    const moved = where('floating', 'done');
    const last = moved.at(-1);
    if (last === undefined) return { kind: 'end', state: endState(journal) };
    const tag = journal.moves[last]?.tag;
    return { kind: 'undo', moves: moved.filter((index) => journal.moves[index]?.tag === tag) };
  }
  const immutable = where('immutable', 'pending');
  if (immutable.length > 0) return { kind: 'put', moves: immutable };
  const floating = where('floating', 'pending');
  const first = floating[0];
  if (first === undefined) return { kind: 'end', state: endState(journal) };
  const tag = journal.moves[first]?.tag;
  return { kind: 'put', moves: floating.filter((index) => journal.moves[index]?.tag === tag) };
}

function endState(journal: Journal): ReleaseState {
  if (journal.moves.length === 0) return 'unchanged';
  const isFine = journal.status.every((status) => status === 'done' || status === 'yielded');
  if (isFine) return journal.status.includes('done') ? 'released' : 'unchanged';
  const touched: readonly MoveStatus[] = ['done', 'left', 'stuck'];
  const untouched = journal.status.every((status) => !touched.includes(status));
  return untouched ? 'rolled-back' : 'partial';
}
