const firstMs = 200;
const longestMs = 8_000;
const longestAskedMs = 60_000;

/** How long to wait before the attempt after number `attempt`: what the server asks for, or doubling with jitter. */
export function retryDelayMs(attempt: number, retryAfter: string | undefined, now: Date): number {
  const asked = retryAfter === undefined ? undefined : askedMs(retryAfter.trim(), now);
  if (asked !== undefined) return Math.min(Math.max(asked, 0), longestAskedMs);
  const full = Math.min(firstMs * 2 ** (attempt - 1), longestMs);
  // Half of it is chance, so that many clients that failed together do not come back together.
  return full / 2 + (Math.random() * full) / 2;
}

/** Retry-After is a number of seconds or a date (RFC 9110, 10.2.3). */
function askedMs(retryAfter: string, now: Date): number | undefined {
  if (/^\d+$/.test(retryAfter)) return Number(retryAfter) * 1000;
  const date = Date.parse(retryAfter);
  return Number.isNaN(date) ? undefined : date - now.getTime();
}
