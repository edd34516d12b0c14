import { describe, expect, it } from '@jest/globals';
import { type ChangeWish, wishOf } from '../../../src/clients/git-start.ts';
import type { EventFacts } from '../../../src/domain/event.ts';
import { madeEvent } from '../../support/made-plan.ts';

const [one, two] = ['1'.repeat(40), '2'.repeat(40)];
const main = { kind: 'push', branch: 'main', defaultBranch: 'main' } as const;

describe('what is compared', () => {
  it.each<[string, Partial<EventFacts>, ChangeWish]>([
    ['a push with the commit before it', { before: one }, { ...main, before: one }],
    ['a first push with nothing before it', {}, { ...main, before: null }],
    ['a push of another branch', { ref: 'refs/heads/x/y', before: one }, { ...main, branch: 'x/y', before: one }],
    [
      'a tag with nothing',
      { ref: 'refs/tags/v1', before: one },
      { kind: 'none', why: 'a tag is compared with nothing' },
    ],
    [
      'a pull request with its base',
      { name: 'pull_request', base: one, head: two },
      { kind: 'pull-request', base: one, head: two },
    ],
    ['a merge group with its base', { name: 'merge_group', base: one }, { kind: 'merge-group', base: one }],
    [
      'a pull request without a base with nothing',
      { name: 'pull_request' },
      { kind: 'none', why: 'pull_request names no commit to compare with' },
    ],
    [
      'a schedule with nothing',
      { name: 'schedule' },
      { kind: 'none', why: 'schedule names no commit to compare with' },
    ],
    [
      'a run by hand with nothing',
      { name: 'workflow_dispatch' },
      { kind: 'none', why: 'workflow_dispatch names no commit to compare with' },
    ],
  ])('is %s', (_, event, wish) => {
    expect(wishOf(madeEvent(event))).toEqual(wish);
  });

  it('is the revision that somebody named, whatever the event is', () => {
    const event = madeEvent({ name: 'pull_request', base: one });
    expect(wishOf(event, 'HEAD~2')).toEqual({ kind: 'since', revision: 'HEAD~2' });
  });
});
