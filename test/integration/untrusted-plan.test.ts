import { readdir, readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { root } from '../../script/commands/project.ts';
import { Plan } from '../../src/domain/plan.ts';
import { type ArtifactService, openArtifacts } from '../support/action-artifacts.ts';
import { type EndedStep, type JobOptions, openJob } from '../support/action-step.ts';
import { type Desk, openDesk } from '../support/desk.ts';
import { requireLab } from '../support/lab.ts';

const LIMIT_MS = 600_000;
const lab = requireLab();
const prefix = '127.0.0.1:1/shipyard';
const hostile = ['x";touch${IFS}pwn;#', '$(touch${IFS}pwn)', '`touch${IFS}pwn`', '::error::x', '##[error]x'];

let desk: Desk;
/** A PATH on which there is git, and no docker. */
let programs: string;
beforeAll(async () => {
  desk = await openDesk(lab);
  programs = await desk.programs('git');
}, LIMIT_MS);
afterAll(async () => {
  await desk[Symbol.asyncDispose]();
}, LIMIT_MS);

describe('matrix-generate', () => {
  let service: ArtifactService;
  beforeEach(async () => {
    service = await openArtifacts();
  });
  afterEach(async () => {
    await service[Symbol.asyncDispose]();
    const log = await readFile(lab.registryAccessLog, 'utf8');
    const ours = log.split('\n').filter((line) => line.includes(`/v2/${desk.id}/`));
    expect(ours.filter((line) => /"(?:PUT|POST|PATCH|DELETE) /.test(line))).toEqual([]);
  });

  /** Plans with no docker to be found, and with a token that nobody should care for. */
  async function planned(options: JobOptions): Promise<EndedStep> {
    const env = { ...service.env, PATH: programs, GITHUB_TOKEN: 'ghs_nobody' };
    await using job = await openJob(lab, { workspace: desk.folder, ...options, env });
    return await job.run('matrix-generate', { registry: `${lab.registry}/${desk.id}` });
  }

  const fork = (name: string): unknown => ({
    repository: { full_name: 'org/hello', default_branch: 'main' },
    sender: { login: 'mallory' },
    workflow_run: { head_branch: name, head_repository: { full_name: 'mallory/hello' } },
    pull_request: {
      title: '`touch pwn` $(touch pwn)',
      body: '"; touch pwn; #',
      user: { login: 'mallory' },
      head: { ref: name, sha: 'a'.repeat(40), repo: { full_name: 'mallory/hello', fork: true } },
      base: { ref: 'main', sha: 'b'.repeat(40), repo: { full_name: 'org/hello' } },
    },
  });

  it.each(hostile)(
    'T01 runs nothing of a branch called %j, and tells the runner nothing of it',
    async (name) => {
      const step = await planned({ ref: `refs/heads/${name}`, payload: fork(name) });
      expect({ exitCode: step.exitCode, errors: step.errors }).toEqual({ exitCode: 0, errors: [] });
      expect((await readdir(desk.folder, { recursive: true })).filter((file) => file.includes('pwn'))).toEqual([]);
      expect(step.forLaterSteps).toBe('');
      expect(Object.values(step.outputs).filter((value) => value.includes(name))).toEqual([]);
    },
    LIMIT_MS,
  );

  it.each(['pull_request_target', 'workflow_run', 'issue_comment'])(
    'T03 refuses the event %s of a fork before it does anything',
    async (event) => {
      const step = await planned({ event, payload: fork('main') });
      expect({ exitCode: step.exitCode, errors: step.errors, outputs: step.outputs }).toEqual({
        exitCode: 2,
        errors: [expect.stringMatching(/^event-refused: /)],
        outputs: {},
      });
      expect(service.calls).toEqual([]);
    },
    LIMIT_MS,
  );

  it.each<[string, JobOptions]>([
    ['T04 a pull request of a fork', { event: 'pull_request', ref: 'refs/pull/1/merge', payload: fork('main') }],
    ['T30 a run by hand on another branch', { event: 'workflow_dispatch', ref: 'refs/heads/feature/x' }],
  ])(
    '%s is planned, and may publish nothing',
    async (_, options) => {
      const step = await planned(options);
      expect({ exitCode: step.exitCode, errors: step.errors }).toEqual({ exitCode: 0, errors: [] });
      expect(step.outputs).toMatchObject({ publish: 'false', count: '3' });
    },
    LIMIT_MS,
  );

  it(
    'T28 refuses a tag that is not the version, and hands no plan on',
    async () => {
      const step = await planned({ ref: 'refs/tags/v1.0.1' });
      expect({ exitCode: step.exitCode, errors: step.errors, outputs: step.outputs }).toEqual({
        exitCode: 2,
        errors: [expect.stringMatching(/^version-mismatch: /)],
        outputs: {},
      });
      expect(service.calls).toEqual([]);
    },
    LIMIT_MS,
  );
});

describe('slipway plan', () => {
  async function planOf(...args: readonly string[]): Promise<Plan> {
    const { exitCode, stdout, stderr } = await desk.slipway(
      'plan',
      '--json',
      '--offline',
      '--registry',
      prefix,
      ...args,
    );
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    return Plan.parse(JSON.parse(stdout));
  }

  it(
    'T29 gives a branch that is called like a version no tag of that name',
    async () => {
      const { rights, images } = await planOf('--event', 'push', '--ref', 'refs/heads/v9.9.9');
      expect(rights).toMatchObject({ versionTag: false, floating: false });
      for (const { tags } of images) {
        expect(tags).toEqual({ immutable: [], floating: [expect.stringMatching(/^v9\.9\.9-[0-9a-f]+$/)] });
      }
    },
    LIMIT_MS,
  );

  it(
    'T31 gives a scheduled rebuild tags of its own, and moves none',
    async () => {
      const { rights, images } = await planOf('--event', 'schedule');
      expect(rights).toMatchObject({ branchTag: false, floating: false });
      for (const { tags } of images) {
        expect(tags).toEqual({ immutable: [expect.stringMatching(/^1\.0\.0-r\d{8}/)], floating: [] });
      }
    },
    LIMIT_MS,
  );

  it(
    'T05 lets a pull request write no cache',
    async () => {
      const { rights, images } = await planOf('--event', 'pull_request');
      expect(rights.writeCache).toBe(false);
      expect(images.flatMap(({ cache }) => cache.to)).toEqual([]);
    },
    LIMIT_MS,
  );
});

describe('T27 slipway plan with a file that is malformed', () => {
  let broken: Desk;
  beforeEach(async () => {
    broken = await openDesk(lab);
  }, LIMIT_MS);
  afterEach(async () => {
    await broken[Symbol.asyncDispose]();
  }, LIMIT_MS);

  const junk = '\u0000\u0001\ufffd\u202e'.repeat(1_000);
  it.each<[string, Readonly<Record<string, string>>, string]>([
    ['a slipway.yml nested without end', { 'slipway.yml': '[\n'.repeat(20_000) }, 'config-invalid .* slipway.yml:65'],
    ['a slipway.yml that is binary', { 'slipway.yml': junk }, 'config-invalid .* slipway.yml:1'],
    ['a VERSION with full-width digits', { VERSION: '\n１.０.０\n' }, 'version-invalid .* VERSION:2'],
    ['a VERSION that breaks out of JSON', { VERSION: '3.10"],"x":["\n' }, 'version-invalid .* VERSION:1'],
    ['a VERSION of 10,000 lines', { VERSION: '1.0.0\n'.repeat(10_000) }, 'version-invalid .* VERSION:2'],
    ['a Dockerfile that is binary', { 'base/Dockerfile': junk }, 'dockerfile-invalid .* base/Dockerfile:1'],
    [
      'a Dockerfile that doubles a value',
      { 'base/Dockerfile': `ARG a=xxxxxxxxxx\n${'ARG a=$a$a\n'.repeat(40)}FROM $a\n` },
      'dockerfile-variable-invalid .* base/Dockerfile:16',
    ],
    ['a .dockerignore that is none', { 'base/.dockerignore': 'a\n[' }, 'dockerignore-invalid .*dockerignore:2'],
    [
      'PYTHON_VERSIONS with a version twice',
      { PYTHON_VERSIONS: '3.12\n3.12\n', 'Dockerfile.cpu-py3.12': 'FROM scratch\n' },
      'python-versions-invalid .* PYTHON_VERSIONS:2',
    ],
    ['a bake file that is binary', { 'docker-bake.hcl': junk }, 'definition-invalid .* docker-bake.hcl'],
    ['a compose file that is binary', { 'compose.yaml': junk }, 'definition-invalid .* compose.yaml'],
    [
      'a compose file that grows',
      { 'compose.yaml': `services: &a\n  a: {build: .}\n  b: [${'*a,'.repeat(200)}]\n` },
      'definition-invalid .* compose.yaml',
    ],
  ])(
    'is told its place: %s',
    async (_, files, expected) => {
      const isFound = /PYTHON|bake|compose/.test(Object.keys(files).join(' '));
      if (isFound) await rm(path.join(broken.folder, 'slipway.yml'));
      await broken.commit(files);
      const { exitCode, stdout, stderr } = await broken.slipway('plan', '--offline', '--registry', prefix);
      expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
      const [, code, where] = /^error (\S+): .*\n {2}where: (.*)$/m.exec(stderr) ?? [];
      expect([stderr.slice(0, 1_000), `${code} at ${where}`]).toEqual([
        expect.any(String),
        expect.stringMatching(expected),
      ]);
      expect(stderr).not.toMatch(/^\s+at /m);
      expect(stderr.length).toBeLessThan(2_000);
    },
    LIMIT_MS,
  );
});

describe('the workflows and actions of this repository', () => {
  it('T01 T03 put no expression into a script, and run on no event of strangers with our rights', async () => {
    const files = (await readdir(root, { recursive: true })).filter(
      (file) =>
        /\.ya?ml$/.test(file) &&
        !/(?:^|\/)(?:node_modules|\.slipway|\.git)\//.test(file) &&
        /(?:^|\/)(?:\.github\/workflows\/[^/]+|action\.ya?ml)$/.test(file),
    );
    expect(files.length).toBeGreaterThan(5);
    for (const file of files) {
      const document: unknown = parse(await readFile(path.join(root, file), 'utf8'));
      expect({ file, scripts: scriptsIn(document).filter((text) => text.includes('${{')) }).toEqual({
        file,
        scripts: [],
      });
      const events = typeof document === 'object' && document !== null && 'on' in document ? document.on : {};
      expect({ file, events: JSON.stringify(events) }).toEqual({
        file,
        events: expect.not.stringMatching(/pull_request_target|workflow_run/),
      });
    }
  });
});

/** Every `run` and `script` that a document holds, however deep; what goes into our own actions is an input of theirs. */
function scriptsIn(value: unknown): readonly string[] {
  if (typeof value !== 'object' || value === null) return [];
  const isOurs = 'uses' in value && /^org\/slipway\/actions\//.test(String(value.uses));
  return Object.entries(value).flatMap(([key, inner]) => {
    if (isOurs && key === 'with') return [];
    return (key === 'run' || key === 'script') && typeof inner === 'string' ? [inner] : scriptsIn(inner);
  });
}
