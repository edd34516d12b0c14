import { roughDuration } from '../domain/time-left.ts';
import type { TaskState } from '../ports/log.ts';

/** A task whose line lives: what it does, what of it is done, and for how long it has been at work. */
export interface LivingTask {
  readonly state: TaskState;
  readonly milestones: readonly string[];
  /** When its work began; absent while it waits. */
  readonly startedAt: number | undefined;
  readonly expectedMs: number | undefined;
}

/** The task after another word of it. */
export function nextTask(before: LivingTask | undefined, state: TaskState, now: number): LivingTask {
  const { milestone } = state;
  return {
    state,
    milestones: [...(before?.milestones ?? []), ...(milestone === undefined ? [] : [milestone])],
    startedAt: before?.startedAt ?? (state.kind === 'working' ? now : undefined),
    expectedMs: state.expectedMs ?? before?.expectedMs,
  };
}

/** What its line says: `built: 4 of 6 steps cached, test it greets (12 s, about 8 s left)`. */
export function livingState({ state, milestones, startedAt, expectedMs }: LivingTask, now: number): TaskState {
  const words = state.milestone === undefined ? [...milestones, state.text] : milestones;
  if (startedAt === undefined) return { kind: state.kind, text: words.join(', ') };
  const spentMs = now - startedAt;
  const leftMs = (expectedMs ?? 0) - spentMs;
  const left = leftMs >= 1_000 ? `, about ${roughDuration(leftMs)} left` : '';
  // What has only begun has no time worth a word.
  const time = spentMs < 1_000 && left === '' ? '' : ` (${roughDuration(spentMs)}${left})`;
  return { kind: state.kind, text: `${words.join(', ')}${time}` };
}
