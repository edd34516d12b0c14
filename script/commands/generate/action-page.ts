import type { ActionDefinition } from '../../../src/formats/actions/definition.ts';
import { markdownTable } from '../../../src/reports/markdown.ts';
import { suiteVersion } from './action-runtime.ts';
import type { GeneratedFile } from './generated-file.ts';
import { inputRows } from './input-rows.ts';

/** The page of an action: how it is used, and its inputs and outputs. */
export function actionPage(definition: ActionDefinition): GeneratedFile {
  const { name, title, about, page } = definition;
  return {
    path: `actions/${name}/README.md`,
    async make({ repository }) {
      const inputs = inputRows(definition).map((input) => [
        `\`${input.name}\``,
        input.about,
        input.required ? '**required**' : input.usual === '' ? '' : `\`${input.usual}\``,
      ]);
      const outputs = outputRows(definition);
      const parts = [
        `<!-- Made by script/generate from src/formats/actions/${name}.ts. -->`,
        `# ${title}`,
        `${about}.`,
        `\`\`\`yaml\n- uses: ${repository}/actions/${name}@${suiteVersion}\n\`\`\``,
        page,
        '## Inputs',
        markdownTable(['input', 'what', 'default'], inputs),
        ...(outputs.length === 0 ? [] : ['## Outputs', markdownTable(['output', 'what'], outputs)]),
        'How the actions work together: [the hand-off](../../docs/handoff.md). Every error code: [errors](../../docs/errors.md).',
      ];
      return `${parts.join('\n\n')}\n`;
    },
  };
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
