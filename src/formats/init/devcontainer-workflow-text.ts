import { suiteRepository } from './suite-repository.ts';
import { branchTriggers, runsAlone, signInLines } from './workflow-parts.ts';
import { yamlScalar } from './yaml-scalar.ts';

/** One workflow that runs in the dev container of a repository. */
export interface DevcontainerWorkflow {
  readonly name: string;
  /** What is run; absent where the image is only to be there. */
  readonly run: string | undefined;
  readonly defaultBranch: string;
  readonly registry: string | undefined;
  /** The `devcontainer.json`, where it is not one that is found by itself. */
  readonly config: string | undefined;
  /** The tool whose packages are installed, where a lock file says so. */
  readonly venv: string | undefined;
}

/** The workflow that calls ours: several of them share the image and the packages. */
export function devcontainerWorkflowText(choices: DevcontainerWorkflow): string {
  const { name, run, defaultBranch, registry, config, venv } = choices;
  const lines = [
    '# Runs in the dev container, which is built only where something in it changed. Made by `slipway init`; it is yours now.',
    `name: ${name}`,
    '',
    ...branchTriggers(defaultBranch),
    '  pull_request:',
    '',
    ...runsAlone(name),
    '',
    'jobs:',
    `  ${name}:`,
    `    name: ${name}`,
    `    uses: ${suiteRepository}/.github/workflows/devcontainer.yml@v1`,
    '    permissions:',
    '      contents: read # to read the repository',
    '      packages: write # to publish the image; the token of a pull request from a fork can only read',
    '    with:',
    `      image: ${imageName(registry)}`,
    ...(config === undefined ? [] : [`      config: ${yamlScalar(config)}`]),
    ...(venv === undefined ? [] : [`      venv: ${venv}`]),
    ...(run === undefined ? [] : ['      run: |', ...run.split('\n').map((line) => `        ${line}`)]),
    ...signInLines(registry),
  ];
  return `${lines.join('\n')}\n`;
}

/** Below an account alone it is a repository of its own; below a repository its name follows that one. */
function imageName(registry: string | undefined): string {
  if (registry === undefined) return `ghcr.io/\${{ github.repository }}-devcontainer`;
  return registry.split('/').length > 2 ? `${registry}-devcontainer` : `${registry}/devcontainer`;
}
