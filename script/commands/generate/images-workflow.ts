import { levelCount, slotCount } from '../../../src/domain/rows.ts';
import { checkout, suiteVersion } from './action-runtime.ts';
import type { GeneratedFile } from './generated-file.ts';

const levels = Array.from({ length: levelCount }, (_, index) => index + 1);
const slots = Array.from({ length: slotCount }, (_, index) => index + 1);

/** The reusable workflow: plan, build and test level by level, publish, release. */
export const imagesWorkflow: GeneratedFile = {
  path: '.github/workflows/images.yml',
  make: async ({ repository }) => {
    const action = (name: string): string => `${repository}/actions/${name}@${suiteVersion}`;
    return [
      head,
      planJob(action),
      ...levels.map((level) => levelJob(action, level)),
      publishJob(action),
      releaseJob(action),
    ].join('\n');
  },
};

type Named = (name: string) => string;

const signIn = `          registry-username: \${{ secrets.registry-username }}
          registry-password: \${{ secrets.registry-password }}`;

const checkoutStep = `      - uses: ${checkout.action} # ${checkout.release}
        with:
          persist-credentials: false`;

const head = `# Made by script/generate from script/commands/generate/images-workflow.ts.
name: images

on:
  workflow_call:
    inputs:
      config:
        description: The configuration; by default slipway.yml or .github/slipway.yml
        type: string
        default: ''
      registry:
        description: Where images are published; by default what the configuration says
        type: string
        default: ''
      images:
        description: Only these images and what they are built on
        type: string
        default: ''
      since:
        description: Build what changed since this commit, branch or tag, and what is built on it
        type: string
        default: ''
      tags:
        description: Tags that another tool chose, such as docker/metadata-action; they stand in for ours
        type: string
        default: ''
      max-jobs:
        description: The most jobs of one level; with 1, all images share a single job
        type: number
        default: 64
      rebuild-base:
        description: On workflow_dispatch, build everything anew
        type: boolean
        default: false
      builder:
        description: The builder of buildx to use; by default the current one
        type: string
        default: ''
      runs-on:
        description: The runner of every job, but for platforms that have runners of their own
        type: string
        default: ubuntu-latest
    secrets:
      registry-username:
        description: The user to sign in to the registry as; by default what Docker is signed in as
        required: false
      registry-password:
        description: The password or token of that user
        required: false
    outputs:
      plan:
        description: The digest of the plan
        value: \${{ jobs.plan.outputs.plan }}
      version:
        description: The version of the project; empty when it has none
        value: \${{ jobs.plan.outputs.version }}

permissions: {}

jobs:`;

function planJob(action: Named): string {
  const outputs = ['plan', 'version', 'publish', ...levels.map((level) => `matrix-${level}`)];
  return `  plan:
    name: plan
    runs-on: \${{ inputs.runs-on }}
    timeout-minutes: 15
    permissions:
      contents: read # to read the repository
      packages: read # to see what is published already
    outputs:
${outputs.map((name) => `      ${name}: \${{ steps.plan.outputs.${name} }}`).join('\n')}
    steps:
${checkoutStep}
          # Which files changed, and since which tag, the history says; files of the past are not needed for that.
          fetch-depth: 0
          filter: blob:none
      - id: plan
        uses: ${action('matrix-generate')}
        with:
          config: \${{ inputs.config }}
          registry: \${{ inputs.registry }}
          images: \${{ inputs.images }}
          since: \${{ inputs.since }}
          tags: \${{ inputs.tags }}
          max-jobs: \${{ inputs.max-jobs }}
          rebuild-base: \${{ inputs.rebuild-base }}
${signIn}
`;
}

function levelJob(action: Named, level: number): string {
  const earlier = levels.slice(0, level - 1);
  // Images whose bases are fine are built although a neighbour of those bases is red.
  const condition =
    level === 1
      ? `needs.plan.outputs.matrix-1 != ''`
      : `\${{ !cancelled() && needs.plan.result == 'success' && needs.plan.outputs.matrix-${level} != '' }}`;
  return `  level-${level}:
    name: \${{ matrix.row }}
    needs: [${['plan', ...earlier.map((one) => `level-${one}`)].join(', ')}]
    if: ${condition}
    strategy:
      fail-fast: false
      matrix: \${{ fromJSON(needs.plan.outputs.matrix-${level}) }}
    runs-on: \${{ matrix.runner != '' && fromJSON(matrix.runner) || inputs.runs-on }}
    timeout-minutes: \${{ matrix.minutes }}
    permissions:
      contents: read # to build from the repository
      packages: write # to upload what passed its tests
    outputs:
${slots.map((slot) => `      result-${slot}: \${{ steps.build.outputs.result-${slot} }}`).join('\n')}
    steps:
${checkoutStep}
      - id: build
        uses: ${action('build-test')}
        with:
          plan: \${{ needs.plan.outputs.plan }}
          row: \${{ matrix.row }}
          builder: \${{ inputs.builder }}
${earlier.length === 0 ? '' : `          results: ${resultsOf(earlier)}\n`}${signIn}
`;
}

/** The outputs of the build jobs alone: with the matrices among them the input could grow too large for an environment. */
function resultsOf(of: readonly number[]): string {
  return `'[${of.map((level) => `\${{ toJSON(needs.level-${level}.outputs) }}`).join(', ')}]'`;
}

function publishJob(action: Named): string {
  return `  publish:
    name: publish
    needs: [plan, ${levels.map((level) => `level-${level}`).join(', ')}]
    # Also after a red image: then the gate says which one keeps the set back.
    if: \${{ !cancelled() && needs.plan.result == 'success' && needs.plan.outputs.publish == 'true' }}
    runs-on: \${{ inputs.runs-on }}
    timeout-minutes: 60
${releaseQueue}
    permissions:
      contents: read # to read artifacts of this run
      packages: write # to write the immutable tags
    steps:
      - uses: ${action('verify-digest')}
        with:
${setInputs()}
      - uses: ${action('push')}
        with:
${setInputs()}
`;
}

function releaseJob(action: Named): string {
  return `  release:
    name: release
    needs: [plan, ${levels.map((level) => `level-${level}`).join(', ')}, publish]
    if: \${{ !cancelled() && needs.publish.result == 'success' }}
    runs-on: \${{ inputs.runs-on }}
    timeout-minutes: 60
${releaseQueue}
    permissions:
      contents: read # to read artifacts of this run
      packages: write # to move the floating tags
    steps:
      - uses: ${action('release-latest')}
        with:
${setInputs()}
`;
}

/** Releases of one repository wait for each other; one that has begun is never cancelled. */
const releaseQueue = `    # Of those that wait GitHub keeps the newest only, so a release may have to be run again; none is cut off.
    concurrency:
      group: slipway-release-\${{ github.repository }}
      cancel-in-progress: false`;

function setInputs(): string {
  return `          plan: \${{ needs.plan.outputs.plan }}
          results: ${resultsOf(levels)}
${signIn}`;
}
