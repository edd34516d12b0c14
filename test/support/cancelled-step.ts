import { setTimeout as sleep } from 'node:timers/promises';
import type { RunningStep } from './action-step.ts';

/** The signals of a runner that cancels a job, and how long it waits after each. */
const stages = [
  ['SIGINT', 7_500],
  ['SIGTERM', 2_500],
  ['SIGKILL', 10_000],
] as const;
/** Who ends at the first signal is waited for, however busy the machine is. */
const patienceMs = 90_000;

/** Stops a step as the runner does, and tells what it took; one that does not end at the first signal may be stopped in haste. */
export async function cancelled(
  step: RunningStep,
  haste: 'patiently' | 'as the runner does' = 'patiently',
): Promise<readonly NodeJS.Signals[]> {
  const sent: NodeJS.Signals[] = [];
  let isOver = false;
  const over = step.ended
    .catch(() => undefined)
    .then(() => {
      isOver = true;
    });
  for (const [signal, waitMs] of stages) {
    if (isOver) break;
    step.signal(signal);
    sent.push(signal);
    const timer = new AbortController();
    const patient = haste === 'patiently' || signal === 'SIGKILL' ? patienceMs : waitMs;
    await Promise.race([over, sleep(patient, undefined, { signal: timer.signal }).catch(() => undefined)]);
    timer.abort();
  }
  return sent;
}
