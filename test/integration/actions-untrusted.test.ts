import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { hostileSample } from '../support/action-hostile.ts';
import { type EndedStep, type Job, jobToken, openJob } from '../support/action-step.ts';
import { type Desk, openDesk } from '../support/desk.ts';
import { requireLab } from '../support/lab.ts';
import { runnerReads } from '../support/runner-model.ts';

const LIMIT_MS = 600_000;
const lab = requireLab();
const nodes = [
  { name: 'Node 20', program: process.execPath },
  { name: 'Node 24', program: lab.node24 },
] as const;
const digest = `sha256:${'ab'.repeat(32)}`;
const hostile = [...hostileSample(80), `this is ${digest}`].map((line) => `${line}\n`).join('');

describe.each(nodes)('T13 output of strangers on $name', ({ program }) => {
  let desk: Desk;
  let job: Job;

  beforeAll(async () => {
    desk = await openDesk(lab);
    await desk.commit({
      'loud/hostile': hostile,
      'loud/Dockerfile': `FROM busybox:1.36\nLABEL ${desk.label}\nCOPY hostile /hostile\n`,
      'loud/Dockerfile.build': 'FROM busybox:1.36\nCOPY hostile /hostile\nRUN cat /hostile; cat /hostile >&2; exit 3\n',
    });
    job = await openJob(lab, { node: program, workspace: desk.folder });
  }, LIMIT_MS);

  afterAll(async () => {
    await job[Symbol.asyncDispose]();
    await desk[Symbol.asyncDispose]();
  }, LIMIT_MS);

  it(
    'commands nothing when a test container prints it',
    async () => {
      const test = 'cat /hostile; cat /hostile >&2; exit 1';
      const step = await job.run('build-test', { name: 'loud', context: 'loud', test });
      expect(step.exitCode).toBe(1);
      expect(step.errors).toEqual([expect.stringMatching(/^test-failed: /)]);
      expect(step.outputs).toEqual({ 'test-result': 'failed', 'scan-result': 'not-scanned' });
      expectOnlyOurs(step);
      expect(step.stdout).toContain(`  this is ${digest}\n`);
    },
    LIMIT_MS,
  );

  it(
    'commands nothing when a build prints it',
    async () => {
      const step = await job.run('build-test', { name: 'loud', context: 'loud', dockerfile: 'Dockerfile.build' });
      expect(step.exitCode).not.toBe(0);
      expect(step.errors).toHaveLength(1);
      expect(step.outputs).toEqual({ 'test-result': 'failed', 'scan-result': 'not-scanned' });
      expectOnlyOurs(step);
      expect(step.stdout).toContain(`this is ${digest}\n`);
    },
    LIMIT_MS,
  );

  it.each([
    ['here', {}],
    ['in a container', { container: 'busybox:1.36' }],
  ])(
    'commands nothing when static checks print it %s',
    async (_, where) => {
      const step = await job.run('static-checks', { run: 'cat loud/hostile; cat loud/hostile >&2; false', ...where });
      expect(step.exitCode).toBe(1);
      expect(step.errors).toEqual([expect.stringMatching(/^checks-failed: /)]);
      expectOnlyOurs(step);
      expect(step.stdout).toContain(`  this is ${digest}\n`);
    },
    LIMIT_MS,
  );

  it.each([
    ['a test', 'build-test', { name: 'loud', context: 'loud', test: 'PROBE' }],
    ['static checks', 'static-checks', { run: 'PROBE', container: 'busybox:1.36' }],
  ])(
    'T12 the container of %s sees no variable and no file of the runner, and nothing is left for later steps',
    async (_, action, inputs) => {
      const names = 'GITHUB_|RUNNER_|INPUT_|ACTIONS_|STATE_';
      const probe = `env | grep -E '^(${names})' && exit 8; grep -E '/step-[0-9]|docker.sock' /proc/self/mountinfo && exit 9; true`;
      const given = Object.entries(inputs).map(([name, value]) => [name, value.replace('PROBE', probe)]);
      const step = await job.run(action, Object.fromEntries(given));
      expect([step.exitCode, step.errors, step.forLaterSteps]).toEqual([0, [], '']);
    },
    LIMIT_MS,
  );

  it(
    'commands nothing when it is the name of a file, of a test or of a tag',
    async () => {
      const config = JSON.stringify({ images: { '::error::x': { context: '##[error]y' } } });
      await desk.commit({ 'odd.yml': config });
      const step = await job.run('matrix-generate', { config: 'odd.yml', registry: `${lab.registry}/${desk.id}` });
      expect(step.exitCode).toBe(2);
      expect(step.errors).toHaveLength(1);
      expectOnlyOurs(step);
    },
    LIMIT_MS,
  );
});

/** Nothing but our own commands, also if the pause around what we relay were not there. */
function expectOnlyOurs({ stdout, stderr }: EndedStep): void {
  const reading = runnerReads(stdout);
  const tokens = reading.commands.flatMap(({ name, data }) => (name === 'stop-commands' ? [data] : []));
  expect(tokens.every((token) => /^[0-9a-f]{64}$/.test(token))).toBe(true);
  // There is no service for artifacts here, and where the logs of tests are not kept we say so.
  const masked = [jobToken, Buffer.from(`x-access-token:${jobToken}`).toString('base64')];
  const said = reading.commands.filter(
    ({ name, data }) =>
      !(name === 'add-mask' && masked.includes(data)) &&
      !/\bthe artifact (?:test-logs|digest|slipway-store)-\w+ could not be uploaded: Unable/.test(data),
  );
  const names = new Set(said.map(({ name }) => (tokens.includes(name) ? 'TOKEN' : name)));
  expect([...names].filter((name) => !['group', 'endgroup', 'stop-commands', 'TOKEN', 'error'].includes(name))).toEqual(
    [],
  );
  expect(reading.isPaused).toBe(false);
  expect(reading.commands.at(-1)?.name).toBe('error');
  const unpaused = stdout.split('\n').filter((line) => !line.startsWith('::stop-commands::'));
  const without = runnerReads(unpaused.join('\n')).commands.map(({ name }) => name);
  const ours = reading.commands.map(({ name }) => name);
  expect(without).toEqual(ours.filter((name) => name !== 'stop-commands' && !tokens.includes(name)));
  expect(runnerReads(stderr).commands).toEqual([]);
}
