import type { Place } from '../domain/errors.ts';

/** What one image, or another task with a name, is doing right now. */
export interface TaskState {
  readonly kind: 'waiting' | 'working' | 'done' | 'failed' | 'skipped';
  readonly text: string;
  /** A part of the work that is done with this, in a word or two; where lines live, it stays before what comes next. */
  readonly milestone?: string;
  /** How long all of it took the last time. */
  readonly expectedMs?: number | undefined;
}

/** Tells people what happens. Our own words only: what others print goes through `relay`. */
export interface Log {
  debug(text: string): void;
  info(text: string): void;
  notice(text: string, place?: Place): void;
  warning(text: string, place?: Place): void;
  error(text: string, place?: Place): void;
  /** Everything said until `body` is done folds under one title, where that can be shown. */
  group<T>(title: string, body: () => Promise<T>): Promise<T>;
  /** Lines that a build or a container printed; nothing in them can act on a terminal or a runner. */
  relay(lines: readonly string[], title: string): void;
  /** Shows the state of a task: one living line on a terminal, a plain line for every change elsewhere. */
  task(key: string, state: TaskState): void;
}
