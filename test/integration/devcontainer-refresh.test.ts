import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { EndedStep, Job } from '../support/action-step.ts';
import {
  type DevcontainerDesk,
  openDevcontainerDesk,
  pullRequest,
  smallDevcontainer,
} from '../support/devcontainer.ts';
import { crane, docker, requireLab } from '../support/lab.ts';

const LIMIT_MS = 600_000;
const lab = requireLab();
const word = 'cat /base-word';

describe('a published dev container whose base moves', () => {
  let desk: DevcontainerDesk;
  let job: Job;
  let base: string;

  /** Puts another image behind the name of the base. */
  const moveBase = async (text: string): Promise<void> => {
    await desk.write({ 'base/Dockerfile': `FROM busybox:1.36\nRUN echo ${text} > /base-word\n` });
    await docker(lab, 'buildx', 'build', '--push', '--provenance=false', '--tag', base, `${desk.folder}/base`);
  };
  /** Requests to the registry that write, as it has logged them. */
  const writes = async (): Promise<number> => {
    const log = await readFile(lab.registryAccessLog, 'utf8');
    return log.split('\n').filter((line) => line.includes(`/v2/${desk.id}/`) && /"(POST|PUT|PATCH|DELETE) /.test(line))
      .length;
  };
  const explained = ({ outputs }: EndedStep) =>
    JSON.parse(outputs['hash-explain'] ?? '{}') as { inputs: Record<string, string>; changes: unknown };

  beforeAll(async () => {
    desk = await openDevcontainerDesk(lab, smallDevcontainer());
    job = await desk.job();
    base = `${lab.registry}/${desk.id}/base:1`;
    await desk.write({
      '.devcontainer/Dockerfile': `ARG BASE=${base}\nFROM $BASE\nLABEL slipway.test=${desk.id}\nCOPY word /word\n`,
    });
    await moveBase('one');
  }, LIMIT_MS);

  afterAll(async () => {
    await docker(lab, 'image', 'rm', '--force', base).catch(() => undefined);
    await desk[Symbol.asyncDispose]();
  }, LIMIT_MS);

  it(
    'is built anew under the same tag when it is to be, and only on runs that publish',
    async () => {
      const first = await desk.run(job, { run: word, refresh: 'stale' });
      expect(first.errors).toEqual([]);
      expect(first.outputs).toMatchObject({ mode: 'build', 'command-output': 'one', 'latest-moved': 'true' });
      expect(await desk.run(job, { run: word, refresh: 'stale' })).toMatchObject({ outputs: { mode: 'reuse' } });

      await moveBase('two');
      const kept = await desk.run(job, { run: word });
      expect(kept.outputs).toMatchObject({ mode: 'reuse', 'command-output': 'one' });
      const pull = await desk.run(await desk.job(pullRequest()), { run: word, refresh: 'stale' });
      expect(pull.outputs).toMatchObject({ mode: 'reuse', 'command-output': 'one' });

      const moved = await desk.run(job, { run: word, refresh: 'stale' });
      expect(moved.errors).toEqual([]);
      expect(moved.outputs).toMatchObject({ mode: 'build', pushed: 'true', 'command-output': 'two' });
      expect(moved.outputs.tag).toBe(first.outputs.tag);
      expect(moved.outputs.digest).not.toBe(first.outputs.digest);
      expect(moved.summary).toContain(`the base ${base} has moved`);
      for (const tag of ['latest', moved.outputs.tag])
        expect(await crane(lab, 'digest', `${desk.image}:${tag}`)).toBe(moved.outputs.digest);
      expect(await desk.run(job, { run: word, refresh: 'stale' })).toMatchObject({ outputs: { mode: 'reuse' } });
    },
    LIMIT_MS,
  );

  it(
    'is built anew when it is too old, or always',
    async () => {
      const young = await desk.run(job, { run: word, 'refresh-max-age': '1' });
      expect(young.outputs).toMatchObject({ mode: 'reuse' });
      const old = await desk.run(job, { run: word, 'refresh-max-age': '0' });
      expect(old.outputs).toMatchObject({ mode: 'build', pushed: 'true' });
      expect(old.summary).toContain('it is 0 days old');
      const always = await desk.run(job, { run: word, refresh: 'always' });
      expect(always.outputs).toMatchObject({ mode: 'build', 'push-reason': 'filter' });
    },
    LIMIT_MS,
  );

  it(
    'uploads nothing when nothing is new, as the registry itself has logged',
    async () => {
      const before = await writes();
      expect(before).toBeGreaterThan(0);
      const step = await desk.run(job, { run: word });
      expect(step.outputs).toMatchObject({ mode: 'reuse', 'push-reason': 'exists' });
      expect(await writes()).toBe(before);
    },
    LIMIT_MS,
  );

  it(
    'tells which input has changed since, in hash-explain, log and summary',
    async () => {
      await desk.write({ '.devcontainer/word': 'other\n' });
      const pull = await desk.run(await desk.job(pullRequest()), { run: 'cat /word' });
      const { inputs, changes } = explained(pull);
      expect(changes).toEqual([{ input: 'context .devcontainer/word', change: 'changed' }]);
      expect(inputs['context .devcontainer/word']).toMatch(/^sha256:[0-9a-f]{64}$/);
      expect(pull.summary).toContain('context .devcontainer/word was changed');
      expect(explained(await desk.run(job, { run: 'cat /word' })).changes).toEqual(changes);
      expect(explained(await desk.run(job, { run: 'cat /word' })).changes).toBeNull();
    },
    LIMIT_MS,
  );
});
