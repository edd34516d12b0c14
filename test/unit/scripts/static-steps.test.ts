import { describe, expect, it } from '@jest/globals';
import { row } from '../../../script/commands/static-steps.ts';

describe('row', () => {
  it('shows a passed step without what it printed', () => {
    expect(row({ name: 'types', passed: true, seconds: 2.71, output: 'all good' })).toBe('ok   types        2.7 s');
  });

  it('shows what a failed step printed', () => {
    const text = row({ name: 'lint', passed: false, seconds: 1, output: 'a\nb' });
    expect(text).toBe('FAIL lint         1.0 s\n     a\n     b');
  });
});
