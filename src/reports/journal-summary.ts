import { shortDigest } from '../domain/digest.ts';
import type { Journal, MoveStatus, TagMove } from '../domain/release-machine.ts';
import { markdownCode, markdownTable } from './markdown.ts';

const states: Readonly<Record<MoveStatus, string>> = {
  pending: 'not written',
  done: 'written',
  yielded: 'left to a newer release',
  failed: 'the registry did not take it',
  foreign: 'somebody else moved it',
  undone: 'put back',
  left: 'new, and cannot be taken away',
  stuck: 'nobody can tell',
};

/** More than these would make the summary too long for the runner, which then shows nothing of it. */
const mostRows = 200;

/** How far a release is, for whoever finds it broken off. It stands in the summary only until the release has ended. */
export function journalSummary({ moves, status }: Journal, step: 'push' | 'release'): string {
  const done = status.filter((one) => one === 'done').length;
  const head = `### Not at its end: ${done} of ${moves.length} tags are written`;
  const why =
    'While the step runs, this says how far it is. Where you read it after the step, the step was stopped on its way.';
  const parts = [head, why, published(moves, status), advice(step), table(moves, status)];
  return `${parts.join('\n\n')}\n`;
}

function published(moves: readonly TagMove[], status: readonly MoveStatus[]): string {
  const floating = moves.flatMap(({ kind }, index) => (kind === 'floating' ? [status[index]] : []));
  const moved = floating.filter((one) => one === 'done').length;
  const stuck = floating.filter((one) => one === 'stuck' || one === 'left').length;
  if (moved + stuck === 0) return '**Published now:** every tag that moves, such as `latest`, is as it was.';
  if (moved === floating.length)
    return '**Published now:** all tags are the new ones; the last look at them is missing.';
  return `**Published now:** a mixture: ${moved} of ${floating.length} tags that move are the new ones.`;
}

function advice(step: string): string {
  const journal = markdownCode(`slipway-journal-${step}`);
  const command = markdownCode('slipway release --resume journal.json');
  return `**Next:** run the failed jobs again: what is done stays, and only what is missing is written. Or at a desk: download the last artifact ${journal}… of this run, and ${command}.`;
}

function table(moves: readonly TagMove[], status: readonly MoveStatus[]): string {
  const rows = moves.map(({ repository, tag, previous, target }, index) => [
    markdownCode(`${repository}:${tag}`),
    previous === undefined ? '–' : markdownCode(shortDigest(previous)),
    markdownCode(shortDigest(target)),
    states[status[index] ?? 'pending'],
  ]);
  const more = rows.length > mostRows ? `\n\nand ${rows.length - mostRows} more; the journal has all` : '';
  return `${markdownTable(['tag', 'was', 'is to be', 'state'], rows.slice(0, mostRows))}${more}`;
}
