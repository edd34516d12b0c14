/** Lets a few run at a time per key; the others wait in order. */
export interface RequestQueue {
  /** Waits for a place. */
  enter(key: string): Promise<Place>;
}

/** A place in the queue. */
export interface Place {
  /** Gives the place back; a second time does nothing. */
  leave(): void;
  /** Halves the number of places. Of all who were there at the same time only the first is heard. */
  slowDown(): void;
}

interface Lane {
  limit: number;
  running: number;
  /** Counts how often the limit was halved. */
  era: number;
  /** Places that were given back since the limit changed. */
  calm: number;
  readonly waiting: (() => void)[];
}

/** After so many requests without a complaint there is one place more. */
const calmPerPlace = 32;

/** A queue of at most `limit` at once per key. */
export function createRequestQueue(limit: number): RequestQueue {
  const lanes = new Map<string, Lane>();

  const admit = (lane: Lane): void => {
    while (lane.running < lane.limit) {
      const next = lane.waiting.shift();
      if (next === undefined) return;
      lane.running += 1;
      next();
    }
  };

  /** A host that was overrun once need not be spared for ever. */
  const recover = (lane: Lane): void => {
    if (lane.limit >= limit) return;
    lane.calm += 1;
    if (lane.calm < calmPerPlace) return;
    lane.calm = 0;
    lane.limit += 1;
  };

  return {
    async enter(key) {
      const lane = lanes.get(key) ?? { limit, running: 0, era: 0, calm: 0, waiting: [] };
      lanes.set(key, lane);
      await new Promise<void>((resolve) => {
        lane.waiting.push(resolve);
        admit(lane);
      });
      const { era } = lane;
      let left = false;
      return {
        leave() {
          if (left) return;
          left = true;
          lane.running -= 1;
          recover(lane);
          admit(lane);
        },
        slowDown() {
          if (era !== lane.era) return;
          lane.era += 1;
          lane.calm = 0;
          lane.limit = Math.max(1, Math.floor(lane.limit / 2));
        },
      };
    },
  };
}
