import { suiteRepository } from './suite-repository.ts';
import { branchTriggers, runsAlone, signInLines } from './workflow-parts.ts';

/** What the workflow of a repository follows from. */
export interface WorkflowChoices {
  readonly defaultBranch: string;
  readonly registry: string | undefined;
  /** There is a version, so that tags of it are pushed. */
  readonly hasVersion: boolean;
  /** Whether everything is built anew each week. */
  readonly weekly: boolean;
}

/** The workflow that calls ours: when, with which rights, and never two at once of what publishes. */
export function workflowText({ defaultBranch, registry, hasVersion, weekly }: WorkflowChoices): string {
  const lines = [
    '# Plans, builds and tests level by level, and publishes the set or nothing. Made by `slipway init`; it is yours now.',
    'name: images',
    '',
    ...branchTriggers(defaultBranch),
    ...(hasVersion ? ['    tags: ["v*", "[0-9]*"]'] : []),
    '  pull_request:',
    ...(weekly ? ['  schedule:', '    - cron: "23 4 * * 1" # each Monday, on bases of that day'] : []),
    '  workflow_dispatch:',
    '    inputs:',
    '      rebuild-base:',
    '        description: Build everything anew, on new bases',
    '        type: boolean',
    '        default: false',
    '',
    ...runsAlone('images'),
    '',
    'jobs:',
    '  images:',
    '    name: images',
    `    uses: ${suiteRepository}/.github/workflows/images.yml@v1`,
    '    permissions:',
    '      contents: read # to read the repository',
    '      packages: write # to publish what passed its tests',
    '    with:',
    `      rebuild-base: \${{ inputs.rebuild-base == true }}`,
    ...signInLines(registry),
  ];
  return `${lines.join('\n')}\n`;
}
