/** A number from 0 to 1 that depends on its arguments and on nothing else, so concurrency cannot move it. */
export function chanceOf(seed: number, key: string, count: number): number {
  return mulberry32(hashOf(`${seed} ${count} ${key}`));
}

/** FNV-1a, 32 bits. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let place = 0; place < text.length; place += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(place), 0x01000193);
  }
  return hash >>> 0;
}

/** The first number of Tommy Ettinger's generator, begun at `state`. */
function mulberry32(state: number): number {
  const next = (state + 0x6d2b79f5) | 0;
  const mixed = Math.imul(next ^ (next >>> 15), next | 1);
  const again = mixed ^ (mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61));
  return ((again ^ (again >>> 14)) >>> 0) / 2 ** 32;
}
