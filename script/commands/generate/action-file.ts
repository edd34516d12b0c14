import { stringify } from 'yaml';
import type { ActionDefinition } from '../../../src/formats/actions/definition.ts';
import { actionRuntime } from './action-runtime.ts';
import type { GeneratedFile } from './generated-file.ts';
import { inputRows } from './input-rows.ts';

/** The `action.yml` of an action, made from what reads its inputs. */
export function actionFile(definition: ActionDefinition): GeneratedFile {
  const { name, title, about, outputs, post } = definition;
  const document = {
    name: title,
    description: about,
    inputs: manifestInputs(definition),
    ...(Object.keys(outputs).length === 0
      ? {}
      : { outputs: Object.fromEntries(Object.entries(outputs).map(([key, description]) => [key, { description }])) }),
    runs: { using: actionRuntime, main: 'main.js', ...(post ? { post: 'post.js' } : {}) },
  };
  return {
    path: `actions/${name}/action.yml`,
    make: async () =>
      `# Made by script/generate from src/formats/actions/${name}.ts.\n${stringify(document, { lineWidth: 0 })}`,
  };
}

/** The inputs as a manifest declares them. */
export function manifestInputs(definition: ActionDefinition): object {
  return Object.fromEntries(
    inputRows(definition).map((input) => [
      input.name,
      { description: input.about, required: input.required, ...(input.usual === '' ? {} : { default: input.usual }) },
    ]),
  );
}

/** The files that the runner starts: two lines each, since everything is in the bundle. */
export function actionStubs({ name, post }: ActionDefinition): readonly GeneratedFile[] {
  const stub = (file: string, entry: string): GeneratedFile => ({
    path: `actions/${name}/${file}`,
    make: async () => `// Made by script/generate.\nrequire('../../dist/index.js').start('${entry}');\n`,
  });
  return [stub('main.js', name), ...(post ? [stub('post.js', `${name}-post`)] : [])];
}
