import { describe, expect, it } from '@jest/globals';
import { backoffMs, retryAfterMs } from '../../../src/domain/backoff.ts';

const now = new Date('2026-01-02T03:04:05Z');

describe('the wait before another attempt', () => {
  it('doubles from half a second to twenty seconds', () => {
    expect([1, 2, 3, 4, 5, 6, 7, 50].map((attempt) => backoffMs(attempt, 1))).toEqual([
      500, 1000, 2000, 4000, 8000, 16_000, 20_000, 20_000,
    ]);
  });

  it('lies anywhere between nothing and that', () => {
    expect(backoffMs(3, 0)).toBe(0);
    expect(backoffMs(3, 0.25)).toBe(500);
  });
});

describe('Retry-After', () => {
  it.each([
    ['7', 7_000],
    [' 0 ', 0],
    ['Fri, 02 Jan 2026 03:04:15 GMT', 10_000],
    ['Friday, 02-Jan-26 03:04:15 GMT', 10_000],
    ['Thu, 01 Jan 2026 00:00:00 GMT', 0],
  ])('may be %s', (text, ms) => {
    expect(retryAfterMs({ 'retry-after': text }, now)).toBe(ms);
  });

  it.each(['', '-1', '1.5', '1e9', 'soon', 'March 7', '2026-01-02', '12345678901234567890', 'Fri, '])(
    'says nothing by %j',
    (text) => {
      expect(retryAfterMs({ 'retry-after': text }, now)).toBeUndefined();
    },
  );

  it('is measured by the clock of the server, which may be wrong together with its date', () => {
    const headers = { 'retry-after': 'Fri, 02 Jan 2032 03:04:15 GMT', date: 'Fri, 02 Jan 2032 03:04:05 GMT' };
    expect(retryAfterMs(headers, now)).toBe(10_000);
  });

  it('is nothing where there is none', () => {
    expect(retryAfterMs({}, now)).toBeUndefined();
  });
});
