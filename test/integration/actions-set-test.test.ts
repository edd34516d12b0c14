import { rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type ArtifactService, openArtifacts } from '../support/action-artifacts.ts';
import { type Job, openJob } from '../support/action-step.ts';
import { type Desk, openDesk } from '../support/desk.ts';
import { requireLab, tagsOf } from '../support/lab.ts';

const LIMIT_MS = 600_000;
const lab = requireLab();

/** Green as soon as a file is there, so that one plan and one build see both ends. */
const setTest = `set:
  test:
    name: together
    host: [sh, -c, 'docker run --rm "$SLIPWAY_IMAGE_BASE" echo ran with "$SLIPWAY_IMAGE_BASE"; test -e ready']
`;

describe('the test of a set between the build jobs and the tags', () => {
  let desk: Desk;
  let service: ArtifactService;
  let job: Job;
  let inputs: { readonly plan: string; readonly results: string };
  const repository = (): string => `${lab.registry}/${desk.id}/hello/base`;
  const openAttempt = (attempt: number): Promise<Job> =>
    openJob(lab, {
      ...{ workspace: desk.folder, ref: 'refs/tags/v1.0.0', attempt, env: { ...service.env } },
      isFromSource: true,
    });
  /** Without those by which records are found. */
  const tags = async (): Promise<readonly string[]> =>
    (await tagsOf(lab, repository())).filter((tag) => !tag.startsWith('sha256-'));

  beforeAll(async () => {
    desk = await openDesk(lab);
    await desk.edit('slipway.yml', (text) => `${text.slice(0, text.indexOf('\n  greeter:'))}\n${setTest}`);
    await desk.commit();
    service = await openArtifacts();
    job = await openAttempt(1);
    const planned = await job.run('matrix-generate', { registry: `${lab.registry}/${desk.id}/hello` });
    expect(planned).toMatchObject({ exitCode: 0, errors: [] });
    const { plan = '' } = planned.outputs;
    const { outputs } = await job.run('build-test', { plan, image: 'base' });
    const handed = Object.fromEntries(Object.entries(outputs).filter(([name]) => name.startsWith('result-')));
    inputs = { plan, results: JSON.stringify({ 'level-1': { result: 'success', outputs: handed } }) };
  }, LIMIT_MS);

  afterAll(async () => {
    await job[Symbol.asyncDispose]();
    await service[Symbol.asyncDispose]();
    await desk[Symbol.asyncDispose]();
  }, LIMIT_MS);

  it(
    'makes verify-digest red, and what it hands on opens no door',
    async () => {
      await rm(path.join(desk.folder, 'ready'), { force: true });
      const verify = await job.run('verify-digest', inputs);
      expect(verify).toMatchObject({
        exitCode: 1,
        errors: [expect.stringMatching(/^set-test-failed: together: exit/)],
      });
      expect(verify.summary).toContain('### The set together: failed');
      expect(verify.stdout).toMatch(/ran with 127\.0\.0\.1:\d+\/base@sha256:/);
      expect(verify.outputs.verdict).toBeUndefined();
      const push = await job.run('push', { ...inputs, 'set-test': verify.outputs['set-test'] ?? '' });
      expect(push).toMatchObject({ exitCode: 1, errors: [expect.stringMatching(/^set-test-failed: /)] });
      expect(await tags()).toEqual([]);
    },
    LIMIT_MS,
  );

  it('is asked for by push and release-latest themselves', async () => {
    for (const action of ['push', 'release-latest']) {
      const ended = await job.run(action, inputs);
      expect(ended).toMatchObject({ exitCode: 1, errors: [expect.stringMatching(/^set-untested: nothing says/)] });
    }
    expect(await tags()).toEqual([]);
  });

  it(
    'lets the set pass that it ran with when the failed job runs again, and a document that another job put there is no result',
    async () => {
      await writeFile(path.join(desk.folder, 'ready'), '');
      await using again = await openAttempt(2);
      const verify = await again.run('verify-digest', inputs);
      expect(verify).toMatchObject({ exitCode: 0, errors: [], outputs: { verdict: 'match' } });
      const green = verify.outputs['set-test'] ?? '';
      const other = `sha256:${'0'.repeat(64)}`;
      const swapped = await again.run('push', { ...inputs, 'set-test': other });
      expect(swapped).toMatchObject({ exitCode: 1, errors: [expect.stringMatching(/^handoff-swapped: /)] });
      expect(await tags()).toEqual([]);
      const push = await again.run('push', { ...inputs, 'set-test': green });
      const release = await again.run('release-latest', { ...inputs, 'set-test': green });
      expect([push.outputs.state, release.outputs.state]).toEqual(['released', 'released']);
      expect(await tags()).toEqual(expect.arrayContaining(['1.0.0', 'latest']));
    },
    LIMIT_MS,
  );
});
