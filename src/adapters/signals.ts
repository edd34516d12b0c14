import { setMaxListeners } from 'node:events';
import { CancelledError } from '../domain/errors.ts';
import type { Signals } from '../ports/signals.ts';

const watched = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Turns the signals of the system into one that can be waited for; a second SIGINT ends the process at once. */
export function createSignals(): Signals & Disposable {
  const controller = new AbortController();
  // Every running request and program listens; ten of them are no leak.
  setMaxListeners(0, controller.signal);

  const stop = (signal: NodeJS.Signals): void => {
    if (!controller.signal.aborted) controller.abort(cancelledBy(signal));
    else if (signal === 'SIGINT') process.exit(130);
  };
  for (const signal of watched) process.on(signal, stop);
  return {
    cancelled: controller.signal,
    [Symbol.dispose]() {
      for (const signal of watched) process.removeListener(signal, stop);
    },
  };
}

function cancelledBy(signal: string): CancelledError {
  return new CancelledError({
    code: 'cancelled',
    what: `someone asked us to stop (${signal})`,
    state: 'what was running was stopped',
    next: 'run the same command again',
  });
}
