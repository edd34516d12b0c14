import { shortDigest } from '../domain/digest.ts';
import { type ReleasedTag, type ReleaseReport, wrongTags } from '../domain/release-report.ts';
import { markdownCode, markdownTable, markdownText } from './markdown.ts';

const heads = {
  released: 'Released',
  unchanged: 'Unchanged: every tag was as it should be',
  'rolled-back': 'Nothing was released: every tag is as it was',
  partial: 'Released in part: look at the tags that are not what they should be',
} as const;

/** How a release ended, what it took, every tag with its reason, and where it did not end well what mends it. */
export function releaseSummary(report: ReleaseReport): string {
  const parts = [
    `### ${heads[report.state]}`,
    publishedNow(report),
    tookText(report),
    tagTable(wrongFirst(report)),
    ...noteLines(report),
    mending(report),
  ];
  return `${parts.filter((part) => part !== '').join('\n\n')}\n`;
}

/** What people get who pull now; only where that is not what the release wanted. */
function publishedNow(report: ReleaseReport): string {
  if (report.state === 'rolled-back') return '**Published now:** what was published before this release.';
  if (report.state !== 'partial') return '';
  const wrong = wrongTags(report);
  const floating = report.tags.filter(({ kind }) => kind === 'floating');
  const moved = floating.filter((tag) => tag.is === tag.should && tag.is !== tag.was).length;
  const parts = [
    `${wrong.length} of ${report.tags.length} tags are not what they should be: they stand first in the table.`,
  ];
  if (floating.length > 0) {
    parts.push(
      moved === 0
        ? 'No tag that moves, such as `latest`, was moved.'
        : `Of the tags that move, ${moved} of ${floating.length} are the new ones: the set is mixed.`,
    );
  }
  return `**Published now:** ${parts.join(' ')}`;
}

/** In a long table nobody should have to look for what went wrong. */
function wrongFirst({ tags }: ReleaseReport): readonly ReleasedTag[] {
  return [...tags.filter((tag) => tag.is !== tag.should), ...tags.filter((tag) => tag.is === tag.should)];
}

/** `2 of 5 tags were written in 1.2 s; from the first floating tag to the last it took 0.3 s` */
export function tookText({ state, tags, durationMs, windowMs }: ReleaseReport): string {
  if (durationMs === undefined || tags.length === 0) return '';
  if (state === 'rolled-back') return `It took ${seconds(durationMs)}.`;
  const written = tags.filter(({ was, is }) => was !== is).length;
  const window = windowMs === undefined ? '' : `; from the first floating tag to the last it took ${seconds(windowMs)}`;
  return `${written} of ${tags.length} tags were written in ${seconds(durationMs)}${window}.`;
}

function tagTable(tags: readonly ReleasedTag[]): string {
  if (tags.length === 0) return 'This run gives no tags of this kind.';
  const rows = tags.map((tag) => [
    markdownCode(`${tag.repository}:${tag.tag}`),
    digestText(tag.was),
    tag.is === tag.should
      ? digestText(tag.is)
      : `${tag.is === null ? '?' : digestText(tag.is)}, should be ${digestText(tag.should)}`,
    markdownText(tag.why),
  ]);
  return markdownTable(['tag', 'was', 'is', 'why'], rows);
}

function noteLines({ notes = [] }: ReleaseReport): readonly string[] {
  return notes.length === 0 ? [] : [notes.map((note) => `- ${markdownText(note)}`).join('\n')];
}

/** The commands that put right what is not. */
function mending(report: ReleaseReport): string {
  const again = '**Next:** run the failed jobs again: what is done stays, and only what is missing is written.';
  const commands = repairCommands(report);
  if (report.state === 'rolled-back') return `${again} If it ends so again, mend what the table names first.`;
  if (commands.length === 0) return '';
  return [`${again} Or by hand:`, '', '```sh', ...commands, '```'].join('\n');
}

/** One command for each tag that is not what it should be; all it says are names by our own grammar. */
export function repairCommands(report: ReleaseReport): readonly string[] {
  if (report.state !== 'partial') return [];
  return wrongTags(report).map(
    ({ repository, tag, should }) => `slipway copy ${repository}@${should} ${repository}:${tag}`,
  );
}

function digestText(digest: ReleasedTag['was']): string {
  return digest === null ? '–' : markdownCode(shortDigest(digest));
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}
