import { inertText } from '../domain/inert-text.ts';
import type { Verdict } from '../domain/verdict.ts';
import { nextStep } from '../domain/verdict.ts';
import { layerLines } from './explain-text.ts';
import { table } from './table.ts';

/** What the gate says, for a terminal: the word, each image with why, how it differs, and what to do. */
export function verdictText(verdict: Verdict): string {
  const { state, mode = 'promote', warnings = [], images } = verdict;
  const rows = images.map(({ key, state: own, reasons }) => [key, own, reasons.join('; ') || '-']);
  const lines = [
    `${state} (${mode})`,
    '',
    ...table([['image', 'verdict', 'why'], ...rows]),
    ...warnings.flatMap((warning) => ['', warning]),
    ...images.flatMap(({ key, difference }) => {
      if (difference === undefined) return [];
      const { layer, cause } = difference;
      const found = layer === null ? [] : layerLines(layer, false);
      return ['', `${key}: cause: ${cause ?? 'not recognised'}`, ...found].map(inertText);
    }),
    ...(state === 'match' ? [] : ['', `next: ${inertText(nextStep(verdict))}`]),
  ];
  return `${lines.join('\n')}\n`;
}
