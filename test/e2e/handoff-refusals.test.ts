import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type HandoffRun, type HandoffRunner, openHandoffRunner } from '../support/handoff-runner.ts';
import type { Misdeed } from '../support/handoff-set.ts';
import { jobOf } from '../support/runner.ts';

const LIMIT_MS = 900_000;

let runner: HandoffRunner;

beforeAll(async () => {
  runner = await openHandoffRunner();
}, LIMIT_MS);

afterAll(async () => {
  await runner[Symbol.asyncDispose]();
}, LIMIT_MS);

/** Two levels of two images through images.yml in a workflow runner, one of whose jobs does what it must not. */
async function gateAfter(misdeed: Misdeed, by = '', to = '') {
  const run = await runner.run({ levels: [2, 2], misdeed, by, to });
  return { run, errors: errorsOf(run, 'verify') };
}

describe('the gate of images.yml in a workflow runner', () => {
  it(
    'T38: names the rows of a level that was skipped',
    async () => {
      const { run, errors } = await gateAfter('hide-level');

      expect(run.jobs.map(({ name }) => name)).not.toContain('image-2-1');
      expect(errors).toEqual([
        expect.stringMatching(/handoff-missing: 2 of the build jobs handed no result on: image-2-1; image-2-2\n/),
      ]);
      expectNothingReleased(run);
    },
    LIMIT_MS,
  );

  it(
    'T38: names the row whose job failed and the one that was to be built on it, and no neighbour',
    async () => {
      const { run, errors } = await gateAfter('fail', 'image-1-2');

      expect(linesOf(run, 'image-2-1')).toContain('1 of 1 bases arrived');
      expect(errorsOf(run, 'image-2-2')).toEqual([
        expect.stringMatching(/handoff-missing: .* no result on: image-1-2\n/),
      ]);
      expect(errors).toEqual([
        expect.stringMatching(/handoff-missing: 2 of the build jobs handed no result on: image-1-2; image-2-2\n/),
      ]);
      expectNothingReleased(run);
    },
    LIMIT_MS,
  );

  it(
    'T07: refuses a result that another job of the run replaced after its upload',
    async () => {
      const { run, errors } = await gateAfter('replace-result', 'image-2-1', 'image-1-1');

      expect(linesOf(run, 'image-2-1')).toContain('replaced slipway-record-image-1-1');
      expect(errors).toEqual([
        expect.stringMatching(
          /handoff-swapped: the artifact slipway-record-image-1-1 holds sha256:\w{64}, and its job said sha256:\w{64}\n/,
        ),
      ]);
      expectNothingReleased(run);
    },
    LIMIT_MS,
  );

  it(
    'T08: refuses a result that is of another run',
    async () => {
      const { run, errors } = await gateAfter('speak-of-another-run', 'image-2-2');

      expect(errors).toEqual([
        expect.stringMatching(/handoff-other-run: the result of image-2-2 is of run another, not of \d+\n/),
      ]);
      expectNothingReleased(run);
    },
    LIMIT_MS,
  );

  it(
    'T07: refuses a plan that another job of the run replaced after its upload',
    async () => {
      // A level above is done when this one starts, and its neighbour may be on either side of the deed.
      const { run, errors } = await gateAfter('replace-plan', 'image-2-1');

      expect(linesOf(run, 'image-2-1')).toContain('replaced slipway-plan');
      expect(errors).toEqual([
        expect.stringMatching(
          /handoff-swapped: the artifact slipway-plan holds sha256:\w{64}, and the plan of this run is sha256:\w{64}\n/,
        ),
      ]);
      expectNothingReleased(run);
    },
    LIMIT_MS,
  );

  it(
    'T08: refuses a plan that is of another run, as each build job does',
    async () => {
      const { run, errors } = await gateAfter('plan-of-another-run');
      const refusal = /handoff-other-run: the plan is of run another, not of \d+\n/;

      for (const row of ['image-1-1', 'image-1-2', 'image-2-1', 'image-2-2']) {
        expect(errorsOf(run, row)).toEqual([expect.stringMatching(refusal)]);
      }
      expect(errors).toEqual([expect.stringMatching(refusal)]);
      expectNothingReleased(run);
    },
    LIMIT_MS,
  );
});

function errorsOf(run: HandoffRun, job: string): readonly string[] {
  return jobOf(run, job).steps.flatMap(({ errors }) => errors);
}

function linesOf(run: HandoffRun, job: string): readonly string[] {
  return jobOf(run, job).steps.flatMap(({ lines }) => lines);
}

function expectNothingReleased(run: HandoffRun): void {
  expect(jobOf(run, 'verify').result).toBe('failure');
  expect(errorsOf(run, 'verify').join()).toContain('state: nothing was released');
  const names = run.jobs.map(({ name }) => name);
  for (const job of ['publish', 'release']) expect(names).not.toContain(job);
  expect(run.exitCode).not.toBe(0);
}
