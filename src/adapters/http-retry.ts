import { backoffMs, retryAfterMs } from '../domain/backoff.ts';
import type { HttpRetry } from '../ports/http.ts';

/** A server that asks for more patience than this is left alone, and its answer says until when. */
const longestAskedMs = 120_000;

/** How an attempt ended that was not a success. */
export interface FailedAttempt {
  /** Which one it was, from 1. */
  readonly attempt: number;
  /** Without an answer there is no status. */
  readonly answer?: {
    readonly status: number;
    readonly headers: Readonly<Record<string, string>>;
    readonly text: string;
  };
  readonly elapsedMs: number;
  readonly now: Date;
}

/** Tells whether an answer, or the lack of one, may be followed by a better one. */
export function isPassing({ answer }: FailedAttempt, retry: HttpRetry): boolean {
  if (answer === undefined) return true;
  if (retry.statuses.includes(answer.status)) return true;
  if (retry.doubtful?.[answer.status] !== undefined) return true;
  return answer.status >= 300 && (retry.words ?? []).some((word) => answer.text.includes(word));
}

/** How long to wait before the next attempt; `undefined` when there is none. `chance` is between 0 and 1. */
export function nextDelayMs(failed: FailedAttempt, retry: HttpRetry, chance: number): number | undefined {
  const { answer, attempt, elapsedMs, now } = failed;
  if (!isPassing(failed, retry)) return undefined;
  const most = answer === undefined ? undefined : retry.doubtful?.[answer.status];
  if (attempt >= Math.min(retry.attempts, most ?? retry.attempts)) return undefined;
  const askedMs = answer === undefined ? undefined : retryAfterMs(answer.headers, now);
  if (askedMs !== undefined && askedMs > longestAskedMs) return undefined;
  // Nobody comes earlier than asked, and not all who were asked come at once.
  const delayMs = askedMs === undefined ? backoffMs(attempt, chance) : askedMs;
  return elapsedMs + delayMs > (retry.budgetMs ?? Infinity) ? undefined : delayMs;
}
