import { ConfigError } from './errors.ts';
import { withBases, withDependents } from './graph.ts';
import { imageOf, type Plan, type PlannedImage, type Row } from './plan.ts';
import { packLevel, type RowWork } from './row-packing.ts';
import { type Runners, sharesByRunner, workflowRunner } from './runners.ts';
import { isStaged } from './staging.ts';

/** How many results a job with a matrix can hand on: each row has an output of its own. */
export const slotCount = 64;

/** How many levels the reusable workflow has jobs for. */
export const levelCount = 8;

/** What somebody has to build with. */
export interface Workforce {
  /** The most jobs of one level; by default as many as there are outputs. */
  readonly maxJobs?: number;
  readonly runners?: Runners;
}

/** How the images of a plan are spread over jobs, with what a person should know about it. */
export interface SpreadRows {
  readonly rows: readonly Row[];
  readonly notes: readonly string[];
}

type Spreadable = Pick<Plan, 'levels' | 'images' | 'rights' | 'staging'>;

/** Spreads the images of a plan over jobs. An image alone is a row of its own name, one in parts a row a runner; what does not fit is packed. */
export function spreadRows(plan: Spreadable, { maxJobs = slotCount, runners = workflowRunner }: Workforce): SpreadRows {
  const most = Math.min(maxJobs, slotCount);
  const levels = groupsOf(plan, most).map((groups) => groups.map((keys) => keys.map((key) => imageOf(plan, key))));
  if (levels.length > levelCount) throw tooDeep(levels.length);
  const note = whyNoParts(plan, levels.flat(), { most, runners });
  const able = note === undefined ? runners : { ...runners, own: new Map() };
  const rows = levels.flatMap((groups, index) => {
    return packLevel(
      groups.flatMap((images) => partsOf(images, able)),
      index + 1,
      most,
    );
  });
  return { rows, notes: note === undefined ? [] : [note] };
}

/** The rows alone. */
export function rowsOf(plan: Spreadable, workforce: Workforce = {}): readonly Row[] {
  return spreadRows(plan, workforce).rows;
}

/** The keys that share a job, level by level. */
function groupsOf(plan: Spreadable, most: number): readonly (readonly (readonly string[])[])[] {
  const keys = plan.levels.flat();
  // One runner does one job after the other: in a single one, nothing is handed on at all.
  if (most === 1) return keys.length === 0 ? [] : [[keys]];
  // Who may not upload cannot hand a base on to another job, so a base and what is built on it share one.
  return isStaged(plan) ? plan.levels.map((level) => level.map((key) => [key])) : [components(keys, plan.images)];
}

/** The parts of images that share a job: one for each runner that their platforms have. */
function partsOf(images: readonly PlannedImage[], runners: Runners): readonly RowWork[] {
  const shares = sharesByRunner(
    images.flatMap((image) => image.platforms),
    runners,
  );
  return shares.map(({ labels, platforms }): RowWork => {
    if (shares.length === 1) return { images, runner: labels, platforms: null };
    const mine = images.filter((image) => image.platforms.some((platform) => platforms.includes(platform)));
    return { images: mine, runner: labels, platforms };
  });
}

/** Why nothing is built in parts although platforms have runners of their own. */
function whyNoParts(
  plan: Spreadable,
  groups: readonly (readonly PlannedImage[])[],
  { most, runners }: { readonly most: number; readonly runners: Runners },
): string | undefined {
  const all = sharesByRunner(
    plan.images.flatMap((image) => image.platforms),
    runners,
  );
  if (all.length > most) {
    return `${most === 1 ? 'one job' : `${most} jobs`} of a level cannot use ${all.length} kinds of runners: every platform is built on the default one, by emulation`;
  }
  const lacking = groups.find((images) => {
    const parts = partsOf(images, runners);
    return parts.some((part) => {
      const has = new Set(part.images);
      const bases = part.images.flatMap((image) => images.filter(({ key }) => image.needs.includes(key)));
      return bases.some((base) => !has.has(base));
    });
  });
  if (lacking === undefined) return undefined;
  return `${lacking.map(({ key }) => key).join(', ')} share a job, and a base among them lacks a platform of what is built on it: every platform is built on the default runner, by emulation`;
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
