import { shortDigest } from '../domain/digest.ts';
import type { ImageOutcome } from '../domain/outcome.ts';
import { errorSummary } from './error-summary.ts';
import { markdownCode, markdownTable, markdownText } from './markdown.ts';

/** What became of the images of one job. */
export function buildSummary(outcomes: readonly ImageOutcome[]): string {
  const failed = outcomes.filter((outcome) => outcome.kind !== 'proven').length;
  const head =
    failed === 0 ? `### Built and tested: ${outcomes.length}` : `### Failed: ${failed} of ${outcomes.length}`;
  const errors = outcomes.flatMap((outcome) =>
    outcome.kind === 'failed' ? [errorSummary(outcome.error, outcome.key)] : [],
  );
  return `${[head, markdownTable(['image', 'digest', 'platforms', 'tests', 'what'], outcomes.map(row)), ...errors].join('\n\n')}\n`;
}

function row(outcome: ImageOutcome): readonly string[] {
  const key = markdownCode(outcome.key);
  switch (outcome.kind) {
    case 'blocked':
      return [key, '–', '–', '–', `not built: ${outcome.by.map(markdownCode).join(', ')} failed`];
    case 'failed':
      return [key, '–', '–', 'failed', markdownText(outcome.error.code)];
    case 'proven': {
      const { record, cached, executed } = outcome;
      const passed = record.tests.filter((test) => test.state === 'passed').length;
      return [
        key,
        markdownCode(shortDigest(record.digest)),
        record.platforms.map(({ platform }) => markdownText(platform)).join(', '),
        record.test === 'untested' ? 'untested' : `${passed} of ${record.tests.length} passed`,
        `${(record.durationMs / 1000).toFixed(1)} s, ${cached} of ${cached + executed} steps cached`,
      ];
    }
  }
}
