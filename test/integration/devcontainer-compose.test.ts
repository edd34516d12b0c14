import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { EndedStep, Job } from '../support/action-step.ts';
import { type DevcontainerDesk, openDevcontainerDesk, pullRequest } from '../support/devcontainer.ts';
import { crane, docker, requireLab } from '../support/lab.ts';

const LIMIT_MS = 600_000;
const lab = requireLab();

/** How often an image was built through the CLI; that of the service beside it is built by compose. */
function builds({ stdout }: EndedStep): number {
  return stdout.match(/Start: Run: docker (buildx )?build /g)?.length ?? 0;
}

const composeFile = `
services:
  app:
    build:
      context: ..
      dockerfile: .devcontainer/Dockerfile
      target: dev
      args: { WORD: "\${WORD:-usual}" }
    command: sleep infinity
    volumes: ["..:/work", "data:/data"]
    env_file: app.env
  db:
    build: { context: ., dockerfile: Db }
    command: sh -c "echo db > /data/name; sleep infinity"
    volumes: ["data:/data"]
  idle: { image: "busybox:1.36", command: sleep infinity }
volumes: { data: {} }
`;

function composed(more: Readonly<Record<string, unknown>> = {}) {
  return (id: string): Readonly<Record<string, string>> => ({
    '.devcontainer/devcontainer.json': JSON.stringify({
      name: 'composed',
      dockerComposeFile: 'compose.yml',
      service: 'app',
      runServices: ['db'],
      shutdownAction: 'stopCompose',
      workspaceFolder: '/work',
      features: { './feature': {} },
      postCreateCommand: 'echo hook >> hooks.txt',
      remoteEnv: { FROM_REMOTE: 'yes' },
      ...more,
    }),
    '.devcontainer/compose.yml': composeFile,
    '.devcontainer/app.env': 'FROM_FILE=yes\n',
    '.devcontainer/Dockerfile': `FROM busybox:1.36 AS dev\nLABEL slipway.test=${id}\nARG WORD\nRUN echo $WORD > /word\nFROM dev AS other\nRUN false\n`,
    '.devcontainer/Db': `FROM busybox:1.36\nLABEL slipway.test=${id}\n`,
    '.devcontainer/feature/devcontainer-feature.json': '{"id":"feature","version":"1.0.0","name":"f"}',
    '.devcontainer/feature/install.sh': '#!/bin/sh\ncp ./word /feature\n',
    '.devcontainer/feature/word': 'a feature\n',
    'app.txt': 'an app\n',
  });
}

const command = 'cat /word /feature app.txt; echo "$FROM_FILE $FROM_REMOTE"; cat /data/name';
const said = 'usual\na feature\nan app\nyes yes\ndb';

describe('a dev container of compose', () => {
  let desk: DevcontainerDesk;
  let job: Job;
  let first: EndedStep;
  let second: EndedStep;
  let fork: EndedStep;

  beforeAll(async () => {
    desk = await openDevcontainerDesk(lab, composed());
    job = await desk.job();
    first = await desk.run(job, { run: command });
    second = await desk.run(job, { run: command });
    fork = await desk.run(await desk.job(pullRequest('mallory/hello')), { run: command });
  }, LIMIT_MS);

  afterAll(async () => {
    await desk[Symbol.asyncDispose]();
  }, LIMIT_MS);

  it('is built once, as its service says, and published as any other', async () => {
    expect(first.errors).toEqual([]);
    expect(first.outputs).toMatchObject({ mode: 'build', pushed: 'true', 'latest-moved': 'true' });
    expect(builds(first)).toBe(1);
    expect(await crane(lab, 'digest', `${desk.image}:latest`)).toBe(first.outputs.digest);
  });

  it('is started from the published image by digest, and nothing of it is built', async () => {
    expect(second.errors).toEqual([]);
    expect(builds(second)).toBe(0);
    expect(second.outputs).toMatchObject({ mode: 'reuse', 'push-reason': 'exists', digest: first.outputs.digest });
    expect(fork.outputs).toMatchObject({ mode: 'reuse', pushed: 'false', digest: first.outputs.digest });
  });

  it('has the services beside it that runServices names, and works in its folder with its hooks run once', async () => {
    for (const step of [first, second, fork]) expect(step.outputs['command-output']).toBe(said);
    expect(first.stdout).not.toMatch(/idle-1/);
    expect(await readFile(path.join(desk.folder, 'hooks.txt'), 'utf8')).toBe('hook\n'.repeat(3));
  });

  it('leaves no container, network, volume or image of its project behind', async () => {
    const owners = [first, second, fork].map(({ state }) => state.owner ?? '');
    expect(owners.every((owner) => owner !== '')).toBe(true);
    for (const owner of owners) {
      for (const list of [
        ['ps', '--all'],
        ['network', 'ls'],
        ['volume', 'ls'],
      ]) {
        for (const label of [`slipway.owner=${owner}`, `com.docker.compose.project=slipway-${owner}`]) {
          expect(await docker(lab, ...list, '--quiet', '--filter', `label=${label}`)).toBe('');
        }
      }
      expect(await docker(lab, 'image', 'ls', '--quiet', `slipway-${owner}-db`)).toBe('');
    }
  });

  it(
    'lives beside that of another step, and each goes with its own post step',
    async () => {
      const inputs = { image: desk.image, run: command };
      const [one, two] = [
        await job.run('devcontainer-prebuild', inputs),
        await job.run('devcontainer-prebuild', inputs),
      ];
      expect([one.exitCode, two.exitCode]).toEqual([0, 0]);
      expect(one.outputs['container-id']).not.toBe(two.outputs['container-id']);
      for (const { state, outputs } of [one, two]) {
        const env = Object.fromEntries(Object.entries(state).map(([name, value]) => [`STATE_${name}`, value]));
        expect(await desk.containers()).toContain(outputs['container-id']);
        await job.run('devcontainer-prebuild', {}, { env, script: 'post' });
        expect(await desk.containers()).not.toContain(outputs['container-id']);
      }
      expect(await desk.containers()).toEqual([]);
    },
    LIMIT_MS,
  );

  it(
    'is another one when a file of compose, one of its variables or its Dockerfile changes',
    async () => {
      const word = await desk.run(await desk.job(pullRequest()), { run: 'cat /word' }, { WORD: 'another' });
      expect(word.outputs).toMatchObject({ mode: 'build', pushed: 'false', 'command-output': 'another' });
      expect(word.stdout).toContain('service app was changed');
      await desk.write({ '.devcontainer/app.env': 'FROM_FILE=no\nAPI_TOKEN="shown-to-nobody"\n' });
      const env = await desk.run(await desk.job(pullRequest()), { run: 'echo $FROM_FILE' });
      expect(env.outputs).toMatchObject({ mode: 'build', 'command-output': 'no' });
      expect(env.stdout).toContain('file .devcontainer/app.env was changed');
      expect(env.stdout).toContain('API_TOKEN: ');
      expect(env.stdout.replace(/^::add-mask::.*$/gm, '')).not.toContain('shown-to-nobody');
      expect(new Set([first, word, env].map(({ outputs }) => outputs.tag)).size).toBe(3);
    },
    LIMIT_MS,
  );

  it(
    'T36: gives a pull request no rights over the machine through any of its services',
    async () => {
      const evil = composeFile.replace(
        'idle: {',
        'idle: { privileged: true, volumes: ["/var/run/docker.sock:/s"], pid: host,',
      );
      await desk.write({ '.devcontainer/compose.yml': evil });
      const refused = await desk.run(await desk.job(pullRequest()), { run: 'true' });
      expect(refused.exitCode).toBe(1);
      expect(refused.errors.join()).toMatch(/devcontainer-hazard: .*idle has privileged.*pid: host.*docker\.sock/);
      const allowed = await desk.run(await desk.job(pullRequest()), { run: 'true', allow: 'privileged host-mount' });
      expect(allowed.errors).toEqual([]);
    },
    LIMIT_MS,
  );

  it(
    'T36: publishes no image with a secret that compose puts into its build',
    async () => {
      await desk.write({ '.devcontainer/compose.yml': composeFile.replace('${WORD:-usual}', '${DEPLOY_TOKEN}') });
      const step = await desk.run(await desk.job(), { run: 'true' }, { DEPLOY_TOKEN: 'a-secret-value' });
      expect(step.exitCode).toBe(1);
      expect(step.errors.join()).toContain('devcontainer-secret');
      expect(builds(step)).toBe(0);
    },
    LIMIT_MS,
  );

  it.each([
    ['services: { db: { image: a } }', 'no service of the compose files is called "app"'],
    ['services: [', 'compose cannot read .devcontainer/compose.yml'],
    ['services: { app: { build: { context: ., ssh: [default] } } }', 'the build of app has ssh'],
  ])('is refused by name when its file is %s', async (text, words) => {
    await desk.write({ '.devcontainer/compose.yml': text });
    const step = await desk.run(job, { run: 'true' });
    expect(step.exitCode).toBe(2);
    expect(step.errors.join()).toContain(words);
  });
});
