import { devcontainerPrebuild } from '../../../src/formats/actions/devcontainer-prebuild.ts';
import { checkout, suiteVersion } from './action-runtime.ts';
import type { GeneratedFile } from './generated-file.ts';

/** Inputs of the action that a caller of the workflow may give as well, in this order. */
const handedOn = [
  'image',
  'run',
  'config',
  'folder',
  'push',
  'push-events',
  'push-refs',
  'allow',
  'refresh',
  'refresh-max-age',
  'platforms',
  'venv',
  'venv-project',
  'venv-args',
] as const;

/** Those whose meaning an empty text would change. */
const defaults: Readonly<Record<string, string>> = { push: 'filter', venv: 'auto', refresh: 'missing' };

/** Outputs of the action that later jobs may want. */
const outputs = ['image', 'digest', 'tag', 'mode', 'pushed', 'command-output'] as const;

/** The reusable workflow: one job that runs a command in the dev container. */
export const devcontainerWorkflow: GeneratedFile = {
  path: '.github/workflows/devcontainer.yml',
  make: async ({ repository }) => `# Made by script/generate from script/commands/generate/devcontainer-workflow.ts.
name: devcontainer

on:
  workflow_call:
    inputs:
${handedOn.map(input).join('\n')}
      runs-on:
        description: The runner of the job
        type: string
        default: ubuntu-latest
      timeout-minutes:
        description: How long the job may take
        type: number
        default: 60
    secrets:
      registry-username:
        description: The user to sign in to the registry as; by default the one that started the run
        required: false
      registry-password:
        description: The password or token of that user; by default the token of the job
        required: false
    outputs:
${outputs.map(output).join('\n')}

permissions: {}

jobs:
  run:
    name: run
    runs-on: \${{ inputs.runs-on }}
    timeout-minutes: \${{ inputs.timeout-minutes }}
    permissions:
      contents: read # to read the repository
      packages: write # to publish the image; the token of a pull request from a fork can only read
    outputs:
${outputs.map((name) => `      ${name}: \${{ steps.run.outputs.${name} }}`).join('\n')}
    steps:
      - uses: ${checkout.action} # ${checkout.release}
        with:
          persist-credentials: false
      - id: run
        uses: ${repository}/actions/${devcontainerPrebuild.name}@${suiteVersion}
        with:
${handedOn.map((name) => `          ${name}: \${{ inputs.${name} }}`).join('\n')}
          registry-username: \${{ secrets.registry-username || github.actor }}
          registry-password: \${{ secrets.registry-password || github.token }}
`,
};

function input(name: (typeof handedOn)[number]): string {
  const { description = '' } = devcontainerPrebuild.inputs.shape[name];
  const isRequired = name === 'image';
  const rest = isRequired ? ['required: true'] : [`default: '${defaults[name] ?? ''}'`];
  return [
    `      ${name}:`,
    `        description: ${JSON.stringify(description)}`,
    '        type: string',
    `        ${rest[0]}`,
  ].join('\n');
}

function output(name: (typeof outputs)[number]): string {
  const about = devcontainerPrebuild.outputs[name] ?? '';
  return [
    `      ${name}:`,
    `        description: ${JSON.stringify(about)}`,
    `        value: \${{ jobs.run.outputs.${name} }}`,
  ].join('\n');
}
