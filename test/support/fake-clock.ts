import type { Clock } from '../../src/ports/clock.ts';

/** A clock that stands still; sleeping moves it on at once. */
export function fakeClock(
  date: Date = new Date('2026-01-02T03:04:05Z'),
): Clock & { readonly slept: readonly number[] } {
  let now = date.getTime();
  const slept: number[] = [];
  return {
    slept,
    now: () => new Date(now),
    async sleep(ms) {
      slept.push(ms);
      now += ms;
    },
  };
}
