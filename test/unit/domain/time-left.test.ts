import { describe, expect, it } from '@jest/globals';
import { roughDuration, timeLeftMs } from '../../../src/domain/time-left.ts';

const image = (key: string, tookMs: number | undefined, ...needs: string[]) => ({ key, needs, tookMs });

describe('the time that images will take', () => {
  it.each([
    ['nothing', [], 4, 0],
    ['images that wait for nobody, side by side', [image('a', 30), image('b', 20)], 2, 30],
    ['more of them than go at once', [image('a', 30), image('b', 20), image('c', 20)], 2, 40],
    ['one after the other', [image('a', 30), image('b', 20, 'a'), image('c', 5, 'b')], 4, 55],
    ['a base and two on it', [image('a', 30), image('b', 20, 'a'), image('c', 10, 'a')], 1, 60],
    ['a base that is not built now', [image('b', 20, 'a')], 4, 20],
    ['one that was never made', [image('a', 30), image('b', undefined)], 4, undefined],
  ])('is known of %s', (_, images, atOnce, expected) => {
    expect(timeLeftMs(images, atOnce)).toBe(expected);
  });

  it.each([
    [400, '0 s'],
    [61_000, '61 s'],
    [119_600, '2 min'],
    [600_000, '10 min'],
  ])('is said of %d ms as %s', (ms, text) => {
    expect(roughDuration(ms)).toBe(text);
  });
});
