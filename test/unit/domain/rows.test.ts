import { describe, expect, it } from '@jest/globals';
import { rowsOf } from '../../../src/domain/rows.ts';
import { plannedSet } from '../../support/handoff-set.ts';

const sizes = (counts: readonly number[], maxJobs: number) =>
  rowsOf(plannedSet(counts), maxJobs).map(({ level, slot, images }) => [level, slot, images.length]);

describe('the most jobs of a level', () => {
  it('is a row for each image while there are enough', () => {
    expect(sizes([2, 1], 2)).toEqual([
      [1, 1, 1],
      [1, 2, 1],
      [2, 1, 1],
    ]);
  });

  it('packs what is more into rows of about the same size', () => {
    expect(sizes([5, 2], 2)).toEqual([
      [1, 1, 3],
      [1, 2, 2],
      [2, 1, 1],
      [2, 2, 1],
    ]);
  });

  it('of one is a single row for everything, bases first', () => {
    const plan = plannedSet([3, 2, 1]);
    const [row, ...more] = rowsOf(plan, 1);
    expect(more).toEqual([]);
    expect(row?.images).toEqual(plan.levels.flat());
  });

  it('of one is no row where nothing is to be built', () => {
    expect(rowsOf(plannedSet([]), 1)).toEqual([]);
  });

  it('never makes more rows than there are outputs for', () => {
    expect(rowsOf(plannedSet([200]), 1000)).toHaveLength(64);
  });
});
