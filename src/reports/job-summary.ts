import type { JobState, JobStep } from '../domain/job-report.ts';
import { markdownTable, markdownText } from './markdown.ts';

const heads: Readonly<Record<JobState, string>> = {
  released: 'Released',
  unchanged: 'Unchanged: every tag was as it should be',
  'rolled-back': 'Nothing was released: every tag is as it was',
  partial: 'Released in part',
  tested: 'Tested; nothing was to be published',
  refused: 'Nothing was released',
};

const ends = { done: 'done', failed: '**failed**', 'left-out': 'left out' } as const;

/** What each step of a run in one job came to, after the parts that the steps have written themselves. */
export function jobSummary(state: JobState, steps: readonly JobStep[]): string {
  const rows = steps.map(({ name, end, text }) => [markdownText(name), ends[end], markdownText(text)]);
  return `### In one job: ${heads[state]}\n\n${markdownTable(['step', 'end', 'what came of it'], rows)}\n`;
}
