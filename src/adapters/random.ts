import type { Random } from '../ports/random.ts';

/** Random digits from the system's generator. */
export function createRandom(): Random {
  return { hex: randomHex };
}

/** So many hexadecimal digits. The global is loaded with its first use; `node:crypto` would cost every start. */
export function randomHex(digits: number): string {
  const bytes = crypto.getRandomValues(new Uint8Array(Math.ceil(digits / 2)));
  return Buffer.from(bytes).toString('hex').slice(0, digits);
}
