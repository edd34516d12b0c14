import { backoffMs } from '../../domain/backoff.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Random } from '../../ports/random.ts';

/** How a client waits. */
export interface Pace {
  readonly clock: Clock;
  /** A number between 0 and 1. */
  chance(): number;
}

/** Waits by this clock and this chance. */
export function createPace(ports: { readonly clock: Clock; readonly random: Random }): Pace {
  return { clock: ports.clock, chance: () => Number.parseInt(ports.random.hex(4), 16) / 0xffff };
}

/** Waits before another attempt, as long as a server asked for or as long as is usual. */
export async function pause(pace: Pace, attempt: number, askedMs?: number): Promise<number> {
  const ms = askedMs ?? backoffMs(attempt, pace.chance());
  await pace.clock.sleep(ms);
  return ms;
}
