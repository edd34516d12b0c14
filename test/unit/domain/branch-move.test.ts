import { describe, expect, it } from '@jest/globals';
import { type CommitRelation, decideBranch } from '../../../src/domain/branch-move.ts';
import { digestOf } from '../../../src/domain/digest.ts';
import { parseRepository, parseTag } from '../../../src/domain/image-ref.ts';
import { decideKnown, decideTogether, type TagDecision, type TagRequest } from '../../../src/domain/tag-move.ts';

const ours = { commit: 'a'.repeat(40), run: 7 };
const theirs = 'b'.repeat(40);

describe('a branch tag', () => {
  it.each<[string, CommitRelation, number | null, 'move' | 'keep', RegExp]>([
    ['moves on from an ancestor', 'ancestor', 9, 'move', /^aaaaaaaaaaaa follows bbbbbbbbbbbb$/],
    ['stays on a descendant', 'descendant', 3, 'keep', /^superseded: it is of bbbbbbbbbbbb, which follows/],
    ['moves after a force push, by the later run', 'apart', 6, 'move', /neither .* run 7 is not before run 6/],
    ['stays after a force push, by the earlier run', 'apart', 8, 'keep', /^superseded: neither .* run 8 is later than/],
    ['moves in a cut history, by the later run', 'unknown', 6, 'move', /git cannot tell/],
    ['stays in a cut history, by the earlier run', 'unknown', 8, 'keep', /^superseded: git cannot tell/],
    ['moves where no run has a number', 'unknown', null, 'move', /the branch moved on: git cannot tell/],
    ['moves when the same run is tried again', 'same', 7, 'move', /both are of aaaaaaaaaaaa/],
    ['stays when a later run of the same commit was here', 'same', 8, 'keep', /^superseded: both are of/],
  ])('%s', (_, relation, run, kind, why) => {
    const decision = decideBranch({ commit: theirs, run, relation }, ours);
    expect(decision.kind).toBe(kind);
    expect(decision.why).toMatch(why);
  });
});

const request = (key: string, tag = 'latest', kind: TagRequest['kind'] = 'floating'): TagRequest => ({
  key,
  repository: parseRepository(`registry.test/acme/${key}`, 'test'),
  tag: parseTag(tag, 'test'),
  kind,
  target: digestOf('target'),
});

describe('the tags of a set', () => {
  const kinds = (...decisions: readonly TagDecision[]) =>
    decideTogether(decisions.map((decision, place) => ({ request: request(`image${place}`), decision }))).map(
      ({ decision }) => decision.kind,
    );
  const move: TagDecision = { kind: 'move', why: '' };
  const create: TagDecision = { kind: 'create', why: '' };
  const newer: TagDecision = { kind: 'keep', why: 'newer' };
  const superseded: TagDecision = { kind: 'keep', why: 'superseded', superseded: true };

  it('stay together where a later run was faster on one of them', () => {
    expect(kinds(move, superseded, create)).toEqual(['keep', 'keep', 'keep']);
  });

  it('are not made by an older version where all others name a newer one', () => {
    expect(kinds(newer, create)).toEqual(['keep', 'keep']);
  });

  it('are made beside those that move: a new variant was added', () => {
    expect(kinds(move, create)).toEqual(['move', 'create']);
  });

  it('are decided name by name', () => {
    const other = { request: request('image9', '1.2'), decision: move };
    const all = decideTogether([{ request: request('image0'), decision: superseded }, other]);
    expect(all[1]?.decision.kind).toBe('move');
  });
});

describe('a tag of which it was written down what it was', () => {
  const previous = digestOf('previous');
  const target = digestOf('target');
  const other = digestOf('other');

  it.each<[string, TagRequest['kind'], typeof previous | null | undefined, typeof previous | null, string]>([
    ['holds its digest already', 'floating', target, previous, 'unchanged'],
    ['holds what it held', 'floating', previous, previous, 'move'],
    ['is still not there', 'immutable', undefined, null, 'create'],
    ['was torn by a crash', 'immutable', null, null, 'move'],
    ['was moved by somebody else', 'floating', other, previous, 'keep'],
    ['was made by somebody else', 'immutable', other, null, 'refuse'],
  ])('that %s', (_, kind, now, was, expected) => {
    expect(decideKnown(request('a', 'latest', kind), now, { previous: was, ifForeign: 'keep' }).kind).toBe(expected);
  });

  it('is refused where it was to move from exactly that digest', () => {
    const known = { previous, ifForeign: 'refuse' } as const;
    expect(decideKnown(request('a'), other, known)).toMatchObject({
      kind: 'refuse',
      why: expect.stringContaining(other),
    });
  });
});
