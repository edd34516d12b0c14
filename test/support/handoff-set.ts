import { z } from 'zod';
import { type Digest, digestOf } from '../../src/domain/digest.ts';
import { platformsIn } from '../../src/domain/parts.ts';
import { imageOf, type Plan, type Row, type RunFacts } from '../../src/domain/plan.ts';
import { parsePlatform } from '../../src/domain/platform.ts';
import { chooseRow } from '../../src/domain/row-choice.ts';
import { type RowResult, slotText } from '../../src/domain/row-result.ts';
import { rowsOf, slotCount } from '../../src/domain/rows.ts';
import { madePlan, madePlanned, madePlatformRecord, madeRecord } from './made-plan.ts';

/** What a job of a run is to do that no honest job does. */
export const Misdeed = z.enum([
  'none',
  'hide-level',
  'plan-of-another-run',
  'fail',
  'speak-of-another-run',
  'replace-result',
  'replace-plan',
]);
export type Misdeed = z.infer<typeof Misdeed>;

/** What the jobs of a run are told by a test. */
export const Script = z.strictObject({
  /** How many images each level has. */
  levels: z.array(z.number().int()),
  /** Whether each image is built in two parts, one of them on a runner of its own. */
  inParts: z.boolean().optional(),
  misdeed: Misdeed,
  /** The image whose job does it. */
  by: z.string(),
  /** The row that it is done to. */
  to: z.string(),
});
export type Script = z.infer<typeof Script>;

/** What the last job of a run saw. */
export const Arrived = z.strictObject({
  rows: z.array(z.string()),
  /** The digest of each image, by its key. */
  digests: z.record(z.string(), z.string()),
  /** How many bytes the largest string of its environment took. */
  largestVariable: z.strictObject({ name: z.string(), bytes: z.number().int() }),
});
export type Arrived = z.infer<typeof Arrived>;

/** Linux starts no program with a longer string in its environment (MAX_ARG_STRLEN). */
export const longestVariable = 128 * 1024;

/** The variable with the most bytes, counted as the kernel does: with its name and what ends it. */
export function largestOf(env: Readonly<Record<string, string | undefined>>): Arrived['largestVariable'] {
  const sizes = Object.entries(env).map(([name, value]) => ({
    name,
    bytes: Buffer.byteLength(`${name}=${value ?? ''}\0`),
  }));
  return sizes.reduce((most, one) => (one.bytes > most.bytes ? one : most), { name: '', bytes: 0 });
}

/** The key of an image: of its level, and of its place in it. */
export function keyAt(level: number, place: number): string {
  return `image-${level}-${place}`;
}

/** The labels of the runner that builds arm64 where images are built in parts. */
export const armLabels: readonly string[] = ['ubuntu-latest'];

/** A plan of so many images per level, of which arm64 has a runner of its own. */
export function plannedParts(counts: readonly number[], run?: RunFacts): Plan {
  const plan = plannedSet(counts, run);
  const platforms = ['linux/amd64', 'linux/arm64'].map(parsePlatform);
  const wide = { ...plan, images: plan.images.map((image) => ({ ...image, platforms })) };
  const runners = { usual: [], own: new Map([[parsePlatform('linux/arm64'), armLabels]]) };
  return { ...wide, rows: [...rowsOf(wide, { runners })] };
}

/** A plan of so many images per level. Each is built on the image at its place one level below. */
export function plannedSet(counts: readonly number[], run?: RunFacts): Plan {
  const levels = counts.map((count, index) => Array.from({ length: count }, (_, at) => keyAt(index + 1, at + 1)));
  const images = levels.flatMap((keys, index) =>
    keys.map((key, at) => madePlanned(key, { needs: index === 0 ? [] : [keyAt(index, at + 1)] })),
  );
  const plan = madePlan({ levels, images, ...(run === undefined ? {} : { run }) });
  return { ...plan, rows: [...rowsOf(plan)] };
}

/** A row of the image that it is called by. */
export function madeRow(id: string, changes: Partial<Row> = {}): Row {
  return { id, level: 1, slot: 1, images: [id], runner: [], platforms: null, minutes: 60, ...changes };
}

/** What the job of a row hands on, with made records. */
export function madeResult(
  known: { readonly plan: Plan; readonly digest: Digest },
  id: string,
  run: RunFacts,
): RowResult {
  const { plan, digest } = known;
  const row = chooseRow(plan, { row: id, image: [] });
  const records = row.images.map((key) => {
    const platforms = platformsIn(row, imageOf(plan, key)).map((platform) => madePlatformRecord(platform, key));
    return madeRecord(key, { run, platforms });
  });
  return { schema: 'slipway.result/1', plan: digest, row: id, run, records };
}

/** The outputs of the jobs of some levels, as a workflow puts them together: every slot, filled or not. */
export function resultsText(levels: readonly (readonly string[])[]): string {
  const outputs = levels.map((values) =>
    Object.fromEntries(Array.from({ length: slotCount }, (_, at) => [`result-${at + 1}`, values[at] ?? ''])),
  );
  return `[${outputs.map((one) => JSON.stringify(one, null, 2)).join(', ')}]`;
}

/** The longest text that a slot can hold. */
export function longestSlot(level: number, slot: number): string {
  return slotText(`image-${level}-${slot}-`.padEnd(48, 'x'), digestOf(`${level} ${slot}`));
}
