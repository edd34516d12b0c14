import { setTimeout } from 'node:timers/promises';
import type { Clock } from '../ports/clock.ts';
import type { Signals } from '../ports/signals.ts';

/** The system's time; with signals, a sleep ends with their reason when we are asked to stop. */
export function createClock(signals?: Signals): Clock {
  return {
    ...(signals === undefined ? {} : { settling: createClock() }),
    now: () => new Date(),
    async sleep(ms, stop) {
      const cancelled = signals?.cancelled;
      const [one, ...others] = [cancelled, stop].filter((signal) => signal !== undefined);
      const signal = one === undefined || others.length === 0 ? one : AbortSignal.any([one, ...others]);
      try {
        await setTimeout(ms, undefined, signal === undefined ? {} : { signal });
      } catch (error) {
        if (cancelled?.aborted) throw cancelled.reason;
        if (!stop?.aborted) throw error;
      }
    },
  };
}
