import { describe, expect, it } from '@jest/globals';
import { failureText, summary, totalOf } from '../../../script/commands/test/outcome.ts';

const red = { passed: 2, failures: [{ name: 'types', message: 'a.ts: no\nb.ts: no' }] };

describe('the end of a test run', () => {
  it('is one line with the sum of all parts', () => {
    expect(summary(totalOf([{ passed: 3, failures: [] }, red]))).toBe('5 passed, 1 failed');
  });

  it('repeats every failure in full', () => {
    expect(failureText(red)).toBe('\nFAILED types\n  a.ts: no\n  b.ts: no\n');
  });

  it('repeats nothing when nothing failed', () => {
    expect(failureText({ passed: 1, failures: [] })).toBe('');
  });
});
