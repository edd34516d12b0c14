import { checkTools, type Finding } from '../domain/finding.ts';
import { markdownCode, markdownTable, markdownText } from './markdown.ts';

/** How the static checks ended. */
export interface CheckedResult {
  /** In words: `They passed in 1.2 s`. */
  readonly ended: string;
  readonly findings: readonly Finding[];
  /** Those that stand at their lines as annotations. */
  readonly annotated: readonly Finding[];
}

const mostRows = 50;

/** What the checks found, by tool; the runner shows few annotations, so all are counted here and the first listed. */
export function checksSummary({ ended, findings, annotated }: CheckedResult): string {
  const counts = checkTools.flatMap((tool) => {
    const all = findings.filter((finding) => finding.tool === tool).length;
    const shown = annotated.filter((finding) => finding.tool === tool).length;
    return all === 0 ? [] : [`${tool} found ${all}, of which ${shown} stand at their lines`];
  });
  const rows = findings
    .slice(0, mostRows)
    .map((finding) => [finding.tool, markdownCode(placeOf(finding)), markdownText(finding.text)]);
  const more = findings.length - rows.length;
  const parts = [
    '### Static checks',
    `${ended}.`,
    ...(counts.length === 0 ? [] : [`${counts.join('; ')}.`]),
    ...(rows.length === 0 ? [] : [markdownTable(['tool', 'where', 'what'], rows)]),
    ...(more === 0 ? [] : [`… and ${more} more, in the log of this step.`]),
  ];
  return `${parts.join('\n\n')}\n`;
}

function placeOf({ file, line, column }: Finding): string {
  return [file, line, column].filter((part) => part !== undefined).join(':');
}
