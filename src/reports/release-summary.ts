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
    tookText(report),
    tagTable(report.tags),
    ...noteLines(report),
    mending(report),
  ];
  return `${parts.filter((part) => part !== '').join('\n\n')}\n`;
}

/** `2 of 5 tags were written in 1.2 s; the set was on its way for 0.3 s` */
export function tookText({ tags, durationMs, windowMs }: ReleaseReport): string {
  if (durationMs === undefined || tags.length === 0) return '';
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
  const commands = repairCommands(report);
  if (commands.length === 0) return '';
  return [
    'Run the failed jobs again: what is done stays, and only what is missing is written. Or by hand:',
    '',
    '```sh',
    ...commands,
    '```',
  ].join('\n');
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
