import { shortDigest } from '../domain/digest.ts';
import type { ReleaseReport } from '../domain/release-report.ts';
import { repairCommands, tookText } from './release-summary.ts';
import { table } from './table.ts';

const heads = {
  released: 'released',
  unchanged: 'unchanged: every tag is as it should be',
  'rolled-back': 'nothing was released: every tag is as it was',
  partial: 'released in part: not every tag is what it should be',
} as const;

/** How a release ended, for a terminal: the end first, then every tag, and what mends it where that is needed. */
export function releaseText(report: ReleaseReport): string {
  const rows = report.tags.map((tag) => [
    `${tag.repository}:${tag.tag}`,
    tag.was === null ? '-' : shortDigest(tag.was),
    tag.is === null ? '?' : shortDigest(tag.is),
    tag.is === tag.should ? '' : `should be ${shortDigest(tag.should)}`,
    tag.why,
  ]);
  const isRight = report.tags.every((tag) => tag.is === tag.should);
  const shown = rows.map((row) => (isRight ? row.filter((_, at) => at !== 3) : row));
  const head = ['tag', 'was', 'is', ...(isRight ? [] : ['']), 'why'];
  const commands = repairCommands(report);
  return [
    heads[report.state],
    ...(tookText(report) === '' ? [] : [tookText(report)]),
    ...(rows.length === 0 ? ['this run gives no tags of this kind'] : ['', ...table([head, ...shown])]),
    ...(report.notes ?? []).map((note) => `note: ${note}`),
    ...(commands.length === 0 ? [] : ['', 'to put it right: slipway release --resume, or by hand:', ...commands]),
    '',
  ].join('\n');
}

/** The exit code that says how a release ended. */
export function releaseExitCode({ state }: Pick<ReleaseReport, 'state'>): number {
  return state === 'partial' ? 5 : state === 'rolled-back' ? 3 : 0;
}
