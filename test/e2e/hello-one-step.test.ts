import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { setupBuildx, setupLogin, setupQemu } from '../../script/commands/generate/action-runtime.ts';
import { type Lab, requireLab } from '../support/lab.ts';
import { failuresOf, jobOf, openRunner, type Run, type Runner, resultsOf } from '../support/runner.ts';
import { type Hello, keys, openHello, pullRequest, versionTag, writesAmong } from '../support/runner-hello.ts';
import type { StepReport } from '../support/runner-report.ts';

const LIMIT_MS = 900_000;

/** Folders that stand in for Docker's own actions, which cannot be had here: they tell what they were given, and do nothing. */
interface Stubs extends AsyncDisposable {
  readonly repositories: Readonly<Record<string, string>>;
  /** Where they tell it. */
  readonly env: Readonly<Record<string, string>>;
  /** What was called, each with its inputs, and forgets it. */
  calls(): Promise<readonly string[]>;
}

async function openStubs(): Promise<Stubs> {
  const folder = await mkdtemp(path.join(tmpdir(), 'slipway-stubs-'));
  const told = path.join(folder, 'told');
  const repositories: Record<string, string> = {};
  for (const { action } of [setupQemu, setupBuildx, setupLogin]) {
    const name = action.replace(/^docker\/|@.*$/g, '');
    const at = path.join(folder, name);
    await mkdir(at);
    await writeFile(
      path.join(at, 'action.yml'),
      `name: stub\ndescription: stub\noutputs:\n  name:\n    description: stub\nruns:\n  using: node20\n  main: main.js\n  post: post.js\n`,
    );
    const tell = (what: string): string => `
const inputs = Object.entries(process.env).filter(([name, value]) => name.startsWith('INPUT_') && value !== '');
const told = inputs.map(([name, value]) => name.slice(6).toLowerCase() + '=' + value).sort();
require('node:fs').appendFileSync(process.env.STUBS_TELL, ['${name}${what}', ${what === '' ? '...told' : ''}].join(' ') + '\\n');
`;
    const output = `require('node:fs').appendFileSync(process.env.GITHUB_OUTPUT, 'name=${name === 'setup-buildx-action' ? 'default' : ''}\\n');`;
    await writeFile(path.join(at, 'main.js'), tell('') + output);
    await writeFile(path.join(at, 'post.js'), tell(' post'));
    repositories[action] = at;
  }
  return {
    repositories,
    env: { STUBS_TELL: told },
    async calls() {
      const text = await readFile(told, 'utf8').catch(() => '');
      await rm(told, { force: true });
      return text.split('\n').filter((line) => line !== '');
    },
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  };
}

let lab: Lab;
let runner: Runner;
let stubs: Stubs;

beforeAll(async () => {
  lab = requireLab();
  runner = await openRunner(lab);
  stubs = await openStubs();
}, LIMIT_MS);

afterAll(async () => {
  await stubs?.[Symbol.asyncDispose]();
  await runner?.[Symbol.asyncDispose]();
}, LIMIT_MS);

/** A step within the root action. */
function partOf(run: Run, job: string, part: string): StepReport | undefined {
  return jobOf(run, job).steps.find(({ id }) => id.endsWith(`/${part}`));
}

const given = () => ({ repositories: stubs.repositories, env: stubs.env });

describe('the root action for a version tag, with stubs for the three actions of Docker', () => {
  let hello: Hello;
  let run: Run;
  let calls: readonly string[];

  beforeAll(async () => {
    hello = await openHello(lab);
    const workflow = '.github/workflows/one-step.yml';
    run = await runner.run({ folder: hello.folder, workflow, ...versionTag, ...given() });
    calls = await stubs.calls();
  }, LIMIT_MS);

  afterAll(async () => {
    await hello?.[Symbol.asyncDispose]();
  }, LIMIT_MS);

  it('does all of it in one green job', () => {
    expect(failuresOf(run)).toEqual([]);
    expect([run.exitCode, resultsOf(run)]).toEqual([0, { images: 'success' }]);
    const pipeline = partOf(run, 'images', 'pipeline');
    expect(pipeline?.outputs).toMatchObject({ state: 'released', report: expect.stringMatching(/^sha256:/) });
    expect(pipeline?.summary).toContain('### In one job: Released');
    expect(partOf(run, 'images', 'checks')?.summary).toContain('They passed in');
  });

  it('hands its outputs to the steps after it', () => {
    expect(jobOf(run, 'images').steps.flatMap(({ lines }) => lines)).toContain('it ended: released');
  });

  it('sets up what it is asked for alone', () => {
    expect(calls).toEqual(['setup-qemu-action platforms=arm64', 'setup-qemu-action post']);
  });

  it(
    'gives every image the version, its lines and latest, all of them the digest of its record',
    async () => {
      const tags = ['1', '1.0', '1.0.0', 'latest'];
      expect(await hello.tags()).toEqual({ base: tags, clock: tags, greeter: tags });
      const digests = JSON.parse(partOf(run, 'images', 'pipeline')?.outputs.digests ?? '') as Record<string, string>;
      for (const key of keys) {
        for (const tag of tags) expect(await hello.digest(key, tag)).toBe(digests[key]);
        expect(await hello.record(key, digests[key] ?? '')).toMatchObject({
          key,
          digest: digests[key],
          test: 'passed',
        });
      }
      expect(await hello.desk.inEngine()).toEqual([]);
    },
    LIMIT_MS,
  );
});

describe('the root action for a pull request, with stubs for the three actions of Docker', () => {
  let hello: Hello;
  let run: Run;
  let calls: readonly string[];

  beforeAll(async () => {
    hello = await openHello(lab);
    await writeFile(path.join(hello.folder, '.git', 'own.yml'), own);
    run = await runner.run({ folder: hello.folder, workflow: '.git/own.yml', ...pullRequest(), ...given() });
    calls = await stubs.calls();
  }, LIMIT_MS);

  afterAll(async () => {
    await hello?.[Symbol.asyncDispose]();
  }, LIMIT_MS);

  it('tests, and writes nothing to the registry', async () => {
    expect(resultsOf(run).asked).toBe('success');
    const pipeline = partOf(run, 'asked', 'pipeline');
    expect(pipeline?.outputs).toMatchObject({ state: 'tested', digests: '' });
    expect(pipeline?.summary).toContain('### Built and tested: 1');
    expect(writesAmong(await hello.requests())).toEqual([]);
  });

  it('makes the builder and signs in as it was told, and gives what belongs to ghcr.io to no other registry', () => {
    expect([...calls].sort()).toEqual([
      'login-action password=s3cret registry=registry.example username=ada',
      'login-action post',
      'login-action post',
      'login-action post',
      'login-action registry=docker.io',
      'login-action registry=ghcr.io username=nektos/act',
      'setup-buildx-action driver-opts=network=host driver=docker-container',
      'setup-buildx-action post',
    ]);
  });

  it('builds nothing where the checks fail', () => {
    expect(resultsOf(run).red).toBe('failure');
    const red = jobOf(run, 'red');
    expect(red.steps.flatMap((step) => step.errors)).toEqual([expect.stringMatching(/^checks-failed: /)]);
    expect(partOf(run, 'red', 'checks')?.summary).toContain('checks-failed');
    expect(partOf(run, 'red', 'pipeline')?.summary ?? '').toBe('');
  });
});

const own = `
on: pull_request
jobs:
  asked:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@de0fac2e4500dabe0009e67214ff5f5447ce83dd
      - uses: org/slipway@v1
        with:
          images: base
          setup-builder: docker-container
          setup-driver-opts: network=host
          setup-login: registry.example
          setup-username: ada
          setup-password: s3cret
  red:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@de0fac2e4500dabe0009e67214ff5f5447ce83dd
      - uses: org/slipway@v1
        with:
          checks: exit 3
  signed:
    runs-on: ubuntu-latest
    steps:
      - uses: org/slipway/actions/setup@v1
        with:
          login: docker.io
      - uses: org/slipway/actions/setup@v1
        with:
          login: ghcr.io
`;
