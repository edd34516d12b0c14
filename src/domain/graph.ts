import { ConfigError } from './errors.ts';

/** What an image needs: the keys of the images that it is built on. */
export type Needs = ReadonlyMap<string, readonly string[]>;

/** Groups keys so that each stands after all that it needs; within a level in the given order. A cycle is an error. */
export function levelsOf(needs: Needs): readonly (readonly string[])[] {
  const places = new Map<string, number>();
  // Of each key, how many that it needs have no level yet: a long chain would be looked through once a level.
  const open = new Map<string, number>();
  let level: string[] = [];
  for (const [key, bases] of needs) {
    let count = 0;
    for (const base of bases) if (needs.has(base)) count += 1;
    places.set(key, places.size);
    open.set(key, count);
    if (count === 0) level.push(key);
  }
  const placeOf = (key: string): number => places.get(key) ?? 0;
  const dependents = dependentsIn(needs);
  const levels: string[][] = [];
  while (level.length > 0) {
    levels.push(level);
    const next: string[] = [];
    for (const key of level) {
      for (const dependent of dependents.get(key) ?? []) {
        const left = (open.get(dependent) ?? 0) - 1;
        open.set(dependent, left);
        if (left === 0) next.push(dependent);
      }
    }
    level = next.sort((a, b) => placeOf(a) - placeOf(b));
  }
  const placed = new Set(levels.flat());
  if (placed.size < needs.size) throw cycle(needs, placed);
  return levels;
}

/** The given keys with everything that is built on them, however indirectly. */
export function withDependents(needs: Needs, keys: Iterable<string>): ReadonlySet<string> {
  const dependents = dependentsIn(needs);
  return reach(keys, (key) => dependents.get(key) ?? []);
}

/** The given keys with everything that they are built on, however indirectly. */
export function withBases(needs: Needs, keys: Iterable<string>): ReadonlySet<string> {
  return reach(keys, (key) => needs.get(key) ?? []);
}

/** What is built directly on each key. */
function dependentsIn(needs: Needs): ReadonlyMap<string, readonly string[]> {
  const dependents = new Map<string, string[]>();
  for (const [key, bases] of needs) {
    for (const base of bases) {
      const known = dependents.get(base);
      // Thousands may be built on one base: a new list for each of them would be as long as all before it.
      if (known === undefined) dependents.set(base, [key]);
      else known.push(key);
    }
  }
  return dependents;
}

function reach(keys: Iterable<string>, next: (key: string) => readonly string[]): ReadonlySet<string> {
  const seen = new Set<string>(keys);
  const queue = [...seen];
  for (let key = queue.pop(); key !== undefined; key = queue.pop()) {
    for (const other of next(key)) {
      if (!seen.has(other)) {
        seen.add(other);
        queue.push(other);
      }
    }
  }
  return seen;
}

function cycle(needs: Needs, placed: ReadonlySet<string>): ConfigError {
  const path: string[] = [];
  let key = [...needs.keys()].find((candidate) => !placed.has(candidate));
  while (key !== undefined && !path.includes(key)) {
    path.push(key);
    key = needs.get(key)?.find((base) => needs.has(base) && !placed.has(base));
  }
  const loop = key === undefined ? path : [...path.slice(path.indexOf(key)), key];
  return new ConfigError({
    code: 'images-in-a-circle',
    what: `images are built on each other in a circle: ${loop.join(' → ')}`,
    where: 'the FROM lines of these images',
    state: 'nothing was built',
    next: 'let one of them be built on something outside of the circle',
  });
}
