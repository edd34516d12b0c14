import type { Digest } from './digest.ts';
import { RefusedError } from './errors.ts';
import type { Row, RunFacts } from './plan.ts';
import type { RowResult } from './row-result.ts';

/** Compares a result with what it claims to be; what does not belong to this run and plan is refused by name. */
export function checkResult(
  result: RowResult,
  expected: { readonly plan: Digest; readonly row: Row; readonly run: RunFacts },
): RowResult {
  const { plan, row, run } = expected;
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
  const has = new Set(result.records.map((record) => record.key));
  const missing = row.images.filter((key) => !has.has(key));
  if (missing.length > 0 || has.size !== row.images.length) {
    throw refused(
      'handoff-incomplete',
      `the result of ${row.id} speaks of ${[...has].join(', ') || 'nothing'}, not of ${row.images.join(', ')}`,
    );
  }
  return result;
}

/** A row whose job handed nothing on. */
export function missingRow(rows: readonly Row[]): RefusedError {
  const names = rows.map((row) => (row.images.length === 1 ? row.id : `${row.id} (${row.images.join(', ')})`));
  return refused('handoff-missing', `${rows.length} of the build jobs handed no result on: ${names.join('; ')}`);
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
