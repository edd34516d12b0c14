import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Lab, requireLab } from '../support/lab.ts';
import { jobOf, openRunner, type Run, type Runner } from '../support/runner.ts';
import { type Hello, mainPush, openHello } from '../support/runner-hello.ts';

const LIMIT_MS = 900_000;
const unknownPlan = `sha256:${'0'.repeat(64)}`;

let lab: Lab;
let runner: Runner;
let hello: Hello;

beforeAll(async () => {
  lab = requireLab();
  runner = await openRunner(lab);
  hello = await openHello(lab);
}, LIMIT_MS);

afterAll(async () => {
  await hello[Symbol.asyncDispose]();
  await runner[Symbol.asyncDispose]();
}, LIMIT_MS);

/** Runs a workflow of our own in the repository. */
async function runOwn(name: string, text: string, happening: { event: string; payload: unknown }): Promise<Run> {
  await writeFile(path.join(hello.folder, '.git', name), text);
  return runner.run({ folder: hello.folder, workflow: `.git/${name}`, ...happening });
}

/** The one error annotation of a job, by its four parts. */
function errorOf(run: Run, job: string): Readonly<Record<'code' | 'what' | 'where' | 'state' | 'next', string>> {
  const { result, steps } = jobOf(run, job);
  expect(result).toBe('failure');
  const errors = steps.flatMap((step) => step.errors);
  expect(errors).toHaveLength(1);
  const parts = /^([a-z-]+): (.+)\nwhere: (.+)\nstate: (.+)\nnext: (.+)$/.exec(errors[0] ?? '');
  const [, code = '', what = '', where = '', state = '', next = ''] = parts ?? [];
  return { code, what, where, state, next };
}

/** Markdown without the backslashes that keep a text from being read as markdown. */
function plain(text: string): string {
  return text.replaceAll('\\', '');
}

describe('in a workflow with mistakes', () => {
  let run: Run;

  beforeAll(async () => {
    run = await runOwn('mistakes.yml', mistakes, mainPush);
  }, LIMIT_MS);

  it('an input that the action does not have is refused, with the name that was meant', () => {
    expect(errorOf(run, 'unknown-input')).toEqual({
      code: 'input-unknown',
      what: 'matrix-generate has no input "regsitry"',
      where: 'with: of matrix-generate',
      state: 'nothing was done',
      next: 'did you mean registry?',
    });
  });

  it.each(['build-without-plan', 'push-without-plan'])('a plan that no job made is refused: %s', (job) => {
    expect(errorOf(run, job)).toMatchObject({
      code: 'plan-missing',
      what: 'this run has no artifact slipway-plan',
      state: 'nothing was released',
    });
  });

  it('a runner without an engine is refused', () => {
    expect(errorOf(run, 'no-engine')).toMatchObject({
      code: 'engine-missing',
      state: 'nothing was built and nothing was released',
    });
  });

  it('every error is in the summary of its job as well', () => {
    for (const { name, steps } of run.jobs) {
      const { code, next } = errorOf(run, name);
      const summary = steps.map((step) => step.summary).join('');
      expect(summary).toContain(`\`${code}\``);
      expect(plain(summary)).toContain(`- **next** ${plain(next)}`);
    }
  });

  it('no job is green, and so the run is not', () => {
    expect(new Set(run.jobs.map((job) => job.result))).toEqual(new Set(['failure']));
    expect(run.exitCode).not.toBe(0);
  });
});

it.each([
  ['issue_comment', 'the event issue_comment runs with the rights of the repository on the word of a stranger'],
  ['gollum', 'the event "gollum" is not one that Slipway knows'],
])(
  'an event that Slipway does not take is refused: %s',
  async (event, what) => {
    const run = await runOwn(`${event}.yml`, onEvent(event), { event, payload: mainPush.payload });
    expect(errorOf(run, 'check')).toMatchObject({
      code: 'event-refused',
      what,
      where: 'the event of this run',
      state: 'nothing was built and nothing was released',
    });
    expect(run.exitCode).not.toBe(0);
  },
  LIMIT_MS,
);

it(
  'a run that cannot upload artifacts ends with its plan, and builds nothing',
  async () => {
    const workflow = '.github/workflows/images.yml';
    const run = await runner.run({ folder: hello.folder, workflow, ...mainPush, artifacts: false });
    expect(run.jobs.map((job) => job.name)).toEqual(['plan']);
    expect(errorOf(run, 'plan')).toMatchObject({
      code: 'artifact-not-uploaded',
      what: expect.stringContaining('the artifact slipway-plan could not be uploaded'),
      next: expect.stringContaining('may this job use artifacts?'),
    });
    expect(run.exitCode).not.toBe(0);
  },
  LIMIT_MS,
);

it(
  'none of it leaves a tag or a container',
  async () => {
    expect(await hello.tags()).toEqual({ base: [], clock: [], greeter: [] });
    expect(await hello.desk.inEngine()).toEqual([]);
  },
  LIMIT_MS,
);

const mistakes = `
on: push
jobs:
  unknown-input:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v6
      - uses: org/slipway/actions/matrix-generate@v1
        with:
          regsitry: ghcr.io/acme/hello
  build-without-plan:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v6
      - uses: org/slipway/actions/build-test@v1
        with:
          plan: ${unknownPlan}
          image: base
  push-without-plan:
    runs-on: ubuntu-latest
    steps:
      - uses: org/slipway/actions/push@v1
        with:
          plan: ${unknownPlan}
          results: '[]'
  no-engine:
    runs-on: ubuntu-latest
    env:
      DOCKER_HOST: unix:///nowhere/docker.sock
    steps:
      - uses: actions/checkout@v6
      - uses: org/slipway/actions/build-test@v1
        with:
          name: base
          context: base
          test: 'true'
`;

function onEvent(event: string): string {
  return `
on: ${event}
jobs:
  check:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v6
      - uses: org/slipway/actions/static-checks@v1
        with:
          run: 'true'
`;
}
