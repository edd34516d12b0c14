import { describe, expect, it } from '@jest/globals';
import { digestOf } from '../../../src/domain/digest.ts';
import type { Journal, MoveStatus, TagMove } from '../../../src/domain/release-machine.ts';
import { journalSummary } from '../../../src/reports/journal-summary.ts';
import { madePlanned, tagsNamed } from '../../support/made-plan.ts';

const { repository } = madePlanned('app');

function journalOf(...tags: readonly (readonly [name: string, status: MoveStatus])[]): Journal {
  const moves = tags.map(([name], place): TagMove => {
    const [tag] = tagsNamed(name);
    if (tag === undefined) throw new Error('there is a tag');
    const kind = /\d\.\d\.\d/.test(name) ? 'immutable' : 'floating';
    const previous = kind === 'immutable' ? undefined : digestOf('old');
    return { key: `app${place}`, repository, tag, kind, target: digestOf('new'), previous };
  });
  return { moves, status: tags.map(([, status]) => status) };
}

describe('the summary of a release on its way', () => {
  it('says how far it is, what is published, what to do, and every tag', () => {
    const text = journalSummary(journalOf(['1.2.3', 'done'], ['1.2', 'pending'], ['latest', 'pending']), 'push');
    expect(text).toMatch(/^### Not at its end: 1 of 3 tags are written\n/);
    expect(text).toContain('every tag that moves, such as `latest`, is as it was');
    expect(text).toContain('`slipway-journal-push`… of this run, and `slipway release --resume journal.json`');
    expect(text).toMatch(/:1\.2\.3` \| – \| `[0-9a-f]{12}` \| written \|\n/);
    expect(text).toMatch(/:latest` \| `[0-9a-f]{12}` \| `[0-9a-f]{12}` \| not written \|\n/);
  });

  it.each([
    [['1.2', 'done'], ['latest', 'pending'], 'a mixture: 1 of 2 tags that move are the new ones'],
    [['1.2', 'stuck'], ['latest', 'pending'], 'a mixture: 0 of 2 tags that move are the new ones'],
    [['1.2', 'done'], ['latest', 'done'], 'all tags are the new ones'],
    [['1.2', 'undone'], ['latest', 'failed'], 'every tag that moves, such as `latest`, is as it was'],
  ] as const)('does not call a set whole that is not: %j and %j', (one, other, said) => {
    expect(journalSummary(journalOf(one, other), 'release')).toContain(said);
  });

  it('ends before the runner would show nothing of it', () => {
    const many = Array.from({ length: 2000 }, () => ['latest', 'pending'] as const);
    const text = journalSummary(journalOf(...many), 'release');
    expect(text).toContain('and 1800 more; the journal has all');
    expect(text.length).toBeLessThan(100_000);
  });
});
