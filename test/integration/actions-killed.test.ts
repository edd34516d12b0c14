import { existsSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Job, openJob, type RunningStep } from '../support/action-step.ts';
import { cancelled } from '../support/cancelled-step.ts';
import { type Desk, eventually, openDesk } from '../support/desk.ts';
import { docker, requireLab } from '../support/lab.ts';
import { buildKitConfig, giveBuildKit, type OwnEngine, openOwnEngine } from '../support/own-engine.ts';

const LIMIT_MS = 600_000;
const lab = requireLab();

let desk: Desk;
let job: Job;

beforeAll(async () => {
  desk = await openDesk(lab);
  job = await openJob(lab, { workspace: desk.folder, isFromSource: true });
}, LIMIT_MS);

afterAll(async () => {
  await job?.[Symbol.asyncDispose]();
  await desk?.[Symbol.asyncDispose]();
}, LIMIT_MS);

/** The commands of all processes of this machine that have a text in theirs. */
async function processesWith(text: string): Promise<readonly string[]> {
  const numbers = (await readdir('/proc')).filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid);
  const commands = await Promise.all(numbers.map((pid) => readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')));
  return commands.map((one) => one.replaceAll('\0', ' ')).filter((one) => one.includes(text));
}

const gone = (text: string) =>
  eventually(
    () => processesWith(text),
    (found) => found.length === 0,
  );
const savedBy = (step: RunningStep) =>
  eventually(
    async () => step.state(),
    (state) => state.owner !== undefined && state.folder !== undefined,
  );
const containers = (...more: readonly string[]) =>
  docker(lab, 'ps', '--quiet', '--filter', `label=${desk.label}`, ...more);
const post = (state: Readonly<Record<string, string>>, env = {}) => job.post('build-test', state, { env });
const inputs = (test: string) => ({ name: 'base', context: 'base', test });

describe('F31: a job that the runner stops, by SIGINT, 7.5 s later SIGTERM and 2.5 s later SIGKILL', () => {
  it(
    'ends at the first of them in the middle of a build, with nothing left',
    async () => {
      const mark = `build-${desk.id}`;
      await desk.edit('base/Dockerfile', (text) => `${text}RUN sleep 300; : ${mark}\n`);
      try {
        const step = await job.start('build-test', inputs('true'));
        await eventually(
          async () => step.said(),
          (said) => said.includes(`: ${mark}`),
        );
        const { folder = '' } = await savedBy(step);
        expect(await cancelled(step)).toEqual(['SIGINT']);
        const { exitCode, errors } = await step.ended;
        expect([exitCode, errors]).toEqual([130, [expect.stringMatching(/^cancelled: /)]]);
        await gone(mark);
        expect([existsSync(folder), await containers('--all'), await readdir(job.temp)]).toEqual([false, '', []]);
      } finally {
        await desk.edit('base/Dockerfile', (text) => text.replace(/RUN sleep .*\n/, ''));
      }
    },
    LIMIT_MS,
  );

  it(
    'ends at the first of them in the middle of a test, with nothing left',
    async () => {
      const mark = `test-${desk.id}`;
      const step = await job.start('build-test', inputs(`sleep 300; : ${mark}`));
      await eventually(containers, (ids) => ids !== '');
      const { folder = '' } = await savedBy(step);
      expect(await cancelled(step)).toEqual(['SIGINT']);
      expect((await step.ended).exitCode).toBe(130);
      await gone(mark);
      expect([existsSync(folder), await containers('--all'), await readdir(job.temp)]).toEqual([false, '', []]);
      expect(await desk.inEngine()).toEqual([]);
    },
    LIMIT_MS,
  );

  it(
    'is killed where its cleaning does not end in time, and then the step after the job cleans',
    async () => {
      const mark = `slow-${desk.id}`;
      await using slow = await pathWithDocker('if [ "$1" = rm ]; then sleep 300; fi; exec DOCKER "$@"');
      const changes = { env: { PATH: slow.path } };
      const step = await job.start('build-test', inputs(`sleep 300; : ${mark}`), changes);
      await eventually(containers, (ids) => ids !== '');
      const state = await savedBy(step);
      expect(await cancelled(step, 'as the runner does')).toEqual(['SIGINT', 'SIGTERM', 'SIGKILL']);
      expect([existsSync(state.folder ?? ''), (await containers('--all')) !== '']).toEqual([true, true]);
      expect(await post(state)).toMatchObject({ exitCode: 0, errors: [] });
      await gone(mark);
      expect([existsSync(state.folder ?? ''), await containers('--all')]).toEqual([false, '']);
      expect(await desk.inEngine()).toEqual([]);
    },
    LIMIT_MS,
  );
});

describe('T24: what a killed run leaves in the engine', () => {
  const listed = async (...names: readonly string[]) =>
    Promise.all(names.map((name) => docker(lab, 'image', 'ls', '--quiet', '--no-trunc', name)));

  it(
    'is as it was before once the next run here has begun: no image of ours, and a name that meant something means it again',
    async () => {
      const [free, taken, other] = ['free', 'taken', 'other'].map((one) => `${desk.id}/${one}:1.0.0`);
      if (free === undefined || taken === undefined || other === undefined) throw new Error('unreachable');
      const before = await imagesOf();
      await docker(lab, 'pull', '--quiet', 'busybox:1.36');
      for (const name of [taken, other]) await docker(lab, 'tag', 'busybox:1.36', name);
      const [original = ''] = await listed(taken);
      const mark = `host-${desk.id}`;
      await desk.commit({
        'slipway.yml': yml(['free', 'taken'], mark),
        'free/Dockerfile': `FROM busybox:1.36\nLABEL ${desk.label}\nRUN echo free > /which\n`,
        'taken/Dockerfile': `FROM busybox:1.36\nLABEL ${desk.label}\nRUN echo taken > /which\n`,
      });
      try {
        const run = desk.start(['run', '--event', 'pull_request']);
        await eventually(
          () => processesWith(mark),
          (found) => found.length >= 2,
        );
        const [lent = '', hidden = ''] = await listed(free, taken);
        expect([lent !== '', hidden !== '', hidden !== original]).toEqual([true, true, true]);
        run.signal('SIGKILL');
        await run.ended.catch(() => undefined);
        expect((await listed(free))[0]).toBe(lent);

        // The next run here finds the folder of a process that is gone.
        await desk.edit('slipway.yml', () => yml(['free'], 'quick').replace('sleep 300', 'true'));
        const next = await desk.slipway('run', '--event', 'pull_request', '--image', 'free');
        expect([next.exitCode, next.stderr]).toEqual([0, expect.stringContaining('what an earlier run left here')]);
        expect(await listed(free, taken, other)).toEqual(['', original, original]);
        expect(await desk.inEngine()).toEqual([]);
        expect((await readdir(path.join(desk.folder, '.slipway'))).filter((name) => name.startsWith('run-'))).toEqual(
          [],
        );
      } finally {
        for (const name of [taken, other]) await docker(lab, 'image', 'rm', '--no-prune', name);
      }
      const kept = await imagesOf();
      expect(kept.filter((name) => !before.includes(name) && !name.startsWith('busybox'))).toEqual([]);
    },
    LIMIT_MS,
  );

  /** Names of images that are this desk's, or ours by their form. */
  async function imagesOf(): Promise<readonly string[]> {
    const all = await docker(lab, 'image', 'ls', '--format', '{{.Repository}}:{{.Tag}}');
    return all.split('\n').filter((name) => name.includes(desk.id) || name.startsWith('slipway-'));
  }

  function yml(keys: readonly string[], mark: string): string {
    const image = (key: string) => ({
      repository: key,
      tests: [{ name: 'on the host', host: `sleep 300; : ${mark}` }],
    });
    return JSON.stringify({
      registry: `registry.test/${desk.id}`,
      images: Object.fromEntries(keys.map((key) => [key, image(key)])),
    });
  }
});

describe('a builder that a job made', () => {
  let engine: OwnEngine;

  beforeAll(async () => {
    engine = await openOwnEngine(lab);
  }, LIMIT_MS);

  afterAll(async () => engine?.[Symbol.asyncDispose](), LIMIT_MS);

  it(
    'is removed by the step after the job when the job was killed',
    async () => {
      const mark = `made-${desk.id}`;
      const { DOCKER_HOST, DOCKER_CONFIG } = engine.env;
      const own = { 'buildkit-image': await giveBuildKit(lab, engine), 'buildkit-config': buildKitConfig(lab) };
      await desk.edit('base/Dockerfile', (text) => `${text}RUN sleep 300; : ${mark}\n`);
      const changes = { env: { DOCKER_HOST, DOCKER_CONFIG } };
      const builders = () => engine.docker('buildx', 'ls', '--format', '{{.Name}}');
      const all = () => engine.docker('ps', '--all', '--quiet');
      try {
        const step = await job.start('build-test', { ...inputs('true'), ...own }, changes);
        await eventually(
          async () => step.said(),
          (said) => said.includes(`: ${mark}`),
        );
        const state = await savedBy(step);
        step.kill();
        await step.ended.catch(() => undefined);
        expect([await builders(), await all()]).toEqual([
          expect.stringContaining(state.builder ?? '?'),
          expect.stringMatching(/./),
        ]);
        const ended = await post(state, changes.env);
        expect(ended).toMatchObject({ exitCode: 0, errors: [] });
        expect(ended.stdout).toContain(`the builder that the job left is removed now: ${state.builder}`);
        expect([await builders(), await all()]).toEqual([expect.not.stringContaining('slipway-'), '']);
        await gone(mark);
      } finally {
        await desk.edit('base/Dockerfile', (text) => text.replace(/RUN sleep .*\n/, ''));
      }
    },
    LIMIT_MS,
  );
});

/** A PATH whose docker is a shell script; `DOCKER` in it stands for the real one. */
async function pathWithDocker(script: string): Promise<AsyncDisposable & { readonly path: string }> {
  const folder = await mkdtemp(path.join(tmpdir(), 'slipway-slow-'));
  await mkdir(path.join(folder, 'bin'));
  const program = path.join(folder, 'bin/docker');
  await writeFile(program, `#!/bin/sh\n${script.replaceAll('DOCKER', lab.tools.docker)}\n`);
  await chmod(program, 0o755);
  return {
    path: `${path.dirname(program)}:${lab.path}:${process.env.PATH ?? ''}`,
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  };
}
