import { shortDigest } from '../domain/digest.ts';
import type { ReleaseReport } from '../domain/release-report.ts';
import { markdownCode, markdownTable, markdownText } from './markdown.ts';

const heads = {
  released: 'Released',
  unchanged: 'Unchanged: every tag was as it should be',
  'rolled-back': 'Nothing was released: every tag is as it was',
  partial: 'Released in part: look at the tags that are not what they should be',
} as const;

/** Every tag of a release: what it was, what it is, and why. */
export function releaseSummary(report: ReleaseReport): string {
  const digest = (value: (typeof report.tags)[number]['was']): string =>
    value === null ? '–' : markdownCode(shortDigest(value));
  const rows = report.tags.map((tag) => [
    markdownCode(`${tag.repository}:${tag.tag}`),
    digest(tag.was),
    tag.is === tag.should
      ? digest(tag.is)
      : `${tag.is === null ? '?' : digest(tag.is)}, should be ${digest(tag.should)}`,
    markdownText(tag.why),
  ]);
  const body =
    rows.length === 0 ? 'This run gives no tags of this kind.' : markdownTable(['tag', 'was', 'is', 'why'], rows);
  return `### ${heads[report.state]}\n\n${body}\n`;
}
