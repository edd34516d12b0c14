import type { Signals } from '../ports/signals.ts';

/** Does something once when we are asked to stop, at once if we were already; the answer takes it back. */
export function onCancel(signals: Signals, act: () => void): () => void {
  const { cancelled } = signals;
  if (cancelled.aborted) {
    act();
    return () => {};
  }
  cancelled.addEventListener('abort', act, { once: true });
  return () => cancelled.removeEventListener('abort', act);
}

/** Waits for a promise, but no longer than until we are asked to stop. */
export async function unlessCancelled<T>(signals: Signals, promise: Promise<T>): Promise<T> {
  const { promise: stopped, reject } = deferred();
  const forget = onCancel(signals, () => reject(signals.cancelled.reason));
  try {
    return await Promise.race([promise, stopped]);
  } finally {
    forget();
  }
}

function deferred(): { promise: Promise<never>; reject: (reason: unknown) => void } {
  let reject: (reason: unknown) => void = () => {};
  const promise = new Promise<never>((_, refuse) => {
    reject = refuse;
  });
  return { promise, reject };
}
