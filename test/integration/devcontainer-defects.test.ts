import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { root } from '../../script/commands/project.ts';
import type { EndedStep, Job } from '../support/action-step.ts';
import { type DevcontainerDesk, openDevcontainerDesk, smallDevcontainer } from '../support/devcontainer.ts';
import { crane, docker, requireLab, tagsOf } from '../support/lab.ts';

const LIMIT_MS = 600_000;
const lab = requireLab();
const secret = 'pa55-w0rd-that-nobody-may-read';

/** How often the CLI started a build; it says so itself. */
function builds({ stdout }: EndedStep): number {
  return stdout.match(/Start: Run: docker (buildx )?build /g)?.length ?? 0;
}

const command = [
  'echo "$TOKEN" | wc -c',
  'echo "home $HOME"',
  'echo "line with @devcontainers/cli in it"',
  'echo "grüße €"',
  'echo to-stderr >&2',
].join('\n');

describe('what is known to go wrong elsewhere', () => {
  let desk: DevcontainerDesk;
  let main: Job;
  let first: EndedStep;
  /** The tags that were there when the main step had ended, and before its post step ran. */
  let tagsInMain: readonly string[];
  let branch: EndedStep;
  let failing: EndedStep;

  beforeAll(async () => {
    desk = await openDevcontainerDesk(lab, smallDevcontainer());
    main = await desk.job();
    const programs = path.join(desk.folder, 'programs');
    await mkdir(programs);
    await writeFile(path.join(programs, 'devcontainer'), '#!/bin/sh\necho another-cli >&2\nexit 9\n');
    await chmod(path.join(programs, 'devcontainer'), 0o755);
    const image = `${lab.registry}/${desk.id}/DevContainer:latest`;
    const env = {
      TOKEN: secret,
      PATH: `${programs}:${path.dirname(lab.tools.docker)}:${lab.path}:${process.env.PATH}`,
    };
    first = await main.run('devcontainer-prebuild', { image, run: command, env: 'TOKEN' }, { env });
    tagsInMain = (await tagsOf(lab, desk.image)).filter((tag) => !tag.startsWith('sha256-'));
    const state = Object.fromEntries(Object.entries(first.state).map(([name, value]) => [`STATE_${name}`, value]));
    await main.run('devcontainer-prebuild', {}, { env: state, script: 'post' });
    await desk.write({ '.devcontainer/word': 'another word\n' });
    branch = await desk.run(await desk.job({ ref: 'refs/heads/topic' }), { run: 'cat /word' });
    failing = await desk.run(main, { run: 'false\necho not-reached' });
  }, LIMIT_MS);

  afterAll(async () => {
    await desk[Symbol.asyncDispose]();
  }, LIMIT_MS);

  it('D1: a machine without buildx fails the step by name, and does not skip the command silently', async () => {
    const empty = path.join(desk.folder, 'no-plugins');
    await mkdir(empty, { recursive: true });
    const step = await desk.run(main, { run: 'echo ran' }, { DOCKER_CONFIG: empty });
    expect(step.exitCode).toBe(4);
    expect(step.errors.join()).toMatch(/^(buildx|builder)-missing: /);
    expect(step.stdout).not.toMatch(/^ran$/m);
  });

  it('D2: a step without an image fails before anything is built', async () => {
    const step = await desk.run(main, { image: '', run: 'echo ran' });
    expect(step.exitCode).toBe(2);
    expect(step.errors.join()).toContain('the input image');
    expect(builds(step)).toBe(0);
  });

  it('D3: an image is named with a tag and with capitals', () => {
    expect(first.errors).toEqual([]);
    expect(first.outputs.image).toBe(`${desk.image}@${first.outputs.digest}`);
  });

  it('D4: the CLI is the one that was pinned, whatever lies in the path', () => {
    const { devDependencies } = JSON.parse(packageJson);
    expect(first.stdout).toContain(`@devcontainers/cli ${devDependencies['@devcontainers/cli']}.`);
    expect(first.stdout).not.toContain('another-cli');
  });

  it('D5: the image is there by its digest when the main step has ended', async () => {
    expect([...tagsInMain].sort()).toEqual([first.outputs.tag, 'latest'].sort());
    expect(first.outputs).toMatchObject({ pushed: 'true', 'push-reason': 'filter' });
  });

  it('D6: latest does not move when nothing has changed', async () => {
    await desk.write({ '.devcontainer/word': `${desk.id}\n` });
    const again = await desk.run(main);
    expect(again.outputs).toMatchObject({ mode: 'reuse', 'latest-moved': 'false', digest: first.outputs.digest });
    expect(await crane(lab, 'digest', `${desk.image}:latest`)).toBe(first.outputs.digest);
  });

  it('D7: one build is all that a new content needs', () => {
    expect(builds(first)).toBe(1);
    expect(builds(branch)).toBe(1);
  });

  it('D8: a push to another branch publishes nothing and leaves latest alone', async () => {
    expect(branch.exitCode).toBe(0);
    expect(branch.outputs).toMatchObject({ mode: 'build', pushed: 'false', 'push-reason': 'ref', image: '' });
    expect(branch.outputs['command-output']).toBe('another word');
    expect(await tagsOf(lab, desk.image)).not.toContain(branch.outputs.tag);
  });

  it('D9: every step has a container of its own, and none is left', async () => {
    expect(branch.outputs['container-id']).not.toBe(first.outputs['container-id']);
    expect(await desk.containers()).toEqual([]);
    const left = await docker(lab, 'ps', '--all', '--quiet', '--filter', 'label=slipway.owner');
    expect(left).not.toContain(first.outputs['container-id']?.slice(0, 12));
  });

  it('D10: the first line that fails ends the command and the step, and nothing is published', () => {
    expect(failing.exitCode).toBe(1);
    expect(failing.stdout).not.toContain('not-reached\n');
    expect(failing.outputs).toMatchObject({
      'command-exit-code': '1',
      pushed: 'false',
      'push-reason': 'command-failed',
    });
  });

  it('D11: the output is the standard output, whole and in one piece', () => {
    const [, home, ...rest] = (first.outputs['command-output'] ?? '').split('\n');
    expect(home).toBe('home /root');
    expect(rest).toEqual(['line with @devcontainers/cli in it', 'grüße €']);
    expect(first.stdout).toContain('to-stderr');
  });

  it('D12: values of variables are in no log, and HOME is that of the container', () => {
    expect(first.outputs['command-output']?.split('\n')[0]?.trim()).toBe(String(secret.length + 1));
    const shown = [first.summary, JSON.stringify(first.outputs), withoutMasks(first.stdout), first.stderr];
    for (const text of shown) expect(text).not.toContain(secret);
  });

  it('D13: two places to write a cache to are refused, and not made one', async () => {
    const step = await desk.run(main, { 'cache-to': 'type=inline\ntype=registry,ref=x/y' });
    expect(step.exitCode).toBe(2);
    expect(step.errors.join()).toContain('cache-to');
  });

  it('D15: a build that fails says why, with the last lines of the builder', async () => {
    await desk.write({ '.devcontainer/Dockerfile': 'FROM busybox:1.36\nRUN echo the-reason-why >&2; exit 3\n' });
    const step = await desk.run(main, { run: 'echo ran' });
    expect(step.exitCode).toBe(4);
    expect(step.errors.join()).toContain('devcontainer-cli-failed');
    expect(step.stdout).toContain('the-reason-why');
    expect(step.stdout).not.toMatch(/^ran$/m);
  });
});

const packageJson = await readFile(path.join(root, 'package.json'), 'utf8');

/** The runner reads the masks and shows none of them. */
function withoutMasks(text: string): string {
  return text.replace(/^::add-mask::.*$/gm, '');
}
