import { describe, expect, it } from '@jest/globals';
import { uncoveredMs } from '../../../script/commands/bench/own-time.ts';

const stretch = (startMs: number, endMs: number) => ({ startMs, endMs });

describe('the time of a step that is its own', () => {
  it.each([
    ['all of it, where nothing else happened', [], 10],
    ['what lies between others', [stretch(101, 103), stretch(105, 109)], 4],
    ['counted once where others overlap', [stretch(105, 109), stretch(101, 106), stretch(102, 103)], 2],
    ['not touched by what was before and after', [stretch(90, 101), stretch(109, 120), stretch(50, 60)], 8],
    ['nothing, where one other covers it', [stretch(0, 500)], 0],
  ])('is %s', (_, others, expected) => {
    expect(uncoveredMs(stretch(100, 110), others)).toBe(expected);
  });
});
