import type { Cache } from '../ports/cache.ts';

/** At a desk the folders stay where they are. */
export const noCache: Cache = {
  restore: async () => undefined,
  save: async () => false,
};
