import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { cp, mkdtemp, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { parse, stringify } from 'yaml';
import { root } from '../../script/commands/project.ts';
import { labEnv, requireLab, tagsOf } from '../support/lab.ts';
import { failuresOf, openRunner, type Run, type Runner, resultsOf } from '../support/runner.ts';

// Two whole runs, one after the other.
jest.setTimeout(900_000);

const file = '.github/workflows/live-check.yml';
const git = promisify(execFile);

/** What only GitHub has: rights of a token, outputs that are emptied, and caches that other jobs find. */
const hosted = ['masking', 'denied', 'cache-write', 'cache-read'];

/** The live checks as they are, but for those that a runner on this machine could only fail. */
function withoutHosted(text: string): string {
  const workflow = parse(text) as { jobs: Record<string, { steps?: unknown }> };
  for (const name of hosted) {
    const job = workflow.jobs[name];
    if (job === undefined) throw new Error(`there is no job ${name}`);
    job.steps = [{ run: 'true' }];
  }
  return stringify(workflow);
}

describe('the live checks, in the workflow runner and with a registry of this machine', () => {
  const lab = requireLab();
  const prefix = `${lab.registry}/t${randomBytes(6).toString('hex')}/live-check`;
  let folder: string;
  let runner: Runner;
  let first: Run;
  let second: Run;

  beforeAll(async () => {
    folder = await realpath(await mkdtemp(path.join(tmpdir(), 'slipway-live-')));
    for (const part of ['actions', 'dist', 'examples/hello', '.github/live-check', file, 'package.json']) {
      await cp(path.join(root, part), path.join(folder, part), { recursive: true });
    }
    await writeFile(path.join(folder, file), withoutHosted(await readFile(path.join(folder, file), 'utf8')));
    const options = { cwd: folder, env: { ...labEnv(lab), HOME: folder } };
    for (const args of [
      ['init', '--quiet', '--initial-branch', 'main'],
      ['add', '--all'],
      ['-c', 'user.name=A tester', '-c', 'user.email=tester@example.com', 'commit', '--quiet', '--message', 'Live'],
    ]) {
      await git('git', args, options);
    }
    runner = await openRunner(lab);
    const request = {
      folder,
      workflow: file,
      event: 'workflow_dispatch',
      labels: ['ubuntu-24.04', 'ubuntu-24.04-arm'],
      // The registry of the lab asks for none; the steps must be given one all the same.
      secrets: { GITHUB_TOKEN: 'a-token-of-nobody' },
      payload: {
        ref: 'refs/heads/main',
        inputs: { registry: prefix, 'docker-hub': '', rerun: 'true' },
        repository: { full_name: 'acme/slipway', default_branch: 'main' },
      },
    };
    first = await runner.run(request);
    // This runner knows no "Re-run failed jobs": it plans once more, and the tag of a rebuild has the number of its run.
    second = await runner.run({ ...request, again: first, env: { GITHUB_RUN_NUMBER: '2' } });
  });

  afterAll(async () => {
    await runner[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
  });

  const tableOf = (run: Run): readonly string[] =>
    run.jobs.flatMap((job) => job.steps.flatMap((step) => step.lines)).filter((line) => line.startsWith('| '));

  it('are red in their first attempt, for the one job that fails on purpose', () => {
    expect(first.exitCode).not.toBe(0);
    expect(failuresOf(first).map((text) => text.split('\n')[0])).toHaveLength(2);
    expect(tableOf(first)).toContain('| re-run of failed jobs (choose it, after the first attempt) | fail |');
  });

  it('are green in their second attempt', () => {
    expect(failuresOf(second)).toEqual([]);
    expect(tableOf(second)).toEqual([
      '| check | result |',
      '| push to the registry with the token of the job | pass |',
      '| read by anybody, without signing in | pass |',
      '| Docker Hub | not run |',
      '| hosted runners, amd64 and native arm64: a set in parts | pass |',
      '| documents through artifacts of the hosted service | pass |',
      '| masking of outputs | pass |',
      '| no right to write packages: refused, and said | pass |',
      '| the hosted cache: saved, and found again | pass |',
      '| re-run of failed jobs (choose it, after the first attempt) | pass |',
    ]);
    expect(second.exitCode).toBe(0);
  });

  it('build each platform of a base in a job of its own', () => {
    expect(Object.keys(resultsOf(second))).toEqual(
      expect.arrayContaining(['base@linux-amd64', 'base@linux-arm64', 'greeter@linux-amd64', 'greeter@linux-arm64']),
    );
  });

  it('leave tags of their own, and move none', async () => {
    expect(await tagsOf(lab, `${prefix}/single`)).toContain(`run-${first.id}-1`);
    const tags = (await tagsOf(lab, `${prefix}/greeter`)).filter((tag) => !tag.startsWith('sha256-'));
    expect(tags).toEqual(Array(2).fill(expect.stringMatching(/^1\.0\.0-r\d{8}\.\d+$/)));
  });
});
