import { describe, expect, it } from '@jest/globals';
import { digestOf } from '../../../src/domain/digest.ts';
import type { ReleasedTag, ReleaseReport } from '../../../src/domain/release-report.ts';
import { releaseSummary } from '../../../src/reports/release-summary.ts';
import { releaseExitCode, releaseText } from '../../../src/reports/release-text.ts';
import { madePlanned, tagsNamed } from '../../support/made-plan.ts';

const [old, fresh] = [digestOf('old'), digestOf('fresh')];
const { repository } = madePlanned('app');

function tagged(name: string, changes: Partial<ReleasedTag> = {}): ReleasedTag {
  const [tag] = tagsNamed(name);
  if (tag === undefined) throw new Error('there is a tag');
  return {
    ...{ key: 'app', repository, tag, kind: 'floating', was: old, is: fresh, should: fresh },
    why: '1.2.3 follows 1.2.2',
    ...changes,
  };
}

function reportOf(changes: Partial<ReleaseReport>): ReleaseReport {
  return {
    ...{ schema: 'slipway.release/1', set: digestOf('set'), state: 'released', durationMs: 1240, windowMs: 310 },
    tags: [tagged('latest')],
    ...changes,
  };
}

const partial = reportOf({
  state: 'partial',
  tags: [
    tagged('1.2.3', { kind: 'immutable', was: null, why: 'it is new' }),
    tagged('1.2', { is: old, why: 'it was moved, and put back when another tag failed' }),
    tagged('latest', { is: null, why: 'it is not certain what it names' }),
  ],
  notes: ['the git tag 1.2.3 was not read again before the release: there is no <b>git</b>'],
});

describe('the summary of a release', () => {
  it('says the end first, then what it took, then every tag with its reason', () => {
    const lines = releaseSummary(reportOf({})).split('\n');
    expect(lines[0]).toBe('### Released');
    expect(lines[2]).toBe('1 of 1 tags were written in 1.2 s; from the first floating tag to the last it took 0.3 s.');
    expect(lines.at(-2)).toMatch(/^\| `registry\.test\/acme\/app:latest` .* 1\.2\.3 follows 1\.2\.2 \|$/);
  });

  it('names for each tag that is wrong what it should be, and the command that mends it', () => {
    const text = releaseSummary(partial);
    expect(text).toMatch(/^### Released in part/);
    expect(text).toContain('?, should be');
    const commands = text.split('\n').filter((line) => line.startsWith('slipway copy '));
    expect(commands).toEqual([
      `slipway copy ${repository}@${fresh} ${repository}:1.2`,
      `slipway copy ${repository}@${fresh} ${repository}:latest`,
    ]);
  });

  it('says first what is published now, and last what is to be done', () => {
    const text = releaseSummary(partial);
    expect(text.split('\n')[2]).toBe(
      '**Published now:** 2 of 3 tags are not what they should be: they stand first in the table. No tag that moves, such as `latest`, was moved.',
    );
    expect(text).toMatch(/\| why \|\n\| --- .*\n\| `[^`]*:1\.2` .*\n\| `[^`]*:latest` .*\n\| `[^`]*:1\.2\.3` /);
    const mixed = reportOf({ state: 'partial', tags: [tagged('1.2'), tagged('latest', { is: old })] });
    expect(releaseSummary(mixed)).toContain('Of the tags that move, 1 of 2 are the new ones: the set is mixed.');
    const back = releaseSummary(reportOf({ state: 'rolled-back', tags: [tagged('latest', { is: old })] }));
    expect(back).toContain('**Published now:** what was published before this release.');
    expect(back).toContain('**Next:** run the failed jobs again');
    expect(back).not.toContain('tags were written');
    expect(releaseSummary(reportOf({}))).not.toMatch(/Published now|Next/);
  });

  it('takes foreign words for text', () => {
    expect(releaseSummary(partial)).not.toContain('<b>');
  });

  it('offers no command where everything is as it was', () => {
    const text = releaseSummary(reportOf({ state: 'rolled-back', tags: [tagged('latest', { is: old })] }));
    expect(text).not.toContain('slipway copy');
  });
});

describe('the text of a release', () => {
  it('shows what is wrong and how to put it right', () => {
    const lines = releaseText(partial).split('\n');
    expect(lines[0]).toBe('released in part: not every tag is what it should be');
    expect(lines.filter((line) => line.startsWith('slipway copy '))).toHaveLength(2);
    expect(lines).toContainEqual(expect.stringMatching(/:latest .* \? .*should be/));
  });

  it.each<[ReleaseReport['state'], number]>([
    ['released', 0],
    ['unchanged', 0],
    ['rolled-back', 3],
    ['partial', 5],
  ])('of one that is %s has the exit code %p', (state, code) => {
    expect(releaseExitCode({ state })).toBe(code);
  });
});
