import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Lab, requireLab } from '../support/lab.ts';
import { failuresOf, jobOf, openRunner, type Run, type Runner, resultsOf, stepsOf } from '../support/runner.ts';
import { type Hello, mainPush, openHello, pullRequest, writesAmong } from '../support/runner-hello.ts';

const LIMIT_MS = 900_000;
const workflow = '.github/workflows/images.yml';

let lab: Lab;
let runner: Runner;

beforeAll(async () => {
  lab = requireLab();
  runner = await openRunner(lab);
}, LIMIT_MS);

afterAll(async () => {
  await runner[Symbol.asyncDispose]();
}, LIMIT_MS);

describe('a push to main', () => {
  let hello: Hello;
  let first: Run;

  beforeAll(async () => {
    hello = await openHello(lab);
    first = await runner.run({ folder: hello.folder, workflow, ...mainPush });
  }, LIMIT_MS);

  afterAll(async () => {
    await hello[Symbol.asyncDispose]();
  }, LIMIT_MS);

  it(
    'gives every image the name of the branch',
    async () => {
      expect(failuresOf(first)).toEqual([]);
      expect(first.exitCode).toBe(0);
      expect(await hello.tags()).toEqual({ base: ['main'], clock: ['main'], greeter: ['main'] });
      const digest = await hello.digest('greeter', 'main');
      expect(await hello.record('greeter', digest)).toMatchObject({ digest, test: 'passed' });
    },
    LIMIT_MS,
  );

  it(
    'that changes nothing builds nothing and writes nothing',
    async () => {
      const before = await hello.requests();
      expect(writesAmong(before)).not.toEqual([]);
      const second = await runner.run({ folder: hello.folder, workflow, ...mainPush });
      expect(failuresOf(second)).toEqual([]);
      expect(resultsOf(second)).toEqual({ plan: 'success', verify: 'success', publish: 'success', release: 'success' });
      expect(second.log).not.toContain('Built and tested');
      expect(stepsOf(second, 'matrix-generate')[0]?.summary).toContain('### Plan: 0 to build, 3 carried over');
      expect(
        [...stepsOf(second, 'push'), ...stepsOf(second, 'release-latest')].map((step) => step.outputs.state),
      ).toEqual(['unchanged', 'unchanged']);
      const since = (await hello.requests()).slice(before.length);
      expect(since).not.toEqual([]);
      expect(writesAmong(since)).toEqual([]);
      expect(second.exitCode).toBe(0);
    },
    LIMIT_MS,
  );
});

describe.each([
  ['this repository', pullRequest()],
  ['a fork', pullRequest('stranger/hello')],
])('a pull request from %s', (_, happening) => {
  let hello: Hello;
  let run: Run;

  beforeAll(async () => {
    hello = await openHello(lab);
    run = await runner.run({ folder: hello.folder, workflow, ...happening });
  }, LIMIT_MS);

  afterAll(async () => {
    await hello[Symbol.asyncDispose]();
  }, LIMIT_MS);

  it('builds and tests the base and what is built on it in one job, and publishes nothing', () => {
    expect(failuresOf(run)).toEqual([]);
    expect(resultsOf(run)).toEqual({ plan: 'success', 'group--1-1': 'success' });
    const [build] = jobOf(run, 'group--1-1').steps.filter((step) => step.id === 'build');
    expect(build?.summary).toContain('### Built and tested: 3');
    expect(stepsOf(run, 'matrix-generate')[0]?.outputs.publish).toBe('false');
    expect(run.exitCode).toBe(0);
  });

  it(
    'writes nothing to the registry',
    async () => {
      const requests = await hello.requests();
      expect(requests).not.toEqual([]);
      expect(writesAmong(requests)).toEqual([]);
      expect(await hello.tags()).toEqual({ base: [], clock: [], greeter: [] });
    },
    LIMIT_MS,
  );

  it(
    'leaves nothing in the engine',
    async () => {
      expect(await hello.desk.inEngine()).toEqual([]);
    },
    LIMIT_MS,
  );
});
