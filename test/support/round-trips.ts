import type { Http, HttpRequest, HttpResponse } from '../../src/ports/http.ts';

/** What a run asked over a line where every request takes equally long. */
export interface RoundTrips {
  readonly http: Http;
  readonly requests: number;
  /** How often it had to wait for the way there and back. */
  readonly rounds: number;
}

/**
 * Serves requests in rounds, as a line with a long way would: those that wait when a round begins go together, as many as the real
 * adapter lets go at once, and what is asked because of their answers goes with a later one. So the time that a run takes over such a
 * line is counted without a clock.
 */
export function countRoundTrips(http: Http, atOnce = 16): RoundTrips {
  const waiting: (() => Promise<() => void>)[] = [];
  let requests = 0;
  let rounds = 0;
  let isServing = false;

  const serve = async (): Promise<void> => {
    isServing = true;
    for (;;) {
      // All that can go on without a request has gone on when this turn of the loop is over.
      await new Promise((done) => setImmediate(done));
      const together = waiting.splice(0, atOnce);
      if (together.length === 0) break;
      rounds += 1;
      for (const answer of await Promise.all(together.map((send) => send()))) answer();
    }
    isServing = false;
  };

  return {
    get requests() {
      return requests;
    },
    get rounds() {
      return rounds;
    },
    http: {
      send: (request: HttpRequest) =>
        new Promise<HttpResponse>((resolve, reject) => {
          requests += 1;
          waiting.push(() =>
            http.send(request).then(
              (response) => () => resolve(response),
              (error: unknown) => () => reject(error),
            ),
          );
          if (!isServing) void serve();
        }),
    },
  };
}
