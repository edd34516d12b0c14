import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { EndedStep, Job } from '../support/action-step.ts';
import {
  type DevcontainerDesk,
  openDevcontainerDesk,
  pullRequest,
  smallDevcontainer,
} from '../support/devcontainer.ts';
import { crane, requireLab, tagsOf } from '../support/lab.ts';

const LIMIT_MS = 600_000;
const lab = requireLab();
const nobody = '127.0.0.1:1';

describe('a pull request that changes the dev container', () => {
  let desk: DevcontainerDesk;
  let main: EndedStep;
  let pull: Job;
  let changed: EndedStep;
  let merged: EndedStep;

  beforeAll(async () => {
    desk = await openDevcontainerDesk(lab, smallDevcontainer());
    pull = await desk.job(pullRequest());
    main = await desk.run(await desk.job());
    await desk.write({ '.devcontainer/word': 'changed\n' });
    changed = await desk.run(pull, { run: 'cat /word', push: 'always' });
    merged = await desk.run(await desk.job(), { run: 'cat /word' });
  }, LIMIT_MS);

  afterAll(async () => {
    await desk[Symbol.asyncDispose]();
  }, LIMIT_MS);

  it('builds it and publishes nothing, whatever push says', () => {
    expect(changed.errors).toEqual([]);
    expect(changed.outputs).toMatchObject({ mode: 'build', pushed: 'false', 'push-reason': 'unsafe', image: '' });
    expect(changed.outputs['command-output']).toBe('changed');
  });

  it('is told which input has changed since the published image', () => {
    expect(changed.stdout).toContain('context .devcontainer/word was changed');
    expect(changed.summary).toContain('was changed');
  });

  it('has the content that is published when it is merged, and latest moves to it', async () => {
    expect(merged.outputs).toMatchObject({ mode: 'build', pushed: 'true', tag: changed.outputs.tag });
    expect(merged.outputs.digest).not.toBe(main.outputs.digest);
    expect(await crane(lab, 'digest', `${desk.image}:latest`)).toBe(merged.outputs.digest);
    expect(await tagsOf(lab, desk.image)).toEqual(expect.arrayContaining([main.outputs.tag ?? '', 'latest']));
  });

  it(
    'builds for itself where no registry answers, and a push fails before it builds',
    async () => {
      const image = `${nobody}/x/devcontainer`;
      const proposed = await desk.run(pull, { image, run: 'cat /word' });
      expect(proposed.outputs).toMatchObject({ mode: 'build', 'command-output': 'changed' });
      const pushed = await desk.run(await desk.job(), { image, run: 'cat /word' });
      expect(pushed.exitCode).toBe(3);
      expect(pushed.stdout).not.toContain('Start: Run: docker buildx build');
    },
    LIMIT_MS,
  );

  it(
    'T36: may run nothing on the machine, unless that is allowed by name',
    async () => {
      const touch = 'touch initialized';
      await desk.write(smallDevcontainer({ initializeCommand: touch, runArgs: ['-v', '/:/host'] })(desk.id));
      const refused = await desk.run(pull, { run: 'ls /host' });
      expect(refused.exitCode).toBe(1);
      expect(refused.errors.join()).toMatch(
        /devcontainer-hazard: .*runArgs takes \/ of the machine; initializeCommand runs/,
      );
      await expect(readFile(path.join(desk.folder, 'initialized'))).rejects.toThrow('ENOENT');
      const allowed = await desk.run(pull, { run: 'ls /host', allow: 'initialize-command, host-mount' });
      expect(allowed.errors).toEqual([]);
      await readFile(path.join(desk.folder, 'initialized'));
    },
    LIMIT_MS,
  );

  it('T36: puts no secret of the machine into an image that is published', async () => {
    await desk.write(smallDevcontainer({ containerEnv: { KEY: '${localEnv:DEPLOY_TOKEN}' } })(desk.id));
    const step = await desk.run(await desk.job(), {}, { DEPLOY_TOKEN: 'a-secret-value' });
    expect(step.exitCode).toBe(1);
    expect(step.errors.join()).toContain('devcontainer-secret');
  });
});
