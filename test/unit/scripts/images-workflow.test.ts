import { describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { suiteRepository } from '../../../src/formats/init/suite-repository.ts';
import { readHere } from '../../support/doc-pages.ts';

interface Input {
  readonly default?: unknown;
}

interface Step {
  readonly uses?: string;
  readonly with?: Readonly<Record<string, unknown>>;
}

interface Job {
  readonly steps: readonly Step[];
  readonly permissions?: Readonly<Record<string, string>>;
  readonly concurrency?: unknown;
  readonly 'timeout-minutes'?: unknown;
}

const { on, jobs, permissions } = parse(readHere('.github/workflows/images.yml')) as {
  readonly on: { readonly workflow_call: { readonly inputs: Readonly<Record<string, Input>> } };
  readonly jobs: Readonly<Record<string, Job>>;
  readonly permissions: unknown;
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

  it('uses no action of others but checkout, by its whole commit', () => {
    const used = Object.values(jobs).flatMap(({ steps }) => steps.flatMap(({ uses = '' }) => uses));
    const others = new Set(used.filter((uses) => !uses.startsWith(`${suiteRepository}/`)));
    expect([...others]).toEqual([expect.stringMatching(/^actions\/checkout@[0-9a-f]{40}$/)]);
  });

  it('gives each job the rights that it needs, and no job one to write packages that only reads them', () => {
    const rights = Object.entries(jobs).map(([id, job]) => [id, job.permissions]);
    const reading = { contents: 'read', packages: 'read' };
    const writing = { contents: 'read', packages: 'write' };
    const others = ['plan', ...levels, 'publish', 'release'].map((id) => [id, writing]);
    expect(permissions).toEqual({});
    expect(Object.fromEntries(rights)).toEqual({ ...Object.fromEntries(others), verify: reading });
  });

  it('has releases of a repository wait for each other, and cancels none', () => {
    const queue = { group: 'slipway-release-${{ github.repository }}', 'cancel-in-progress': false, queue: 'max' };
    const waiting = Object.entries(jobs).filter(([, { concurrency }]) => concurrency !== undefined);
    expect(Object.fromEntries(waiting.map(([id, { concurrency }]) => [id, concurrency]))).toEqual({
      publish: queue,
      release: queue,
    });
  });

  it('ends every job that hangs', () => {
    expect(Object.values(jobs).filter((job) => job['timeout-minutes'] === undefined)).toEqual([]);
  });

  // A runner takes the default of an action only where a step does not name the input at all.
  it.each([
    ['keep-store-max', 'build-test'],
    ['max-jobs', 'matrix-generate'],
  ])('has for %s the default of %s', (input, action) => {
    expect(String(on.workflow_call.inputs[input]?.default)).toBe(String(inputsOf(action)[input]?.default));
  });
});
