import { mkdir, realpath, symlink } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { EndedStep, Job } from '../support/action-step.ts';
import {
  type DevcontainerDesk,
  openDevcontainerDesk,
  pullRequest,
  smallDevcontainer,
} from '../support/devcontainer.ts';
import { startFaultProxy } from '../support/fault-proxy/proxy.ts';
import { requireLab, tagsOf } from '../support/lab.ts';

const LIMIT_MS = 600_000;
const lab = requireLab();

describe('a dev container that cannot be built', () => {
  let desk: DevcontainerDesk;
  let main: Job;
  let pull: Job;

  beforeAll(async () => {
    desk = await openDevcontainerDesk(lab, smallDevcontainer());
    main = await desk.job();
    pull = await desk.job(pullRequest());
  }, LIMIT_MS);

  beforeEach(async () => {
    await desk.write(smallDevcontainer()(desk.id));
  });

  afterAll(async () => {
    await desk[Symbol.asyncDispose]();
  }, LIMIT_MS);

  /** All four parts: what it is, where, how things stand and what to do next. */
  const failed = (step: EndedStep, exitCode: number, parts: readonly (string | RegExp)[]): void => {
    expect(step.exitCode).toBe(exitCode);
    const shown = step.commands
      .filter(({ name }) => name === 'error')
      .map((one) => JSON.stringify(one))
      .join('\n');
    for (const part of parts) expect(`${shown}\n${step.stdout}`).toMatch(part);
    expect(step.stdout).not.toContain('Start: Run: docker buildx build');
    expect(step.stdout).not.toMatch(/^ran$/m);
  };
  const plugins = async (...names: readonly string[]): Promise<string> => {
    const folder = path.join(desk.folder, `plugins-${names.join('-') || 'none'}`);
    await mkdir(path.join(folder, 'cli-plugins'), { recursive: true });
    for (const name of names) {
      const plugin = await realpath(path.join(lab.dockerConfig, 'cli-plugins', `docker-${name}`));
      await symlink(plugin, path.join(folder, 'cli-plugins', `docker-${name}`)).catch(() => undefined);
    }
    return folder;
  };

  it('names the line and the column where a configuration stops to be JSON', async () => {
    await desk.write({ '.devcontainer/devcontainer.json': '{\n  // a comment\n  "image": busybox\n}\n' });
    failed(await desk.run(main, { run: 'echo ran' }), 2, [
      'devcontainer-unreadable',
      '.devcontainer/devcontainer.json',
      /"line":"?3"?/,
      /"col":"?12"?/,
      'nothing was built',
      'mend it there',
    ]);
  });

  it.each([
    ['a value that may not stand there', '{"image": 7}', /image: .*expected string/i],
    ['nothing to start from', '{"name": "x"}', 'neither an image, nor a Dockerfile, nor a compose file'],
    ['a compose file and no service', '{"dockerComposeFile": "c.yml"}', 'no service that people work in'],
    [
      'a compose file that is not there',
      '{"dockerComposeFile": "c.yml", "service": "a"}',
      'no compose file at .devcontainer/c.yml',
    ],
    [
      'a Dockerfile that is not there',
      '{"build": {"dockerfile": "None"}}',
      /dockerfile-missing: .*\.devcontainer\/None/,
    ],
    ['a Dockerfile outside of the repository', '{"build": {"dockerfile": "../../D"}}', 'path-outside'],
    [
      'a Feature that is not there',
      '{"image": "busybox:1.36", "features": {"./none": {}}}',
      'devcontainer-feature-missing',
    ],
  ])('is refused for %s', async (_, text, part) => {
    await desk.write({ '.devcontainer/devcontainer.json': text });
    failed(await desk.run(main, { run: 'echo ran' }), 2, [part, 'nothing was built']);
  });

  it(
    'fails before anything is built where the token only reads, and a pull request builds for itself',
    async () => {
      await using proxy = await startFaultProxy({
        upstream: `http://${lab.registry}`,
        door: { kind: 'bearer', grants: 'pull' },
      });
      const image = `${proxy.host}/${desk.id}/reading`;
      failed(await desk.run(main, { image, run: 'echo ran' }), 3, ['registry-denied']);
      expect(await tagsOf(lab, `${lab.registry}/${desk.id}/reading`)).toEqual([]);
      const proposed = await desk.run(pull, { image, run: 'cat /word' });
      expect(proposed.outputs).toMatchObject({ mode: 'build', pushed: 'false', 'command-output': desk.id });
    },
    LIMIT_MS,
  );

  it.each([401, 403] as const)(
    'fails on a push and is built on a pull request where the registry answers %d',
    async (status) => {
      await using proxy = await startFaultProxy({
        upstream: `http://${lab.registry}`,
        door: { kind: 'bearer', refuses: status },
      });
      const image = `${proxy.host}/${desk.id}/denied`;
      failed(await desk.run(main, { image, run: 'echo ran' }), 3, ['registry-denied']);
      const proposed = await desk.run(pull, { image, run: 'cat /word' });
      expect(proposed.outputs).toMatchObject({ mode: 'build', 'command-output': desk.id });
      expect(proposed.stdout).toContain('the image is built here, and not published');
    },
    LIMIT_MS,
  );

  it('needs BuildKit, and says what is missing', async () => {
    const host = lab.classic?.host ?? lab.docker.host;
    const step = await desk.run(main, { run: 'echo ran' }, { DOCKER_HOST: host, DOCKER_CONFIG: await plugins() });
    failed(step, 4, ['buildx-missing', 'nothing was built', 'install the buildx plugin']);
  });

  it('needs an engine', async () => {
    const step = await desk.run(main, { run: 'echo ran' }, { DOCKER_HOST: 'unix:///nonexistent.sock' });
    failed(step, 4, ['engine-missing', 'DOCKER_HOST']);
  });

  it('needs compose where it has services', async () => {
    await desk.write({
      '.devcontainer/devcontainer.json': '{"dockerComposeFile": "c.yml", "service": "a"}',
      '.devcontainer/c.yml': 'services: { a: { image: "busybox:1.36" } }\n',
    });
    const step = await desk.run(main, { run: 'echo ran' }, { DOCKER_CONFIG: await plugins('buildx') });
    failed(step, 4, ['compose-missing', 'nothing was built', 'install the compose plugin']);
  });
});
