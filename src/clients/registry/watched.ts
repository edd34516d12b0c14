import { httpDateMs } from '../../domain/backoff.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Http } from '../../ports/http.ts';

/** HTTP whose requests hear no request to stop, for what must not stay half done. */
export function settlingHttp(http: Http): Http {
  return { send: (request) => http.send({ ...request, settles: true }) };
}

/** HTTP that notes by each answer how far the clock of a server is from ours. */
export interface WatchedHttp extends Http {
  /** The least that was seen: an answer may have been kept on its way, and none comes from the future. */
  skewMs(): number | undefined;
}

/** Watches the clocks of those who answer. */
export function watchedHttp(http: Http, clock: Pick<Clock, 'now'>): WatchedHttp {
  let least: number | undefined;
  return {
    async send(request) {
      const response = await http.send(request);
      const theirs = httpDateMs(response.headers.date);
      if (theirs !== undefined) {
        const skewMs = Math.abs(clock.now().getTime() - theirs);
        least = Math.min(least ?? skewMs, skewMs);
      }
      return response;
    },
    skewMs: () => least,
  };
}
