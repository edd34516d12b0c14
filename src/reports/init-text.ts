import { inertText } from '../domain/inert-text.ts';
import type { Plan } from '../domain/plan.ts';
import { planText } from './plan-table.ts';

/** What was found, what was written, what would follow, and what to do now. */
export function initText({
  found,
  files,
  plan,
}: {
  readonly found: readonly string[];
  readonly files: readonly string[];
  readonly plan: Plan;
}): string {
  // What was said of the search need not be said again of the plan.
  const notes = plan.notes.filter((note) => !found.includes(note));
  const lines = [
    ...(found.length === 0 ? [] : ['found:', ...found.map((one) => inertText(`  ${one}`)), '']),
    'written:',
    ...files.map((file) => inertText(`  ${file}`)),
    '',
    'A run would now do this:',
    '',
    planText({ ...plan, notes }).trimEnd(),
    '',
    'To do it here: slipway run. To have it done on GitHub: commit these files and push.',
  ];
  return `${lines.join('\n')}\n`;
}
