import { describe, expect, it } from '@jest/globals';
import { inParallel } from '../../../src/store/parallel.ts';
import { pause } from './store-ports.ts';

describe('inParallel', () => {
  it('does each item once', async () => {
    const done: number[] = [];
    await inParallel([3, 1, 2], 2, async (item) => void done.push(item));
    expect(done.sort()).toEqual([1, 2, 3]);
  });

  it('begins nothing after a failure, and throws it when all that had begun has ended', async () => {
    const begun: number[] = [];
    const ended: number[] = [];
    const run = inParallel([1, 2, 3, 4], 2, async (item) => {
      begun.push(item);
      if (item === 1) throw new Error('the first');
      await pause();
      ended.push(item);
    });
    await expect(run).rejects.toThrow('the first');
    expect([begun, ended]).toEqual([[1, 2], [2]]);
  });
});
