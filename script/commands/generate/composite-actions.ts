import { stringify } from 'yaml';
import { oneStep, renamedInputs } from '../../../src/formats/actions/one-step.ts';
import { pipeline } from '../../../src/formats/actions/pipeline.ts';
import { setup } from '../../../src/formats/actions/setup.ts';
import { staticChecks } from '../../../src/formats/actions/static-checks.ts';
import { manifestInputs } from './action-file.ts';
import { type Pinned, setupBuildx, setupLogin, setupQemu, suiteVersion } from './action-runtime.ts';
import type { GeneratedFile } from './generated-file.ts';

const uses = ({ action, release }: Pinned): string => `uses: ${action} # ${release}`;

/** GitHub's own registry takes the token of the job, and no other registry sees it. */
const forGithub = (input: string, own: string): string =>
  `\${{ inputs.${input} || (inputs.login == 'ghcr.io' && ${own}) || '' }}`;

/** Docker's own actions, each left out where nothing asks for it. */
export const setupAction: GeneratedFile = {
  path: 'actions/setup/action.yml',
  make: async () => `${head(setup, {
    builder: `\${{ steps.builder.outputs.name }}`,
    platforms: `\${{ steps.emulators.outputs.platforms }}`,
  })}    # First, for a builder looks for emulators when it starts.
    - id: emulators
      if: inputs.platforms != ''
      ${uses(setupQemu)}
      with:
        platforms: \${{ inputs.platforms }}
    - id: builder
      if: inputs.builder != ''
      ${uses(setupBuildx)}
      with:
        driver: \${{ inputs.builder }}
        driver-opts: \${{ inputs.driver-opts }}
        endpoint: \${{ inputs.endpoint }}
        buildkitd-config: \${{ inputs.buildkit-config }}
    - if: inputs.login != ''
      ${uses(setupLogin)}
      with:
        registry: \${{ inputs.login }}
        username: ${forGithub('username', 'github.actor')}
        password: ${forGithub('password', 'github.token')}
`,
};

/** The root of the repository: checks, set-up and the whole pipeline. */
export const rootAction: GeneratedFile = {
  path: 'action.yml',
  make: async ({ repository }) => {
    const action = (name: string): string => `uses: ${repository}/actions/${name}@${suiteVersion}`;
    const handedOn = Object.keys(pipeline.inputs.shape).map((name): readonly [string, string] => {
      // The builder that was made is the current one, and is named all the same: a log should say which it was.
      if (name === 'builder') return [name, `\${{ inputs.builder || steps.setup.outputs.builder }}`];
      return [name, inputOf(name)];
    });
    return `${head(oneStep, resultsOf('pipeline', oneStep.outputs))}    - id: checks
      if: inputs.checks != ''
      ${action(staticChecks.name)}
      with:
${rows(renamed(renamedInputs.checks))}
    - id: setup
      ${action(setup.name)}
      with:
${rows(renamed(renamedInputs.setup))}
    - id: pipeline
      ${action(pipeline.name)}
      with:
${rows(handedOn)}
`;
  },
};

function head(definition: Parameters<typeof manifestInputs>[0], values: Readonly<Record<string, string>>): string {
  const outputs = Object.entries(definition.outputs).map(([name, description]) => {
    return [name, { description, value: values[name] ?? '' }] as const;
  });
  const document = {
    name: definition.title,
    description: definition.about,
    inputs: manifestInputs(definition),
    outputs: Object.fromEntries(outputs),
  };
  const from = `src/formats/actions/${definition.name}.ts and script/commands/generate/composite-actions.ts`;
  return `# Made by script/generate from ${from}.
${stringify(document, { lineWidth: 0 })}runs:
  using: composite
  steps:
`;
}

function resultsOf(step: string, outputs: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.keys(outputs).map((name) => [name, `\${{ steps.${step}.outputs.${name} }}`]));
}

function renamed(names: Readonly<Record<string, string>>): readonly (readonly [string, string])[] {
  return Object.entries(names).map(([theirs, ours]) => [theirs, inputOf(ours)]);
}

function inputOf(name: string): string {
  return `\${{ inputs.${name} }}`;
}

function rows(values: readonly (readonly [string, string])[]): string {
  return values.map(([name, value]) => `        ${name}: ${value}`).join('\n');
}
