import { ConfigError } from './errors.ts';
import { withBases, withDependents } from './graph.ts';
import type { Plan, PlannedImage, Row } from './plan.ts';
import { maxKeyLength } from './schemas.ts';

/** How many results a job with a matrix can hand on: each row has an output of its own. */
export const slotCount = 64;

/** How many levels the reusable workflow has jobs for. */
export const levelCount = 8;

/** Spreads the images of a plan over jobs. An image alone is a row of its own name; what does not fit is packed. */
export function rowsOf(plan: Pick<Plan, 'levels' | 'images' | 'rights'>, maxJobs = slotCount): readonly Row[] {
  const keys = plan.levels.flat();
  // One runner does one job after the other: in a single one, nothing is handed on at all.
  if (maxJobs === 1) return rowsOfLevel(keys.length === 0 ? [] : [keys], 1, 1);
  // Who may not upload cannot hand a base on to another job, so a base and what is built on it share one.
  const levels = plan.rights.stage
    ? plan.levels.map((level) => level.map((key) => [key]))
    : [components(keys, plan.images)];
  if (levels.length > levelCount) throw tooDeep(levels.length);
  return levels.flatMap((groups, index) => rowsOfLevel(groups, index + 1, Math.min(maxJobs, slotCount)));
}

function rowsOfLevel(groups: readonly (readonly string[])[], level: number, most: number): readonly Row[] {
  if (groups.length <= most) {
    return groups.map((keys, index) => ({
      id: rowId(keys, level, index + 1),
      level,
      slot: index + 1,
      images: [...keys],
    }));
  }
  const rows = Array.from({ length: most }, (_, index): Row => {
    return { id: `batch--${level}-${index + 1}`, level, slot: index + 1, images: [] };
  });
  for (const [index, keys] of groups.entries()) rows[index % most]?.images.push(...keys);
  return rows;
}

/** A key never has two hyphens before a level and a number, so that no packed row is taken for an image. */
function rowId(keys: readonly string[], level: number, slot: number): string {
  const [only] = keys;
  const isPlain = only !== undefined && keys.length === 1 && !/^(batch|group)--\d+-\d+$/.test(only);
  return isPlain && only.length <= maxKeyLength ? only : `group--${level}-${slot}`;
}

/** Images that are built on each other, together and in their order. */
function components(keys: readonly string[], images: readonly PlannedImage[]): readonly (readonly string[])[] {
  const needs = new Map(images.map((image) => [image.key, image.needs]));
  const left = new Set(keys);
  const groups: string[][] = [];
  for (const key of keys) {
    if (!left.has(key)) continue;
    let group: ReadonlySet<string> = new Set([key]);
    for (let size = 0; size !== group.size; ) {
      size = group.size;
      group = withDependents(needs, withBases(needs, group));
    }
    groups.push(keys.filter((other) => group.has(other)));
    for (const other of group) left.delete(other);
  }
  return groups;
}

function tooDeep(levels: number): ConfigError {
  return new ConfigError({
    code: 'levels-too-many',
    what: `images are built on each other over ${levels} levels, and the workflow has jobs for ${levelCount}`,
    where: 'the FROM lines of the images',
    state: 'nothing was built',
    next: 'build the set in one job with the pipeline action, or let some images be built on an earlier base',
  });
}
