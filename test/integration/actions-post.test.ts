import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { openEngineNames } from '../../src/formats/engine-names.ts';
import { engineNamesEnd } from '../../src/stages/testing/engine-names.ts';
import { type Job, jobToken, openJob } from '../support/action-step.ts';
import { type Desk, eventually, openDesk } from '../support/desk.ts';
import { docker, requireLab } from '../support/lab.ts';

const LIMIT_MS = 600_000;
const lab = requireLab();
const nodes = [
  { name: 'Node 20', program: process.execPath },
  { name: 'Node 24', program: lab.node24 },
] as const;

describe.each(nodes)('T24 the step after a job on $name', ({ program }) => {
  let desk: Desk;
  let job: Job;

  beforeAll(async () => {
    desk = await openDesk(lab);
    job = await openJob(lab, { node: program, workspace: desk.folder });
  }, LIMIT_MS);

  afterAll(async () => {
    await job[Symbol.asyncDispose]();
    await desk[Symbol.asyncDispose]();
  }, LIMIT_MS);

  it(
    'removes the container and the folder of a job that was killed in the middle of a test',
    async () => {
      const main = await job.start('build-test', { name: 'base', context: 'base', test: 'sleep 300' });
      const { owner = '', folder = '' } = await eventually(
        async () => main.state(),
        (state) => state.owner !== undefined && state.folder !== undefined,
      );
      const own = () => docker(lab, 'ps', '--all', '--quiet', '--no-trunc', '--filter', `label=slipway.owner=${owner}`);
      const running = () => docker(lab, 'ps', '--quiet', '--filter', `label=slipway.owner=${owner}`);
      await eventually(running, (ids) => ids !== '');
      main.kill();
      await expect(main.ended).rejects.toThrow(/SIGKILL/);
      const container = await own();
      expect([container, existsSync(folder)]).toEqual([expect.stringMatching(/^[0-9a-f]{64}$/), true]);

      const post = await job.post('build-test', { owner, folder });

      expect(post).toMatchObject({ exitCode: 0, errors: [] });
      expect(post.stdout).toContain('that are removed now: 1');
      expect([await own(), existsSync(folder)]).toEqual(['', false]);
    },
    LIMIT_MS,
  );

  it(
    'removes the image that was tested last, which nobody had to wait for; and is content with nothing to remove',
    async () => {
      const ended = await job.run('build-test', { name: 'base', context: 'base', test: 'true' });
      expect(ended).toMatchObject({ exitCode: 0, errors: [] });
      const { folder = '' } = ended.state;
      const [file = ''] = (await readdir(folder)).filter((name) => name.endsWith(engineNamesEnd));
      const [entry] = openEngineNames(await readFile(path.join(folder, file), 'utf8'));
      const images = () => docker(lab, 'image', 'ls', '--quiet', '--no-trunc', entry?.name ?? 'none');
      expect([existsSync(folder), await images()]).toEqual([true, expect.stringMatching(/^sha256:/)]);
      const first = await job.post('build-test', ended.state);
      expect(first).toMatchObject({ exitCode: 0, errors: [] });
      expect(first.stdout).toContain('names of images in the engine that the job left, and that are as before now: 1');
      expect([existsSync(folder), await images()]).toEqual([false, '']);

      // The token of the job is covered before anything else is done.
      const silent = { exitCode: 0, stdout: `::add-mask::${jobToken}\n` };
      expect(await job.post('build-test', ended.state)).toMatchObject(silent);
      expect(await job.post('build-test', {})).toMatchObject(silent);
    },
    LIMIT_MS,
  );

  it(
    'removes nothing of another job',
    async () => {
      const other = `other-${desk.id}`;
      const labels = ['--label', `slipway.owner=${other}`, '--label', desk.label];
      const id = await docker(lab, 'create', ...labels, 'busybox:1.36', 'true');
      expect((await job.post('build-test', { owner: `mine-${desk.id}` })).exitCode).toBe(0);
      expect(
        await docker(lab, 'ps', '--all', '--quiet', '--no-trunc', '--filter', `label=slipway.owner=${other}`),
      ).toBe(id);
    },
    LIMIT_MS,
  );
});
