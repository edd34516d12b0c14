import type { HttpRetry } from '../../ports/http.ts';

/** Statuses after which a later attempt may go well. */
export const passingStatuses: readonly number[] = [408, 425, 429, 499, 502, 503, 504, 522];

/** A 500 may be a hiccup, or a disk that is full for good. */
export const mostServerErrors = 3;

/** By this word a registry asks for patience, whatever the status is that it says it with. */
export const busyWord = 'TOOMANYREQUESTS';

/**
 * Most requests here may be sent again: what is written is named by its digest or is a tag's whole new value,
 * and an upload session that was opened twice is one that nobody uses. Pieces of an upload are the exception.
 */
export const retry: HttpRetry = {
  attempts: 6,
  statuses: passingStatuses,
  doubtful: { 500: mostServerErrors },
  words: [busyWord],
  budgetMs: 5 * 60_000,
};

/** A request that is sent once. */
export const once: HttpRetry = { attempts: 1, statuses: [] };
