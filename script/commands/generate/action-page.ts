import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { ActionDefinition } from '../../../src/formats/actions/definition.ts';
import { markdownTable } from '../../../src/reports/markdown.ts';
import { root } from '../project.ts';
import { suiteVersion } from './action-runtime.ts';
import { exampleStep } from './example-step.ts';
import type { GeneratedFile } from './generated-file.ts';
import { inputRows } from './input-rows.ts';
import { isMarked, marked, withParts } from './marked-page.ts';

/** Where the page of an action is, below which path the action is found, and how the page names the top of the repository. */
interface Place {
  readonly file: string;
  readonly path: string;
  readonly top: string;
}

function placeOf({ name }: ActionDefinition): Place {
  return { file: `actions/${name}/README.md`, path: `/actions/${name}`, top: '../../' };
}

/** The page of an action: its words are written by hand; the example and the tables are made. */
export function actionPage(definition: ActionDefinition, place = placeOf(definition)): GeneratedFile {
  const { title, about, page } = definition;
  const { file, path: action, top } = place;
  return {
    path: file,
    async make({ repository }) {
      const parts = {
        example: await exampleText(`${repository}${action}@${suiteVersion}`, top),
        inputs: markdownTable(['input', 'what', 'default'], inputTable(definition)),
        outputs: outputText(definition),
      };
      const written = await readFile(path.join(root, file), 'utf8').catch(() => '');
      if (isMarked(written)) return withParts(written, parts, file);
      const text = [
        `# ${title}`,
        `${about}.`,
        marked('example', parts.example),
        page,
        '## Inputs',
        marked('inputs', parts.inputs),
        '## Outputs',
        marked('outputs', parts.outputs),
        `How the actions work together: [the hand-off](${top}docs/handoff.md). Every error code: [errors](${top}docs/errors.md).`,
      ];
      return `${text.join('\n\n')}\n`;
    },
  };
}

async function exampleText(uses: string, top: string): Promise<string> {
  const found = await exampleStep(uses);
  if (found === undefined) return `\`\`\`yaml\n- uses: ${uses}\n\`\`\``;
  return `From [${found.file}](${top}${found.file}):\n\n\`\`\`yaml\n${found.text}\n\`\`\``;
}

function inputTable(definition: ActionDefinition): readonly (readonly string[])[] {
  return inputRows(definition).map((input) => [
    `\`${input.name}\``,
    input.about,
    input.required ? '**required**' : input.usual === '' ? '' : `\`${input.usual}\``,
  ]);
}

function outputText(definition: ActionDefinition): string {
  const rows = outputRows(definition);
  return rows.length === 0 ? 'None.' : markdownTable(['output', 'what'], rows);
}

/** Outputs that differ by a number only share a row. */
function outputRows({ outputs }: ActionDefinition): readonly (readonly string[])[] {
  const rows: (readonly string[])[] = [];
  const counted = new Map<string, number>();
  for (const name of Object.keys(outputs)) {
    const stem = /^(.*)-\d+$/.exec(name)?.[1];
    if (stem !== undefined) counted.set(stem, (counted.get(stem) ?? 0) + 1);
  }
  for (const [name, about] of Object.entries(outputs)) {
    const stem = /^(.*)-\d+$/.exec(name)?.[1];
    const count = stem === undefined ? 1 : (counted.get(stem) ?? 1);
    if (stem === undefined || count === 1) rows.push([`\`${name}\``, about]);
    else if (name === `${stem}-1`) rows.push([`\`${stem}-1\` … \`${stem}-${count}\``, about.replace(/\b1\b/, 'N')]);
  }
  return rows;
}
