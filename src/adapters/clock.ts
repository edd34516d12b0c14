import { setTimeout } from 'node:timers/promises';
import type { Clock } from '../ports/clock.ts';
import type { Signals } from '../ports/signals.ts';

/** The system's time; with signals, a sleep ends with their reason when we are asked to stop. */
export function createClock(signals?: Signals): Clock {
  return {
    now: () => new Date(),
    async sleep(ms) {
      const signal = signals?.cancelled;
      try {
        await setTimeout(ms, undefined, signal === undefined ? {} : { signal });
      } catch (error) {
        throw signal?.aborted ? signal.reason : error;
      }
    },
  };
}
