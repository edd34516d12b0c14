import { describe, expect, it } from '@jest/globals';
import { median } from '../../../script/commands/bench/interleaved.ts';

describe('median', () => {
  it.each([
    [[3, 1, 2], 2],
    [[1, 100, 2, 3, 2], 2],
  ])('of %p is %d', (values, expected) => {
    expect(median(values)).toBe(expected);
  });
});
