import { table } from '../../../src/reports/table.ts';

/** Something that a part promises, and whether it held. */
export interface Target {
  readonly promise: string;
  readonly found: string;
  readonly isMet: boolean;
}

/** Prints what a part found, then its targets; tells whether all of them are met. */
export function report(title: string, rows: readonly (readonly string[])[], targets: readonly Target[]): boolean {
  console.log(`\n${title}`);
  for (const line of table(rows)) console.log(`  ${line}`);
  const shown = targets.map(({ promise, found, isMet }) => [isMet ? 'met' : 'MISSED', promise, found]);
  console.log('');
  for (const line of table(shown)) console.log(`  ${line}`);
  return targets.every(({ isMet }) => isMet);
}

export function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(2)} s`;
}

export function mebibytes(kiB: number): string {
  return kiB === 0 ? '' : `${Math.round(kiB / 1024)} MiB`;
}
