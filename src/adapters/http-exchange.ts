import type { Signals } from '../ports/signals.ts';
import { onCancel } from './cancellation.ts';
import { IdleError } from './http-error.ts';

/** One attempt of one request, from its first byte to the last of its answer. */
export interface Exchange {
  /** Ends the connection when it is aborted. */
  readonly signal: AbortSignal;
  readonly finished: boolean;
  abort(reason: unknown): void;
  /** Waits for the network, and aborts when nothing moves for too long. */
  wait<T>(promise: Promise<T>): Promise<T>;
  /** So many bytes moved. */
  touch(bytes: number): void;
  /** Everything that was to come has come, or never will. */
  finish(): void;
}

/** Fewer bytes than these within the idle time count as none. */
const leastBytes = 1024;

/** Watches over an attempt: a request to stop and a silence both end it, with their reason. */
export function createExchange(signals: Signals, idleMs: number, onFinish: () => void): Exchange {
  const controller = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  let waiting = 0;
  let leftMs = idleMs;
  let moved = 0;
  let startedMs = 0;
  let finished = false;

  const abort = (reason: unknown): void => controller.abort(reason);
  const forget = onCancel(signals, () => abort(signals.cancelled.reason));
  const start = (): void => {
    clearTimeout(timer);
    startedMs = performance.now();
    if (!finished) timer = setTimeout(() => abort(new IdleError(idleMs)), leftMs);
  };

  return {
    signal: controller.signal,
    get finished() {
      return finished;
    },
    abort,
    async wait(promise) {
      waiting += 1;
      start();
      try {
        return await promise;
      } catch (error) {
        // Node says ECONNRESET or AbortError of a connection that we ended: the reason says why.
        throw controller.signal.aborted ? controller.signal.reason : error;
      } finally {
        waiting -= 1;
        leftMs = Math.max(1, leftMs - (performance.now() - startedMs));
        // While the reader is busy with what has come, a silence is not the server's.
        if (waiting === 0) clearTimeout(timer);
        else start();
      }
    },
    touch(bytes) {
      moved += bytes;
      // A byte now and then is as good as silence.
      if (moved < leastBytes) return;
      moved = 0;
      leftMs = idleMs;
      if (waiting > 0) start();
    },
    finish() {
      if (finished) return;
      finished = true;
      clearTimeout(timer);
      forget();
      onFinish();
    },
  };
}
