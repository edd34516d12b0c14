import { describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { readHere } from '../../support/doc-pages.ts';

interface Input {
  readonly default?: unknown;
}

interface Step {
  readonly uses?: string;
  readonly with?: Readonly<Record<string, unknown>>;
}

const { on, jobs } = parse(readHere('.github/workflows/images.yml')) as {
  readonly on: { readonly workflow_call: { readonly inputs: Readonly<Record<string, Input>> } };
  readonly jobs: Readonly<Record<string, { readonly steps: readonly Step[] }>>;
};
const levels = Object.keys(jobs).filter((id) => id.startsWith('level-'));

/** What a job gives an action of ours. */
function givenIn(id: string, action: string): Step['with'] {
  return jobs[id]?.steps.find(({ uses }) => uses?.includes(`/actions/${action}@`) === true)?.with;
}

const inputsOf = (action: string): Readonly<Record<string, Input>> =>
  parse(readHere(`actions/${action}/action.yml`)).inputs;

describe('the reusable workflow', () => {
  it('hands keep-store-max to the builds of every level', () => {
    const handed = levels.map((id) => givenIn(id, 'build-test')?.['keep-store-max']);
    expect(levels).toHaveLength(8);
    expect(handed).toEqual(levels.map(() => '${{ inputs.keep-store-max }}'));
  });

  // A runner takes the default of an action only where a step does not name the input at all.
  it.each([
    ['keep-store-max', 'build-test'],
    ['max-jobs', 'matrix-generate'],
  ])('has for %s the default of %s', (input, action) => {
    expect(String(on.workflow_call.inputs[input]?.default)).toBe(String(inputsOf(action)[input]?.default));
  });
});
