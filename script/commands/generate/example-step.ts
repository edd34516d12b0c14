import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { root } from '../project.ts';

/** Workflows that the tests run, in the order in which an example is looked for. */
const workflows = [
  'examples/hello/.github/workflows/steps.yml',
  'examples/hello/.github/workflows/one-step.yml',
  'examples/devcontainer-poetry/.github/workflows/tests.yml',
];

/** A step that uses an action, as it stands in a workflow of the examples, with where it was found. */
export async function exampleStep(uses: string): Promise<{ readonly file: string; readonly text: string } | undefined> {
  for (const file of workflows) {
    const text = stepIn(await readFile(path.join(root, file), 'utf8'), uses);
    if (text !== undefined) return { file, text };
  }
  return undefined;
}

/** The lines of the first step that uses an action, moved to the margin. */
export function stepIn(workflow: string, uses: string): string | undefined {
  const lines = workflow.split('\n');
  const at = lines.findIndex((line) => line.trim().replace(/^- /, '') === `uses: ${uses}`);
  if (at < 0) return undefined;
  const isStart = (line: string): boolean => /^\s*- /.test(line);
  let first = at;
  while (first > 0 && !isStart(lines[first] ?? '')) first--;
  const margin = (lines[first] ?? '').search(/\S/);
  const rest = lines.slice(first + 1);
  const length = rest.findIndex((line) => line.trim() === '' || line.search(/\S/) <= margin);
  const step = lines.slice(first, length < 0 ? undefined : first + 1 + length);
  return step.map((line) => line.slice(margin)).join('\n');
}
