/** Lets a few run at a time per key; the others wait in order. */
export interface RequestQueue {
  /** Waits for a place; the answer gives it back, once. */
  enter(key: string): Promise<() => void>;
}

interface Lane {
  running: number;
  readonly waiting: (() => void)[];
}

/** A queue of at most `limit` at once per key. */
export function createRequestQueue(limit: number): RequestQueue {
  const lanes = new Map<string, Lane>();

  const leave = (key: string, lane: Lane): void => {
    const next = lane.waiting.shift();
    // The place goes straight to the next one, so `running` stays as it is.
    if (next === undefined) lane.running -= 1;
    else next();
    if (lane.running === 0) lanes.delete(key);
  };

  return {
    async enter(key) {
      const lane = lanes.get(key) ?? { running: 0, waiting: [] };
      lanes.set(key, lane);
      if (lane.running < limit) lane.running += 1;
      else await new Promise<void>((resolve) => lane.waiting.push(resolve));
      let left = false;
      return () => {
        if (left) return;
        left = true;
        leave(key, lane);
      };
    },
  };
}
