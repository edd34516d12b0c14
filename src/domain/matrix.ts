import type { Row } from './plan.ts';

/** A matrix as a workflow takes it; none at all where a job is to be skipped. No name of a registry: it may be a secret, and empty the output. */
export function matrixText(rows: readonly Row[]): string {
  if (rows.length === 0) return '';
  const include = rows.map(({ id, images, runner, minutes }) => {
    return { row: id, images: images.join(' '), runner: runner.length === 0 ? '' : JSON.stringify(runner), minutes };
  });
  return JSON.stringify({ include });
}
