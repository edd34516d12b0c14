import { table } from './table.ts';

const marks = { good: 'ok', warning: 'note', missing: 'MISSING' } as const;

/** What a machine has, what it lacks, and the command that mends it. */
export function doctorText(
  findings: readonly {
    readonly name: string;
    readonly state: keyof typeof marks;
    readonly text: string;
    readonly fix: string;
  }[],
): string {
  const rows = findings.map(({ name, state, text, fix }) => [
    marks[state],
    name,
    fix === '' ? text : `${text}; ${fix}`,
  ]);
  return `${table(rows).join('\n')}\n`;
}
