import { execFile } from 'node:child_process';
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { root } from '../../script/commands/project.ts';
import type { EndedStep, Job } from '../support/action-step.ts';
import {
  type DevcontainerDesk,
  openDevcontainerDesk,
  pullRequest,
  smallDevcontainer,
} from '../support/devcontainer.ts';
import { crane, labEnv, requireLab } from '../support/lab.ts';

const LIMIT_MS = 600_000;
const lab = requireLab();
/** The CLI speaks to it without TLS by this name alone. */
const registry = `localhost:${lab.registry.split(':')[1]}`;
const command = 'cat /hello /needed';

describe('a dev container with Features of a registry', () => {
  let desk: DevcontainerDesk;
  let main: Job;
  let pull: Job;

  const cli = async (...args: readonly string[]): Promise<void> => {
    const program = path.join(root, 'node_modules/@devcontainers/cli/devcontainer.js');
    await promisify(execFile)(process.execPath, [program, ...args], { cwd: desk.folder, env: labEnv(lab) });
  };
  const id = (name: string): string => `${registry}/${desk.id}/${name}:1`;
  /** Publishes a version of two Features, one of which needs the other; the tag 1 of each moves to it. */
  const publish = async (version: string, word: string): Promise<void> => {
    const feature = (name: string, more: object, script: string) => ({
      [`features/${name}/devcontainer-feature.json`]: JSON.stringify({ id: name, version, name, ...more }),
      [`features/${name}/install.sh`]: `#!/bin/sh\n${script}\n`,
    });
    await desk.write({
      ...feature('hello', { dependsOn: { [id('needed')]: {} } }, `echo "${word}" > /hello`),
      ...feature('needed', {}, `echo "needed ${word}" > /needed`),
      ...feature('mighty', { privileged: true }, 'true'),
    });
    await cli('features', 'publish', '--registry', registry, '--namespace', desk.id, 'features');
  };
  const use = (...features: readonly string[]): Promise<void> =>
    desk.write(
      smallDevcontainer({ features: Object.fromEntries([...features.map(id), './own'].map((name) => [name, {}])) })(
        desk.id,
      ),
    );
  const lockAll = (): Promise<void> => cli('upgrade', '--workspace-folder', desk.folder);
  const unlock = (): Promise<void> => desk.remove('.devcontainer/devcontainer-lock.json');
  const words = ({ outputs }: EndedStep): string | undefined => outputs['command-output'];
  const filesOf = async (): Promise<readonly string[]> =>
    (await readdir(desk.folder, { recursive: true })).filter((name) => !name.includes('.git/')).sort();

  beforeAll(async () => {
    desk = await openDevcontainerDesk(lab, smallDevcontainer());
    await desk.write({
      '.devcontainer/own/devcontainer-feature.json': '{"id":"own","version":"1.0.0","name":"o"}',
      '.devcontainer/own/install.sh': '#!/bin/sh\ntrue\n',
    });
    main = await desk.job();
    pull = await desk.job(pullRequest());
    await publish('1.0.0', 'one');
    await use('hello');
  }, LIMIT_MS);

  afterAll(async () => {
    await desk[Symbol.asyncDispose]();
  }, LIMIT_MS);

  it(
    'has what the Features are today where nothing locks them, says so, and another hash when one of them has moved',
    async () => {
      const before = await filesOf();
      const first = await desk.run(main, { run: command });
      expect(first.errors).toEqual([]);
      expect(words(first)).toBe('one\nneeded one');
      expect(first.stdout).toContain('commit the one that `devcontainer upgrade` writes');
      expect((await desk.run(main, { run: command })).outputs).toMatchObject({ mode: 'reuse', tag: first.outputs.tag });
      expect(await filesOf()).toEqual(before);

      await publish('1.0.1', 'two');
      const moved = await desk.run(main, { run: command });
      expect(moved.outputs).toMatchObject({ mode: 'build', 'command-output': 'two\nneeded two' });
      expect(moved.stdout).toContain(`Feature ${id('hello')} was changed`);
      expect(moved.stdout).toContain(`Feature ${id('needed')} was changed`);
    },
    LIMIT_MS,
  );

  it(
    'has what the committed lock file says, also when the Feature has moved since',
    async () => {
      await lockAll();
      const locked = await desk.run(main, { run: command });
      expect(words(locked)).toBe('two\nneeded two');
      expect(locked.stdout).not.toContain('devcontainer upgrade');
      const before = await filesOf();

      await publish('1.0.2', 'three');
      expect((await desk.run(main, { run: command })).outputs).toMatchObject({
        mode: 'reuse',
        tag: locked.outputs.tag,
      });
      await desk.write({ '.devcontainer/word': 'another\n' });
      const built = await desk.run(pull, { run: command });
      expect(built.errors).toEqual([]);
      expect(built.outputs).toMatchObject({ mode: 'build', 'command-output': 'two\nneeded two' });
      expect(await filesOf()).toEqual(before);
    },
    LIMIT_MS,
  );

  it(
    'is refused with a lock file that lacks one of its Features',
    async () => {
      await use('hello', 'mighty');
      const step = await desk.run(main, { run: command });
      expect(step.exitCode).toBe(4);
      expect(step.errors.join()).toContain('devcontainer-lock-stale');
    },
    LIMIT_MS,
  );

  it(
    'T36: gives a pull request no privileges that a Feature asks for, unless they are allowed',
    async () => {
      await lockAll();
      const refused = await desk.run(pull, { run: 'true' });
      expect(refused.exitCode).toBe(1);
      expect(refused.errors.join()).toMatch(/devcontainer-hazard: .*the label of the image has privileged/);
      expect(refused.outputs['container-id']).toBeUndefined();
      expect((await desk.run(pull, { run: 'true', allow: 'privileged' })).errors).toEqual([]);
    },
    LIMIT_MS,
  );

  it(
    'T36: takes no Feature of a pull request that nothing locks, unless that is allowed',
    async () => {
      await use('hello');
      await unlock();
      const refused = await desk.run(pull, { run: 'true' });
      expect(refused.exitCode).toBe(1);
      expect(refused.errors.join()).toContain(`the Feature ${id('hello')} is in no lock file`);
      const allowed = await desk.run(pull, { run: command, allow: 'unpinned-features' });
      expect(words(allowed)).toBe('three\nneeded three');
    },
    LIMIT_MS,
  );

  it(
    'T36: takes no Feature of a pull request that its digest names and that needs one that nothing pins',
    async () => {
      const digest = await crane(lab, 'digest', id('hello'));
      const pinned = `${registry}/${desk.id}/hello@${digest}`;
      await desk.write(smallDevcontainer({ features: { [pinned]: {} } })(desk.id));
      const refused = await desk.run(pull, { run: 'true' });
      expect(refused.exitCode).toBe(1);
      expect(refused.errors.join()).toContain(`the Feature ${id('needed')} is in no lock file`);
      expect((await desk.run(pull, { run: 'true', allow: 'unpinned-features' })).errors).toEqual([]);
    },
    LIMIT_MS,
  );

  it(
    'is refused by name with a Feature that nobody has published',
    async () => {
      await use('nobody');
      const step = await desk.run(main, { run: 'true' });
      expect(step.exitCode).toBe(4);
      expect(step.errors.join()).toContain('devcontainer-feature-unknown');
      expect(step.errors.join()).toContain(`${desk.id}/nobody`);
    },
    LIMIT_MS,
  );
});
