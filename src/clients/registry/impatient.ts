import { RemoteError } from '../../domain/errors.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Http } from '../../ports/http.ts';

/** HTTP that gives up for good: from its first request on there is so much time for all of them, attempts and waits included. */
export function impatientHttp(http: Http, clock: Clock, budgetMs: number): Http {
  let endMs: number | undefined;
  return {
    async send(request) {
      const nowMs = clock.now().getTime();
      endMs ??= nowMs + budgetMs;
      const leftMs = endMs - nowMs;
      if (leftMs <= 0) throw tooLate(request.url, budgetMs);
      return http.send({
        ...request,
        idleTimeoutMs: Math.min(leftMs, request.idleTimeoutMs ?? leftMs),
        ...(request.retry === undefined ? {} : { retry: { ...request.retry, budgetMs: leftMs } }),
      });
    },
  };
}

function tooLate(url: string, budgetMs: number): RemoteError {
  const { host } = new URL(url);
  return new RemoteError({
    code: 'remote-unreachable',
    what: `${host} was not asked any more: ${budgetMs / 1000} s were over`,
    where: host,
    state: 'nothing was read',
    next: 'check its name, the network and the proxy settings',
  });
}
