import { sizeText } from '../domain/byte-size.ts';
import { shortDigest } from '../domain/digest.ts';
import type { ImageOutcome } from '../domain/outcome.ts';
import { errorSummary } from './error-summary.ts';
import { markdownCode, markdownCommand, markdownTable, markdownText } from './markdown.ts';
import { reproduction, type Whereabouts } from './reproduction.ts';
import { scanTables } from './scan-tables.ts';
import { sizeTables } from './size-tables.ts';
import { testTables, testWords } from './test-tables.ts';

/** The runner drops a summary of more than 1 MiB whole; other steps write into it too. */
const mostBytes = 800 * 1024;

/** What became of the images of one job. Where something failed, its end is the command that does it again. */
export function buildSummary(
  outcomes: readonly ImageOutcome[],
  diskBytes?: number,
  where: Whereabouts & { readonly notes?: readonly string[] } = {},
): string {
  const failed = outcomes.flatMap((outcome) => (outcome.kind === 'failed' ? [outcome] : []));
  const unbuilt = outcomes.filter((outcome) => outcome.kind !== 'proven').length;
  const head =
    unbuilt === 0 ? `### Built and tested: ${outcomes.length}` : `### Failed: ${unbuilt} of ${outcomes.length}`;
  const records = outcomes.flatMap((outcome) =>
    outcome.kind !== 'blocked' && outcome.record !== undefined ? [outcome.record] : [],
  );
  const body = [
    head,
    markdownTable(['image', 'digest', 'platforms', 'tests', 'what'], outcomes.map(row)),
    ...sizeTables(outcomes),
    ...(diskBytes === undefined ? [] : [`At its peak this job had ${sizeText(diskBytes)} of its own on the disk.`]),
    ...scanTables(records),
    ...testTables(records),
    ...failed.map(({ error, key }) => errorSummary(error, key)),
  ];
  const end = [
    ...(where.notes ?? []).map(markdownText),
    ...reproduction(outcomes, where).map(({ about, command }) => `${about}, in a clone: ${markdownCommand(command)}`),
  ];
  return `${[cut(body.join('\n\n')), ...end].join('\n\n')}\n`;
}

/** Cut at the end of a line, where nothing of it is left open. */
function cut(text: string): string {
  const bytes = new TextEncoder().encode(text);
  if (bytes.length <= mostBytes) return text;
  const kept = bytes.subarray(0, bytes.lastIndexOf(10, mostBytes));
  return `${new TextDecoder().decode(kept)}\n\n… truncated: the rest is in the log of this job`;
}

function row(outcome: ImageOutcome): readonly string[] {
  const key = markdownCode(outcome.key);
  if (outcome.kind === 'blocked') {
    return [key, '–', '–', '–', `not built: ${outcome.by.map(markdownCode).join(', ')} failed`];
  }
  if (outcome.kind === 'failed' && outcome.record === undefined) {
    return [key, '–', '–', 'failed', markdownText(outcome.error.code)];
  }
  const { record } = outcome;
  if (record === undefined) throw new Error('unreachable: checked above');
  const what =
    outcome.kind === 'failed'
      ? markdownText(outcome.error.code)
      : `${(record.durationMs / 1000).toFixed(1)} s, ${outcome.cached} of ${outcome.cached + outcome.executed} steps cached`;
  const platforms = record.platforms.map(({ platform }) => markdownText(platform)).join(', ');
  return [key, markdownCode(shortDigest(record.digest)), platforms, testWords(record), what];
}
