import { describe, expect, it } from '@jest/globals';
import { digestOf } from '../../../src/domain/digest.ts';
import { RefusedError } from '../../../src/domain/errors.ts';
import { inertText } from '../../../src/domain/inert-text.ts';
import type { ImageOutcome } from '../../../src/domain/outcome.ts';
import type { ImageRecord } from '../../../src/domain/record.ts';
import type { TestResult } from '../../../src/domain/test-result.ts';
import { buildSummary } from '../../../src/reports/build-summary.ts';
import { madeRecord } from '../../support/made-plan.ts';

const error = new RefusedError({ code: 'test-failed', what: 'x', where: 'app', state: 'nothing', next: 'mend it' });
const [plain] = madeRecord().tests;
if (plain === undefined) throw new Error('the made record has no test');

const proven = (tests: readonly TestResult[], key = 'app'): ImageOutcome => {
  const record: ImageRecord = { ...madeRecord(key), tests: [...tests] };
  return { kind: 'proven', key, record, recordDigest: digestOf(key), cached: 1, executed: 2 };
};
const failed = (tests: readonly TestResult[], key = 'app'): ImageOutcome => {
  return { kind: 'failed', key, error, record: { ...madeRecord(key), tests: [...tests], test: 'failed' } };
};
const lineWith = (text: string, part: string) => text.split('\n').find((line) => line.includes(part));

describe('the summary of a build', () => {
  it('has a row for each test, with its state, platform, time and attempts', () => {
    const attempt = { exitCode: 1, durationMs: 700, reason: 'exit code 1' };
    const attempts = [
      { ...attempt, state: 'failed' as const },
      { ...attempt, state: 'passed' as const },
    ];
    const flaky: TestResult = { ...plain, name: 'shaky', state: 'flaky', durationMs: 1400, attempts };
    const optional: TestResult = { ...plain, name: 'nice', state: 'failed', optional: true, reason: 'exit code 3' };
    const text = buildSummary([proven([flaky, optional])]);
    expect(lineWith(text, 'shaky')).toBe('| `app` | shaky | linux/amd64 | flaky | 1.4 s | 2 |  |');
    expect(lineWith(text, 'nice')).toBe('| `app` | nice | linux/amd64 | failed (optional) | 0.0 s | 1 | exit code 3 |');
    expect(text).toContain('1 of 2 passed, 1 flaky');
  });

  it('has the cases that failed, the sizes of layers and what was not as expected', () => {
    const failures = [{ suite: 's', name: 'n', message: 'm', file: 'f.py', line: 3 }];
    const cases = { passed: 5, failed: 1, skipped: 2, failures };
    const layers = [
      { digest: digestOf('1'), bytes: 1500, unpackedBytes: 3000 },
      { digest: digestOf('2'), bytes: 500, unpackedBytes: 2_000_000 },
    ];
    const text = buildSummary([
      failed([
        { ...plain, cases },
        { ...plain, kind: 'expect', unmet: ['/x is there'], layers },
      ]),
    ]);
    expect(text).toContain('Cases: 5 passed, 1 failed, 2 skipped');
    expect(lineWith(text, 's n')).toBe('| `app` | linux/amd64 | s n | f.py:3 | m |');
    expect(lineWith(text, '/x is there')).toBe('| `app` | linux/amd64 | /x is there |');
    expect(lineWith(text, '| all |')).toBe('| `app` | linux/amd64 | all | 2.0 KB | 2.0 MB |');
  });

  it('ends with the one command that does it again where something failed, and else not', () => {
    const outcomes = [proven([plain], 'good'), failed([plain], 'bad'), failed([plain], 'worse')];
    const text = buildSummary(outcomes, undefined, { fromRun: '7', lost: ['worse'], notes: ['x <b>'] });
    expect(text.trimEnd().split('\n').slice(-5)).toEqual([
      'x &lt;b&gt;',
      '',
      'To build and test again, in a clone: `slipway test --image worse`',
      '',
      'To test those very bytes again, in a clone: `slipway test --image bad --from-run 7`',
    ]);
    expect(buildSummary([proven([plain])])).not.toContain('slipway ');
  });

  it.each([
    ['cat a | grep b', "`slipway test --image bad --run 'cat a | grep b'`"],
    ['echo `date`', "``slipway test --image bad --run 'echo `date`'``"],
    ['one\n```\ntwo', "\n\n````\nslipway test --image bad --run 'one\n```\ntwo'\n````"],
  ])('shows the command %j as it is typed', (run, shown) => {
    const text = buildSummary([failed([plain], 'bad')], undefined, { run });
    expect(text.endsWith(`To test those very bytes again, in a clone: ${shown}\n`)).toBe(true);
  });

  it('speaks of images without a record too', () => {
    const text = buildSummary([
      { kind: 'failed', key: 'a', error },
      { kind: 'blocked', key: 'b', by: ['a'] },
    ]);
    expect(lineWith(text, '`b`')).toContain('not built: `a` failed');
    expect(text).toContain('### Failed: 2 of 2');
  });
});

describe('T16 a summary of hostile words', () => {
  const hostile = [
    '</details><img src=x onerror=alert(1)>',
    '[x](javascript:1) ![y](http://e.test/y.png)',
    '```\n# ALL PASSED\n| a | b |',
    '\u202eevil \u200b\u001b[31m red',
    '@org/team #1 https://e.test',
    '| passed | passed |',
    '&lt;script&gt; <!-- -->',
  ];
  const tests = hostile.map(
    (words): TestResult => ({
      ...plain,
      state: 'failed',
      name: words,
      reason: words,
      unmet: [words],
      cases: {
        passed: 0,
        failed: 1,
        skipped: 0,
        failures: [{ suite: words, name: words, message: words, file: words, line: 1 }],
      },
    }),
  );
  const text = buildSummary([failed(tests)]);

  it('has no markup but ours', () => {
    const plainParts = text.replace(/\\./g, '').replace(/`[^`\n]*`/g, '');
    expect(plainParts).not.toMatch(/[<>@`[\]!]|javascript:\S*\)|https?:/);
    // A link is broken by a sign without a width, which is ours.
    const signs = text.replaceAll('\n', '').replaceAll(/(?<=https?)\u200b(?=:)/g, '');
    expect(signs).toBe(inertText(signs));
    expect(text.split('\n').filter((line) => /^#/.test(line))).toEqual([
      '### Failed: 1 of 1',
      '#### `app`: `test-failed`',
    ]);
  });

  it('has the same number of cells in each row of a table', () => {
    const tables = text.split('\n\n').filter((block) => block.startsWith('| '));
    expect(tables.length).toBeGreaterThanOrEqual(4);
    for (const table of tables) {
      const widths = table.split('\n').map((line) => line.replace(/\\\|/g, '').split('|').length);
      expect(new Set(widths).size).toBe(1);
    }
  });

  it('stays under what the runner takes, says that it was cut, and keeps its last line', () => {
    const long: TestResult = { ...plain, state: 'failed', name: '*'.repeat(2_000_000), reason: '<'.repeat(2_000_000) };
    const outcomes = Array.from({ length: 90 }, (_, at) => failed(Array(5).fill(long), `app${at}`));
    const cut = buildSummary(outcomes);
    expect(Buffer.byteLength(cut)).toBeLessThan(900 * 1024);
    expect(cut.includes('\n… and 150 more\n')).toBe(true);
    expect(cut.includes('To test those very bytes again, in a clone: `slipway test --image app0')).toBe(true);
    const error = new RefusedError({ code: 'x', what: '<'.repeat(20_000), state: '', next: '' });
    const more = buildSummary(Array.from({ length: 64 }, (_, at) => ({ kind: 'failed', key: `app${at}`, error })));
    expect(Buffer.byteLength(more)).toBeLessThan(900 * 1024);
    expect(more.includes('\n… truncated: the rest is in the log of this job\n')).toBe(true);
    expect(more.includes('--image app63`')).toBe(true);
  });
});
