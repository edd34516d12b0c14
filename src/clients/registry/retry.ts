import type { HttpRetry } from '../../ports/http.ts';

/**
 * Every request here may be sent again: what is written is named by its digest or is a tag's whole new value,
 * and an upload session that was opened twice is one that nobody uses.
 */
export const retry: HttpRetry = { attempts: 4, statuses: [408, 429, 500, 502, 503, 504, 522] };
