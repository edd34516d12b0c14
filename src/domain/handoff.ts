import type { Digest } from './digest.ts';
import { RefusedError } from './errors.ts';
import { platformsIn } from './parts.ts';
import type { PlannedImage, Row, RunFacts } from './plan.ts';
import type { RowResult } from './row-result.ts';

/** Compares a result with what it claims to be; what does not belong to this run and plan is refused by name. */
export function checkResult(
  result: RowResult,
  expected: {
    readonly plan: Digest;
    readonly row: Row;
    readonly run: RunFacts;
    readonly images: readonly PlannedImage[];
  },
): RowResult {
  const { plan, row, run, images } = expected;
  if (result.run.id !== run.id)
    throw refused('handoff-other-run', `the result of ${row.id} is of run ${result.run.id}, not of ${run.id}`);
  if (result.run.attempt > run.attempt) {
    throw refused(
      'handoff-newer',
      `the result of ${row.id} is of attempt ${result.run.attempt}, and this is attempt ${run.attempt}`,
    );
  }
  if (result.plan !== plan)
    throw refused('handoff-other-plan', `the result of ${row.id} is of the plan ${result.plan}`);
  if (result.row !== row.id) throw refused('handoff-other-row', `the result of ${row.id} is that of ${result.row}`);
  const has = result.records.map((record) => record.key);
  if (!isSame(has, row.images)) {
    throw refused(
      'handoff-incomplete',
      `the result of ${row.id} speaks of ${has.join(', ') || 'nothing'}, not of ${row.images.join(', ')}`,
    );
  }
  // Of an image that is in one row the gate says what it lacks.
  if (row.platforms !== null)
    for (const image of images.filter(({ key }) => row.images.includes(key))) checkPlatforms(result, row, image);
  return result;
}

/** A part speaks of its own platforms, each once, so that no platform of an image comes from nowhere or twice. */
function checkPlatforms(result: RowResult, row: Row, image: PlannedImage): void {
  const wanted = platformsIn(row, image);
  const has = result.records
    .filter(({ key }) => key === image.key)
    .flatMap(({ platforms }) => platforms.map(({ platform }) => platform));
  if (isSame(has, wanted)) return;
  const what = `the result of ${row.id} speaks of ${image.key} on ${has.join(', ') || 'no platform'}, not on ${wanted.join(', ')}`;
  throw refused('handoff-incomplete', what);
}

/** A row whose job handed nothing on. */
export function missingRow(rows: readonly Row[]): RefusedError {
  const names = rows.map((row) => (row.images.length === 1 ? row.id : `${row.id} (${row.images.join(', ')})`));
  return refused('handoff-missing', `${rows.length} of the build jobs handed no result on: ${names.join('; ')}`);
}

/** The same words, each as often, in whichever order. */
function isSame(some: readonly string[], others: readonly string[]): boolean {
  const sorted = [...others].sort();
  return some.length === sorted.length && [...some].sort().every((one, index) => one === sorted[index]);
}

function refused(code: string, what: string): RefusedError {
  return new RefusedError({
    code,
    what,
    where: 'the results of the build jobs',
    state: 'nothing was released',
    next: 'look at the build jobs of this run: mend what is red there, and run the failed jobs again',
  });
}
