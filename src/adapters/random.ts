import { randomBytes } from 'node:crypto';
import type { Random } from '../ports/random.ts';

/** Random digits from the system's generator. */
export function createRandom(): Random {
  return {
    hex: (digits) =>
      randomBytes(Math.ceil(digits / 2))
        .toString('hex')
        .slice(0, digits),
  };
}
