import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { digestOf } from '../../../src/domain/digest.ts';
import { parseRepository, parseTag } from '../../../src/domain/image-ref.ts';
import {
  advance,
  begin,
  type Journal,
  type MoveStatus,
  nextStep,
  type ReleaseState,
  type TagMove,
} from '../../../src/domain/release-machine.ts';

type Kind = TagMove['kind'];

function move(kind: Kind, tag: string, place: number): TagMove {
  const repository = parseRepository(`registry.test/acme/image${place}`, 'test');
  const target = digestOf(`target ${place}`);
  return { key: `image${place}`, repository, tag: parseTag(tag, 'test'), kind, target, previous: digestOf('old') };
}

interface Told {
  readonly kind: 'put' | 'undo';
  readonly moves: readonly number[];
  readonly before: Journal;
}

/** Drives a release to its end; every move and every way back ends as the lists say. */
function drive(moves: readonly TagMove[], puts: readonly MoveStatus[], undos: readonly MoveStatus[]) {
  let journal = begin(moves);
  const told: Told[] = [];
  for (let steps = 0; steps <= 2 * moves.length + 1; steps++) {
    const step = nextStep(journal);
    if (step.kind === 'end') return { journal, told, state: step.state };
    told.push({ kind: step.kind, moves: step.moves, before: journal });
    const ends = step.kind === 'put' ? puts : undos;
    for (const index of step.moves) journal = advance(journal, index, ends[index] ?? 'done');
  }
  throw new Error('the release does not end');
}

const oneMove = fc.record({
  kind: fc.constantFrom<Kind>('immutable', 'floating'),
  tag: fc.constantFrom('v1.2', 'v1', 'latest'),
  put: fc.oneof(
    { weight: 6, arbitrary: fc.constant<MoveStatus>('done') },
    { weight: 1, arbitrary: fc.constantFrom<MoveStatus>('failed', 'foreign', 'stuck') },
  ),
  undo: fc.constantFrom<MoveStatus>('undone', 'undone', 'foreign', 'stuck'),
});
const release = fc.array(oneMove, { maxLength: 12 }).map((list) => ({
  moves: list.map(({ kind, tag }, place) => move(kind, tag, place)),
  puts: list.map(({ put }) => put),
  undos: list.map(({ undo }) => undo),
}));

/** What the end must be, from the fate of every move alone. */
function expectedEnd({ moves, status }: Journal): ReleaseState {
  if (moves.length === 0) return 'unchanged';
  if (status.every((one) => one === 'done')) return 'released';
  return status.some((one) => one === 'done' || one === 'stuck') ? 'partial' : 'rolled-back';
}

function always(check: (run: ReturnType<typeof drive>) => void): void {
  const property = fc.property(release, ({ moves, puts, undos }) => check(drive(moves, puts, undos)));
  fc.assert(property, { numRuns: 1000 });
}

describe('a release', () => {
  it('comes to its right end, whatever becomes of each move', () => {
    always(({ journal, state }) => expect(state).toBe(expectedEnd(journal)));
  });

  it('begins no floating tag before all immutable ones are done', () => {
    always(({ told }) => {
      for (const { kind, moves, before } of told) {
        if (kind !== 'put' || !moves.some((index) => before.moves[index]?.kind === 'floating')) continue;
        before.moves.forEach((one, index) => {
          if (one.kind === 'immutable') expect(before.status[index]).toBe('done');
        });
      }
    });
  });

  it('leaves no floating tag moved after a failure, unless nobody could put it back', () => {
    always(({ journal }) => {
      if (journal.status.every((one) => one === 'done')) return;
      journal.moves.forEach((one, index) => {
        if (one.kind === 'floating') expect(journal.status[index]).not.toBe('done');
      });
    });
  });

  it('tries nothing new once something failed', () => {
    always(({ told }) => {
      const broken = told.findIndex(({ before }) => before.status.some((one) => one !== 'done' && one !== 'pending'));
      if (broken >= 0) expect(told.slice(broken).every(({ kind }) => kind === 'undo')).toBe(true);
    });
  });

  it('never takes an immutable tag back', () => {
    always(({ told }) => {
      for (const { kind, moves, before } of told) {
        if (kind === 'undo') for (const index of moves) expect(before.moves[index]?.kind).toBe('floating');
      }
    });
  });

  it('moves one floating tag at a time, over the whole set', () => {
    always(({ told }) => {
      for (const { moves, before } of told) {
        if (before.moves[moves[0] ?? -1]?.kind !== 'floating') continue;
        expect(new Set(moves.map((index) => before.moves[index]?.tag)).size).toBe(1);
      }
    });
  });

  const pair = [move('immutable', 'v1.2.3', 0), move('floating', 'v1', 0), move('floating', 'latest', 0)];

  it.each<[string, MoveStatus[], MoveStatus[], ReleaseState, MoveStatus[]]>([
    ['all done', [], [], 'released', ['done', 'done', 'done']],
    ['the immutable tag failed', ['failed'], [], 'rolled-back', ['failed', 'pending', 'pending']],
    ['the immutable tag is foreign', ['foreign'], [], 'rolled-back', ['foreign', 'pending', 'pending']],
    ['the immutable tag is unknown', ['stuck'], [], 'partial', ['stuck', 'pending', 'pending']],
    ['latest failed', ['done', 'done', 'failed'], ['done', 'undone'], 'partial', ['done', 'undone', 'failed']],
    [
      'latest failed and v1 stuck',
      ['done', 'done', 'failed'],
      ['done', 'stuck'],
      'partial',
      ['done', 'stuck', 'failed'],
    ],
  ])('ends where %s', (_, puts, undos, state, status) => {
    const run = drive(pair, puts, undos);
    expect([run.state, run.journal.status]).toEqual([state, status]);
  });

  it('puts floating tags back, the last one first', () => {
    const floating = ['v1', 'v1.2', 'latest'].map((tag, place) => move('floating', tag, place));
    const run = drive(floating, ['done', 'done', 'failed'], ['undone', 'undone']);
    expect(run.told.map(({ kind, moves }) => [kind, ...moves])).toEqual([
      ['put', 0],
      ['put', 1],
      ['put', 2],
      ['undo', 1],
      ['undo', 0],
    ]);
    expect(run.state).toBe('rolled-back');
  });

  it('is taken up again where it was written down', () => {
    const half = advance(begin(pair), 0, 'done');
    expect(nextStep(JSON.parse(JSON.stringify(half)))).toEqual({ kind: 'put', moves: [1] });
  });
});
