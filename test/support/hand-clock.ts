import type { Clock } from '../../src/ports/clock.ts';

/** A clock that a test moves on by hand; a sleep ends when its time has come, or when its sleeper is told to stop. */
export interface HandClock extends Clock {
  pass(ms: number): void;
  /** How many sleep now. */
  readonly sleepers: number;
}

export function handClock(date: Date = new Date('2026-01-02T03:04:05Z')): HandClock {
  let now = date.getTime();
  const sleeping = new Set<{ readonly untilMs: number; readonly wake: () => void }>();
  return {
    now: () => new Date(now),
    sleep(ms, stop) {
      return new Promise((resolve) => {
        const sleeper = {
          untilMs: now + ms,
          wake: () => {
            sleeping.delete(sleeper);
            resolve();
          },
        };
        sleeping.add(sleeper);
        stop?.addEventListener('abort', sleeper.wake);
        if (stop?.aborted === true) sleeper.wake();
      });
    },
    pass(ms) {
      now += ms;
      for (const sleeper of [...sleeping]) if (sleeper.untilMs <= now) sleeper.wake();
    },
    get sleepers() {
      return sleeping.size;
    },
  };
}
