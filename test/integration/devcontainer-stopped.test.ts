import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Job, RunningStep } from '../support/action-step.ts';
import { cancelled } from '../support/cancelled-step.ts';
import { eventually } from '../support/desk.ts';
import { type DevcontainerDesk, openDevcontainerDesk, smallDevcontainer } from '../support/devcontainer.ts';
import { docker, requireLab, tagsOf } from '../support/lab.ts';

const LIMIT_MS = 600_000;
const lab = requireLab();
const action = 'devcontainer-prebuild';

let desk: DevcontainerDesk;
let job: Job;

beforeAll(async () => {
  desk = await openDevcontainerDesk(lab, smallDevcontainer());
  job = await desk.job();
}, LIMIT_MS);

afterAll(async () => {
  await desk[Symbol.asyncDispose]();
}, LIMIT_MS);

const until = (step: RunningStep, pattern: RegExp): Promise<string> =>
  eventually(
    async () => step.said(),
    (said) => pattern.test(said),
  );

/** Runs the step after the job, and tells what is left then of what the step had. */
async function afterwards(step: RunningStep): Promise<readonly unknown[]> {
  const { owner = '', folder = '', ...more } = await step.state();
  expect([owner, folder]).not.toContain('');
  const env = Object.fromEntries(
    Object.entries({ owner, folder, ...more }).map(([name, value]) => [`STATE_${name}`, value]),
  );
  const post = await job.run(action, {}, { env, script: 'post' });
  const owned = await docker(lab, 'ps', '--all', '--quiet', '--filter', `label=slipway.owner=${owner}`);
  const reference = `label=slipway.test=${desk.id}`;
  const images = (await docker(lab, 'image', 'ls', '--filter', reference, '--format', '{{.Repository}}')).split('\n');
  const lent = images.filter((name) => name.startsWith('127.0.0.1') && name.endsWith('/devcontainer'));
  return [post.exitCode, post.errors, owned, await desk.containers(), existsSync(folder), lent];
}

const nothing = [0, [], '', [], false, []];

describe('a step that the runner cancels, by SIGINT, 7.5 s later SIGTERM and 2.5 s later SIGKILL', () => {
  it.each([
    ['while it builds', { build: 'RUN echo now-it-builds; sleep 300\n' }, /now-it-builds/],
    ['while a hook runs', { hook: 'echo now-it-hooks; sleep 300' }, /^(\[[^\]]*\] )?now-it-hooks$/m],
    ['while the command runs', { command: 'trap "" INT TERM; echo now-it-runs; sleep 300' }, /^now-it-runs$/m],
  ] as const)(
    '%s ends at the first of them, publishes nothing, and its post step leaves nothing',
    async (_, slow, pattern) => {
      const { build = '', hook, command = 'true' } = { build: undefined, hook: undefined, command: undefined, ...slow };
      await desk.write(smallDevcontainer(hook === undefined ? {} : { postCreateCommand: hook })(desk.id));
      const dockerfile = '.devcontainer/Dockerfile';
      const text = await readFile(path.join(desk.folder, dockerfile), 'utf8');
      await desk.write({ [dockerfile]: `${text}${build ?? ''}` });
      const step = await job.start(action, { image: desk.image, run: command });
      await until(step, pattern);
      expect(await cancelled(step)).toEqual(['SIGINT']);
      const { exitCode, outputs } = await step.ended;
      expect([exitCode, outputs.pushed ?? 'false']).toEqual([130, 'false']);
      expect(await afterwards(step)).toEqual(nothing);
      expect(await tagsOf(lab, desk.image)).toEqual([]);
    },
    LIMIT_MS,
  );

  it(
    'or that is killed at once has its container removed by the post step, and no other',
    async () => {
      await desk.write(smallDevcontainer()(desk.id));
      const inputs = { image: desk.image, run: 'echo now-it-runs; sleep 300' };
      const [killed, neighbour] = [await job.start(action, inputs), await job.start(action, inputs)];
      for (const step of [killed, neighbour]) await until(step, /^now-it-runs$/m);
      killed.kill();
      await killed.ended.catch(() => undefined);
      expect(await desk.containers()).toHaveLength(2);
      const [code, errors, owned, containers] = await afterwards(killed);
      expect([code, errors, owned]).toEqual([0, [], '']);
      expect(containers).toHaveLength(1);
      expect(await cancelled(neighbour)).toEqual(['SIGINT']);
      expect(await afterwards(neighbour)).toEqual(nothing);
    },
    LIMIT_MS,
  );
});
