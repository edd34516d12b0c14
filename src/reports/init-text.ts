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
  readonly plan?: Plan;
}): string {
  // What was said of the search need not be said again of the plan.
  const notes = plan?.notes.filter((note) => !found.includes(note)) ?? [];
  const lines = [
    ...(found.length === 0 ? [] : ['found:', ...found.map((one) => inertText(`  ${one}`)), '']),
    'written:',
    ...files.map((file) => inertText(`  ${file}`)),
    '',
    ...(plan === undefined ? inContainer : followed({ ...plan, notes })),
  ];
  return `${lines.join('\n')}\n`;
}

function followed(plan: Plan): readonly string[] {
  return [
    'A run would now do this:',
    '',
    planText(plan).trimEnd(),
    '',
    'To do it here: slipway run. To have it done on GitHub: commit these files and push.',
  ];
}

const inContainer = [
  'A run would now look for an image of the content of the dev container, build it where there is none, run the command in it,',
  'and on the default branch publish what it has built.',
  '',
  "To do it here: slipway devcontainer 'COMMAND'. To have it done on GitHub: commit these files and push.",
];
