import { ConfigError } from './errors.ts';

/** What an image needs: the keys of the images that it is built on. */
export type Needs = ReadonlyMap<string, readonly string[]>;

/** Groups keys so that each stands after all that it needs; within a level in the given order. A cycle is an error. */
export function levelsOf(needs: Needs): readonly (readonly string[])[] {
  const levels: string[][] = [];
  const placed = new Set<string>();
  while (placed.size < needs.size) {
    const level = [...needs]
      .filter(([key, bases]) => !placed.has(key) && bases.every((base) => placed.has(base) || !needs.has(base)))
      .map(([key]) => key);
    if (level.length === 0) throw cycle(needs, placed);
    for (const key of level) placed.add(key);
    levels.push(level);
  }
  return levels;
}

/** The given keys with everything that is built on them, however indirectly. */
export function withDependents(needs: Needs, keys: Iterable<string>): ReadonlySet<string> {
  const dependents = new Map<string, string[]>();
  for (const [key, bases] of needs) {
    for (const base of bases) dependents.set(base, [...(dependents.get(base) ?? []), key]);
  }
  return reach(keys, (key) => dependents.get(key) ?? []);
}

/** The given keys with everything that they are built on, however indirectly. */
export function withBases(needs: Needs, keys: Iterable<string>): ReadonlySet<string> {
  return reach(keys, (key) => needs.get(key) ?? []);
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
