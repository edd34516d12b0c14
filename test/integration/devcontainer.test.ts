import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { EndedStep } from '../support/action-step.ts';
import {
  type DevcontainerDesk,
  openDevcontainerDesk,
  pullRequest,
  smallDevcontainer,
} from '../support/devcontainer.ts';
import { crane, requireLab, tagsOf } from '../support/lab.ts';

const LIMIT_MS = 600_000;
const lab = requireLab();

/** How often the CLI started a build; it says so itself. */
function builds({ stdout }: EndedStep): number {
  return stdout.match(/Start: Run: docker (buildx )?build /g)?.length ?? 0;
}

describe('a dev container that is published and used again', () => {
  let desk: DevcontainerDesk;
  let first: EndedStep;
  let second: EndedStep;
  let fork: EndedStep;

  const command = 'cat /word; echo "$FROM_IMAGE $FROM_REMOTE"; cat app.txt; echo noise >&2';

  beforeAll(async () => {
    desk = await openDevcontainerDesk(lab, smallDevcontainer({ postCreateCommand: 'echo hook >> hooks.txt' }));
    const main = await desk.job();
    first = await desk.run(main, { run: command });
    second = await desk.run(main, { run: command });
    fork = await desk.run(await desk.job(pullRequest('mallory/hello')), { run: command });
  }, LIMIT_MS);

  afterAll(async () => {
    await desk[Symbol.asyncDispose]();
  }, LIMIT_MS);

  it('is built once and published by the content and as latest, in the main step', async () => {
    expect(first.errors).toEqual([]);
    expect(first.exitCode).toBe(0);
    expect(first.outputs).toMatchObject({
      mode: 'build',
      built: 'true',
      pushed: 'true',
      'push-reason': 'filter',
      'latest-moved': 'true',
    });
    expect(builds(first)).toBe(1);
    const tags = (await tagsOf(lab, desk.image)).filter((tag) => !tag.startsWith('sha256-'));
    expect([...tags].sort()).toEqual([first.outputs.tag, 'latest'].sort());
    expect(await crane(lab, 'digest', `${desk.image}:latest`)).toBe(first.outputs.digest);
    await crane(lab, 'validate', '--remote', `${desk.image}:latest`);
  });

  it('is started without the CLI', () => {
    for (const step of [first, second, fork]) expect(step.stdout).toContain('is started without the CLI');
    expect(second.stdout).not.toContain('Start: Run: docker');
  });

  it('is reused without any build and without any upload when nothing has changed', async () => {
    expect(second.exitCode).toBe(0);
    expect(builds(second)).toBe(0);
    expect(second.outputs).toMatchObject({
      mode: 'reuse',
      built: 'false',
      pushed: 'false',
      'push-reason': 'exists',
      'latest-moved': 'false',
      digest: first.outputs.digest,
      tag: first.outputs.tag,
      image: `${desk.image}@${first.outputs.digest}`,
    });
  });

  it('is reused by a pull request of a fork, which publishes nothing', async () => {
    expect(fork.exitCode).toBe(0);
    expect(builds(fork)).toBe(0);
    expect(fork.outputs).toMatchObject({ mode: 'reuse', pushed: 'false', 'push-reason': 'event' });
  });

  it('gives the command the environment of the container and hands on its standard output alone', () => {
    for (const step of [first, second, fork]) {
      expect(step.outputs['command-output']).toBe(`${desk.id}\nyes yes\nan app`);
      expect(step.outputs['command-exit-code']).toBe('0');
      expect(step.stdout).toContain('noise');
    }
  });

  it('runs its hooks once for each container', async () => {
    expect(await readFile(path.join(desk.folder, 'hooks.txt'), 'utf8')).toBe('hook\n'.repeat(3));
  });

  it('leaves no container behind, and every step had one of its own', async () => {
    const ids = [first, second, fork].map(({ outputs }) => outputs['container-id']);
    expect(new Set(ids).size).toBe(3);
    expect(await desk.containers()).toEqual([]);
  });

  it(
    'lives beside that of another step of the same job, and each goes with its own post step',
    async () => {
      const job = await desk.job();
      const inputs = { image: desk.image, run: 'cat /word' };
      const steps = [
        await job.run('devcontainer-prebuild', inputs),
        await job.run('devcontainer-prebuild', { ...inputs, run: 'exit 3' }),
      ];
      expect(steps.map(({ exitCode }) => exitCode)).toEqual([0, 1]);
      const ids = steps.map(({ outputs }) => outputs['container-id'] ?? '');
      expect([...(await desk.containers())].sort()).toEqual([...ids].sort());
      for (const [at, { state }] of steps.entries()) {
        const env = Object.fromEntries(Object.entries(state).map(([name, value]) => [`STATE_${name}`, value]));
        await job.run('devcontainer-prebuild', {}, { env, script: 'post' });
        expect(await desk.containers()).toEqual(ids.slice(at + 1));
      }
    },
    LIMIT_MS,
  );

  it('tells in the summary what was reused and why nothing was published', () => {
    expect(second.summary).toContain('nothing that decides its content has changed');
    expect(second.summary).toContain('it is there already');
  });
});
