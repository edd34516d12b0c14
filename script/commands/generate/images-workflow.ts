import { levelCount, slotCount } from '../../../src/domain/rows.ts';
import { checkout, suiteVersion } from './action-runtime.ts';
import type { GeneratedFile } from './generated-file.ts';
import { imagesHead } from './images-head.ts';

const levels = Array.from({ length: levelCount }, (_, index) => index + 1);
const slots = Array.from({ length: slotCount }, (_, index) => index + 1);

/** The reusable workflow: plan, build and test level by level, verify, publish, release. */
export const imagesWorkflow: GeneratedFile = {
  path: '.github/workflows/images.yml',
  make: async ({ repository }) => {
    const action = (name: string): string => `${repository}/actions/${name}@${suiteVersion}`;
    return [
      imagesHead,
      planJob(action),
      ...levels.map((level) => levelJob(action, level)),
      verifyJob(action),
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

function planJob(action: Named): string {
  const outputs = ['plan', 'version', 'publish', ...levels.map((level) => `matrix-${level}`)];
  return `  plan:
    name: plan
    runs-on: \${{ inputs.runs-on }}
    timeout-minutes: 15
    permissions:
      contents: read # to read the repository
      packages: write # to find out before anything is built whether this run may publish
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
          preflight: true
          builder: \${{ inputs.builder }}
          secrets: \${{ secrets.build-secrets }}
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
          keep-store-max: \${{ inputs.keep-store-max }}
          secrets: \${{ secrets.build-secrets }}
${earlier.length === 0 ? '' : `          results: ${resultsOf(earlier)}\n`}${signIn}
`;
}

/** The outputs of the build jobs alone: with the matrices among them the input could grow too large for an environment. */
function resultsOf(of: readonly number[]): string {
  return `'[${of.map((level) => `\${{ toJSON(needs.level-${level}.outputs) }}`).join(', ')}]'`;
}

function verifyJob(action: Named): string {
  return `  verify:
    name: verify
    needs: [plan, ${levels.map((level) => `level-${level}`).join(', ')}]
    # Also after a red image: then the gate says which one keeps the set back.
    if: \${{ !cancelled() && needs.plan.result == 'success' && needs.plan.outputs.publish == 'true' }}
    runs-on: \${{ inputs.runs-on }}
    timeout-minutes: 180
    permissions:
      contents: read # to test the set with the files of the repository
      packages: read # to read what was uploaded; a test of the set finds no right to write
    outputs:
      set-test: \${{ steps.verify.outputs.set-test }}
    steps:
${checkoutStep}
      - id: verify
        uses: ${action('verify-digest')}
        with:
          mode: \${{ inputs.gate }}
          builder: \${{ inputs.gate-builder }}
          secrets: \${{ secrets.build-secrets }}
${setInputs()}
`;
}

function publishJob(action: Named): string {
  return `  publish:
    name: publish
    needs: [plan, ${levels.map((level) => `level-${level}`).join(', ')}, verify]
    if: \${{ !cancelled() && needs.verify.result == 'success' }}
    runs-on: \${{ inputs.runs-on }}
    environment: \${{ inputs.environment }}
    timeout-minutes: 60
${releaseQueue}
    permissions:
      contents: read # to read artifacts of this run
      packages: write # to write the immutable tags
    steps:
      - uses: ${action('push')}
        with:
          set-test: \${{ needs.verify.outputs.set-test }}
${setInputs()}
`;
}

function releaseJob(action: Named): string {
  return `  release:
    name: release
    needs: [plan, ${levels.map((level) => `level-${level}`).join(', ')}, verify, publish]
    if: \${{ !cancelled() && needs.publish.result == 'success' }}
    runs-on: \${{ inputs.runs-on }}
    environment: \${{ inputs.environment }}
    timeout-minutes: 60
${releaseQueue}
    permissions:
      contents: read # to read artifacts of this run
      packages: write # to move the floating tags
    steps:
      - uses: ${action('release-latest')}
        with:
          set-test: \${{ needs.verify.outputs.set-test }}
${setInputs()}
`;
}

/** Releases of one repository wait for each other; one that has begun is never cancelled. */
const releaseQueue = `    # All that wait are kept, up to a hundred; none is cut off.
    concurrency:
      group: slipway-release-\${{ github.repository }}
      cancel-in-progress: false
      queue: max`;

function setInputs(): string {
  return `          plan: \${{ needs.plan.outputs.plan }}
          results: ${resultsOf(levels)}
          registry-logins: \${{ secrets.registry-logins }}
${signIn}`;
}
