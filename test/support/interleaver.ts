import type { Http, HttpRequest, HttpResponse } from '../../src/ports/http.ts';

/** Lets one request of one of several runs through at a time; which one, a seed decides. */
export interface Interleaver {
  /** The HTTP of one run: each of its requests waits for its turn. */
  door(http: Http): Http;
  /** Lets requests through until all runs have ended. */
  run(runs: readonly Promise<unknown>[]): Promise<void>;
}

/** The same seed gives the same order, as long as nothing but requests is waited for. */
export function createInterleaver(seed: number): Interleaver {
  const waiting: (() => Promise<void>)[] = [];
  const next = numbers(seed);
  return {
    door: (http) => ({
      send: (request: HttpRequest) =>
        new Promise<HttpResponse>((resolve, reject) => {
          waiting.push(() => http.send(request).then(resolve, reject));
        }),
    }),
    async run(runs) {
      let open = runs.length;
      for (const one of runs) {
        const over = (): void => {
          open -= 1;
        };
        one.then(over, over);
      }
      while (open > 0) {
        // All that can go on without a request has gone on when this turn of the loop is over.
        await new Promise((done) => setImmediate(done));
        if (waiting.length === 0) continue;
        const [chosen] = waiting.splice(next() % waiting.length, 1);
        await chosen?.();
      }
    },
  };
}

/** xorshift: small, and the same everywhere. */
function numbers(seed: number): () => number {
  let state = (seed * 2_654_435_761 + 1) >>> 0;
  return () => {
    state ^= state << 13;
    state >>>= 0;
    state ^= state >>> 17;
    state ^= state << 5;
    state >>>= 0;
    return state;
  };
}
