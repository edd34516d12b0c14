import type { Verdict } from '../domain/verdict.ts';
import { markdownCode, markdownTable, markdownText } from './markdown.ts';

const marks = { match: '✅ match', mismatch: '❌ mismatch', unverifiable: '❌ unverifiable' } as const;

/** What the gate says, image by image. */
export function verdictSummary(verdict: Verdict): string {
  const rows = verdict.images.map(({ key, state, reasons }) => [
    markdownCode(key),
    marks[state],
    reasons.map(markdownText).join('; ') || 'byte for byte what was tested',
  ]);
  const close = verdict.state === 'match' ? '' : '\n\nNothing of the set is released.';
  return `### Digest gate: ${verdict.state}\n\n${markdownTable(['image', 'verdict', 'why'], rows)}${close}\n`;
}
