import { execFileSync } from 'node:child_process';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { digestOf } from '../../../src/domain/digest.ts';
import { RefusedError } from '../../../src/domain/errors.ts';
import { builtIn } from '../../../src/domain/kept-store.ts';
import type { ImageOutcome } from '../../../src/domain/outcome.ts';
import type { TestResult } from '../../../src/domain/test-result.ts';
import { againText, commandLine, type Whereabouts } from '../../../src/reports/reproduction.ts';
import { madePlatformRecord, madeRecord } from '../../support/made-plan.ts';

const error = (code: string) => new RefusedError({ code, what: 'x', state: 's', next: 'n' });
const platforms = [madePlatformRecord('linux/amd64'), madePlatformRecord('linux/arm64')];
/** An image for two platforms, whose tests failed on these. */
function red(key: string, on: readonly string[] = ['linux/amd64', 'linux/arm64'], code = 'test-failed'): ImageOutcome {
  const made = madeRecord(key, { platforms, test: 'failed' });
  const tests = made.tests.map((test): TestResult => {
    return on.includes(test.platform) ? { ...test, state: 'failed', reason: 'exit code 1' } : test;
  });
  const record = { ...made, tests };
  return { kind: 'failed', key, error: error(code), record, built: builtIn(record) };
}
const unbuilt = (key: string): ImageOutcome => ({ kind: 'failed', key, error: error('build-failed') });
const record = madeRecord('good');
const good: ImageOutcome = {
  kind: 'proven',
  key: 'good',
  record,
  recordDigest: digestOf('r'),
  cached: 0,
  executed: 1,
};

describe('the command that does again what failed', () => {
  it.each<[string, readonly ImageOutcome[], Whereabouts, readonly string[]]>([
    ['nothing failed', [good], { fromRun: '7' }, []],
    [
      'a test in a job',
      [good, red('app')],
      { fromRun: '7' },
      ['To test those very bytes again: slipway test --image app --from-run 7'],
    ],
    ['a test at a desk', [red('app')], {}, ['To test those very bytes again: slipway test --image app']],
    [
      'a test of a repository elsewhere',
      [red('app')],
      { options: ['--repo', 'my folder'] },
      ["To test those very bytes again: slipway test --repo 'my folder' --image app"],
    ],
    [
      'a test on one of two platforms',
      [red('app', ['linux/arm64'])],
      { fromRun: '7' },
      ['To test those very bytes again: slipway test --image app --platform linux/arm64 --from-run 7'],
    ],
    [
      'a test that no configuration names',
      [red('app')],
      { fromRun: '7', run: "it's" },
      [`To test those very bytes again: slipway test --image app --from-run 7 --run 'it'\\''s'`],
    ],
    [
      'a part of an image',
      [red('app', [])],
      { isPart: true },
      ['To test those very bytes again: slipway test --image app --platform linux/amd64 --platform linux/arm64'],
    ],
    [
      'a scan',
      [red('app', [], 'scan-failed')],
      { fromRun: '7' },
      ['To scan those very bytes again: slipway scan --image app --from-run 7'],
    ],
    ['a build', [unbuilt('app')], { fromRun: '7' }, ['To build again: slipway build --image app']],
    [
      'all of it, the tested bytes last',
      [red('b'), unbuilt('a'), red('c', [], 'scan-unavailable'), red('d'), red('e')],
      { fromRun: '7', lost: ['d'] },
      [
        'To build again: slipway build --image a',
        'To build and test again: slipway test --image d',
        'To scan those very bytes again: slipway scan --image c --from-run 7',
        'To test those very bytes again: slipway test --image b --image e --from-run 7',
      ],
    ],
    [
      'what is blocked is not named',
      [{ kind: 'blocked', key: 'x', by: ['a'] }, unbuilt('a')],
      {},
      ['To build again: slipway build --image a'],
    ],
  ])('%s', (_, outcomes, where, expected) => {
    expect(againText(outcomes, where)).toEqual(expected);
  });

  it('is read by a shell as the words that it is made of', () => {
    const word = fc.string({
      unit: fc.constantFrom(...'ab \'"$`\\!*?~#;&|<>(){}\n-=/'.split('')),
      minLength: 1,
      maxLength: 12,
    });
    fc.assert(
      fc.property(fc.array(word, { minLength: 1, maxLength: 6 }), (words) => {
        const script = `for word in ${commandLine(words)}; do printf '%s\\0' "$word"; done`;
        expect(execFileSync('sh', ['-c', script]).toString().split('\0').slice(0, -1)).toEqual(words);
      }),
      { numRuns: 50 },
    );
  });
});
