import type { SetTestResult } from '../domain/set-test.ts';
import { markdownCode, markdownTable, markdownText } from './markdown.ts';

/** How the test of a set ended, and with which bytes it ran. */
export function setTestSummary({ name, state, reason, durationMs, images }: SetTestResult): string {
  const seconds = `${(durationMs / 1000).toFixed(1)} s`;
  const why = state === 'passed' ? '' : `: ${markdownText(reason)}. The log is the artifact set-test-log.`;
  return [
    `### The set together: ${state}`,
    '',
    `${markdownText(name)} with ${images.length === 1 ? '1 image' : `${images.length} images`}, ${seconds}${why}`,
    '',
    markdownTable(
      ['image', 'ran'],
      images.map(({ key, digest }) => [markdownCode(key), markdownCode(digest)]),
    ),
    '',
  ].join('\n');
}
