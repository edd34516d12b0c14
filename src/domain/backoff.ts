const firstMs = 500;
const longestMs = 20_000;

/** How long to wait after attempt number `attempt`; `chance` (0 to 1) spreads clients that failed together over the whole time. */
export function backoffMs(attempt: number, chance: number): number {
  return Math.round(Math.min(firstMs * 2 ** (attempt - 1), longestMs) * chance);
}

/** What Retry-After asks for (RFC 9110, 10.2.3): seconds, or a date, which is measured by the server's own clock. */
export function retryAfterMs(headers: Readonly<Record<string, string>>, now: Date): number | undefined {
  const text = headers['retry-after']?.slice(0, 100).trim() ?? '';
  if (/^\d{1,9}$/.test(text)) return Number(text) * 1000;
  const until = httpDateMs(text);
  if (until === undefined) return undefined;
  return Math.max(0, until - (httpDateMs(headers.date) ?? now.getTime()));
}

/** Reads a date as HTTP writes it. Days have names in all of its forms; without that `Date.parse` would read almost anything. */
export function httpDateMs(text: string | undefined): number | undefined {
  if (
    text === undefined ||
    text.length > 100 ||
    !/^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)[A-Za-z]*,? [A-Za-z0-9 :-]{10,40}$/.test(text.trim())
  ) {
    return undefined;
  }
  const ms = Date.parse(text);
  return Number.isNaN(ms) ? undefined : ms;
}
