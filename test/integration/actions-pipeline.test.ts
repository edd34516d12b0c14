import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { digestOf } from '../../src/domain/digest.ts';
import { type ArtifactService, openArtifacts } from '../support/action-artifacts.ts';
import { declared, type EndedStep, type Job, openJob, type RunningStep } from '../support/action-step.ts';
import { type Desk, eventually, openDesk } from '../support/desk.ts';
import { crane, docker, requireLab, tagsOf } from '../support/lab.ts';

const LIMIT_MS = 600_000;
const lab = requireLab();
const keys = ['base', 'clock', 'greeter'] as const;
const other = { full_name: 'org/hello', default_branch: 'main' };

interface Report {
  readonly state: string;
  readonly steps: readonly { readonly name: string; readonly end: string; readonly text: string }[];
  readonly images: readonly {
    readonly key: string;
    readonly kind: string;
    readonly error?: { readonly code: string };
  }[];
  readonly release: { readonly state: string; readonly tags: readonly { readonly tag: string }[] } | null;
}

let desk: Desk;
let service: ArtifactService;
let prefix: string;
const jobs: Job[] = [];

beforeAll(async () => {
  desk = await openDesk(lab);
  service = await openArtifacts();
  prefix = `${lab.registry}/${desk.id}/hello`;
}, LIMIT_MS);

afterAll(async () => {
  for (const job of jobs) await job[Symbol.asyncDispose]();
  await service?.[Symbol.asyncDispose]();
  await desk?.[Symbol.asyncDispose]();
}, LIMIT_MS);

/** A place in the registry that nobody else has. */
const freshName = (): string => `t${randomBytes(6).toString('hex')}`;

/** A job of this repository, which runs from source. */
async function jobFor(options: Parameters<typeof openJob>[1] = {}): Promise<Job> {
  const env = { ...service.env, ...options.env };
  const job = await openJob(lab, { isFromSource: true, workspace: desk.folder, ...options, env });
  jobs.push(job);
  return job;
}

const tags = async (key: string): Promise<readonly string[]> => {
  const all = await tagsOf(lab, `${prefix}/${key}`);
  return all.filter((tag) => !/^sha256-[0-9a-f]{64}$/.test(tag)).sort();
};

/** The report of a step, which must be the document that its output names. */
function reportOf(step: EndedStep): Report {
  const bytes = service.filesOf('slipway-report').get('report.json') ?? Buffer.alloc(0);
  expect(step.outputs.report).toBe(digestOf(bytes));
  return JSON.parse(bytes.toString('utf8')) as Report;
}

describe('the action pipeline for a version tag', () => {
  let job: Job;
  let first: EndedStep;
  let again: EndedStep;

  beforeAll(async () => {
    job = await jobFor({ ref: 'refs/tags/1.0.0' });
    first = await job.run('pipeline', { registry: prefix });
  }, LIMIT_MS);

  it('is green, and sets the outputs that it declares', async () => {
    expect({ errors: first.errors, exitCode: first.exitCode }).toEqual({ errors: [], exitCode: 0 });
    expect(first.outputs.state).toBe('released');
    expect(Object.keys(first.outputs).sort()).toEqual(Object.keys((await declared('pipeline')).outputs).sort());
  });

  it(
    'gives each image the version, its lines and latest, and each names the bytes that were tested',
    async () => {
      const digests = JSON.parse(first.outputs.digests ?? '') as Record<string, string>;
      expect(Object.keys(digests).sort()).toEqual([...keys]);
      for (const key of keys) {
        expect(await tags(key)).toEqual(['1', '1.0', '1.0.0', 'latest']);
        for (const tag of ['1', '1.0', '1.0.0', 'latest']) {
          expect(await crane(lab, 'digest', `${prefix}/${key}:${tag}`)).toBe(digests[key]);
        }
      }
    },
    LIMIT_MS,
  );

  it('says in the summary what happened at each step, and ends with all of them', () => {
    const heads = [...first.summary.matchAll(/^### (.*)$/gm)].map(([, head]) => head);
    expect(heads).toEqual([
      'Plan: 3 to build, 0 carried over',
      'Built and tested: 3',
      'Digest gate: match',
      'Released',
      'In one job: Released',
    ]);
    expect(first.summary).toContain('| build and test | done | 3 of 3 passed |');
  });

  it('keeps the documents of the run as artifacts', () => {
    expect(service.names()).toEqual([
      ...keys.map((key) => `digest-${key}`),
      'slipway-journal-release',
      'slipway-plan',
      'slipway-record-group--1-1',
      'slipway-report',
      'test-logs-base',
      'test-logs-clock',
      'test-logs-greeter',
    ]);
    const report = reportOf(first);
    expect(report.state).toBe('released');
    expect(report.steps.map(({ name, end }) => `${name} ${end}`)).toEqual([
      'plan done',
      'build and test done',
      'gate done',
      'release done',
    ]);
    expect(report.images.map(({ key, kind }) => `${key} ${kind}`).sort()).toEqual(keys.map((key) => `${key} proven`));
    expect(report.release?.tags).toHaveLength(12);
  });

  it(
    'builds nothing and writes nothing when it runs again',
    async () => {
      again = await (await jobFor({ ref: 'refs/tags/1.0.0', run: '7002' })).run('pipeline', { registry: prefix });
      expect({ errors: again.errors, exitCode: again.exitCode }).toEqual({ errors: [], exitCode: 0 });
      expect(again.outputs.state).toBe('unchanged');
      expect(again.outputs.digests).toBe(first.outputs.digests);
      expect(again.summary).toContain('### Plan: 0 to build, 3 carried over');
    },
    LIMIT_MS,
  );

  it('leaves nothing in the folder of the runner and no container', async () => {
    expect(await readdir(job.temp)).toEqual([]);
    expect(await desk.inEngine()).toEqual([]);
  });
});

describe('the action pipeline for a pull request', () => {
  let step: EndedStep;
  const unpublished = freshName();

  beforeAll(async () => {
    const head = { ref: 'topic', sha: '0'.repeat(40), repo: { full_name: 'stranger/hello' } };
    const payload = { number: 1, pull_request: { head, base: { ref: 'main', repo: other } }, repository: other };
    const job = await jobFor({ event: 'pull_request', ref: 'refs/pull/1/merge', payload, run: '7003' });
    step = await job.run('pipeline', { registry: `${lab.registry}/${unpublished}/hello` });
  }, LIMIT_MS);

  it('tests everything, publishes nothing and says why', async () => {
    expect({ errors: step.errors, exitCode: step.exitCode }).toEqual({ errors: [], exitCode: 0 });
    expect(step.outputs).toMatchObject({ state: 'tested', digests: '' });
    expect(step.summary).toContain('### Built and tested: 3');
    expect(step.summary).toContain('### In one job: Tested; nothing was to be published');
    expect(step.summary).toMatch(
      /\| gate and release \| left out \| a run on pull\\_request .* may publish nothing \|/,
    );
    for (const key of keys) expect(await tagsOf(lab, `${lab.registry}/${unpublished}/hello/${key}`)).toEqual([]);
    expect(await desk.inEngine()).toEqual([]);
  });
});

describe('the action pipeline where nothing may be uploaded before the gate', () => {
  it(
    'releases what it kept as artifacts of the run',
    async () => {
      await desk.edit('slipway.yml', (text) => `stage: archive\n${text}`);
      await desk.commit();
      const archived = `${lab.registry}/${freshName()}/hello`;
      const job = await jobFor({ ref: 'refs/heads/main', run: '7008' });
      const step = await job.run('pipeline', { registry: archived });
      await desk.edit('slipway.yml', (text) => text.replace('stage: archive\n', ''));
      await desk.commit();
      expect({ errors: step.errors, exitCode: step.exitCode }).toEqual({ errors: [], exitCode: 0 });
      expect(step.outputs.state).toBe('released');
      expect(service.names()).toEqual(expect.arrayContaining(keys.map((key) => `slipway-store-${key}`)));
      const digests = JSON.parse(step.outputs.digests ?? '') as Record<string, string>;
      for (const key of keys) expect(await crane(lab, 'digest', `${archived}/${key}:main`)).toBe(digests[key]);
      expect(await readdir(job.temp)).toEqual([]);
    },
    LIMIT_MS,
  );
});

describe('the action pipeline with an image that fails', () => {
  it(
    'releases nothing, and hands on the logs and a report that names it',
    async () => {
      for (const name of service.names()) service.remove(name);
      await desk.edit('slipway.yml', (text) => text.replace('^It is 2', '^It is never'));
      await desk.commit();
      const red = `${lab.registry}/${freshName()}/hello`;
      const job = await jobFor({ ref: 'refs/heads/main', run: '7004' });
      const step = await job.run('pipeline', { registry: red });
      await desk.edit('slipway.yml', (text) => text.replace('^It is never', '^It is 2'));
      expect(step.exitCode).toBe(1);
      expect(step.errors).toEqual([expect.stringMatching(/^test-failed: /)]);
      expect(step.outputs).toMatchObject({ state: 'refused', digests: '' });
      expect(step.summary).toContain('### Failed: 1 of 3');
      expect(step.summary).toContain('### In one job: Nothing was released');
      expect(step.summary).toContain('| build and test | **failed** | test\\-failed: ');
      expect(service.names()).toEqual([
        'digest-base',
        'digest-greeter',
        'slipway-plan',
        'slipway-report',
        'slipway-store-clock',
        'test-logs-base',
        'test-logs-clock',
        'test-logs-greeter',
      ]);
      const report = reportOf(step);
      expect(report.images.find(({ key }) => key === 'clock')).toMatchObject({
        kind: 'failed',
        error: { code: 'test-failed' },
      });
      expect(report.release).toBeNull();
      for (const key of keys) {
        const all = await tagsOf(lab, `${red}/${key}`);
        expect(all.filter((tag) => !tag.startsWith('sha256-'))).toEqual([]);
      }
      expect(await readdir(job.temp)).toEqual([]);
    },
    LIMIT_MS,
  );

  it(
    'that was planned wrongly says so, and is no success',
    async () => {
      const job = await jobFor({ run: '7005' });
      const step = await job.run('pipeline', { registry: prefix, images: 'nobody' });
      expect(step.exitCode).toBe(2);
      expect(step.errors).toEqual([expect.stringMatching(/^image-unknown: /)]);
      expect(step.outputs).toEqual({ state: 'refused', digests: '', report: '' });
      expect(step.summary).toContain('| plan | **failed** |');
    },
    LIMIT_MS,
  );
});

describe('the action pipeline that somebody stops', () => {
  const containers = (...more: readonly string[]) =>
    docker(lab, 'ps', '--quiet', '--filter', `label=${desk.label}`, ...more);

  /** A run that is in the middle of a test. */
  async function inTheMiddle(job: Job): Promise<RunningStep> {
    const step = await job.start('pipeline', { registry: `${lab.registry}/${freshName()}/hello`, images: 'base' });
    await eventually(containers, (ids) => ids !== '');
    return step;
  }

  beforeAll(async () => {
    await desk.edit('slipway.yml', (text) => text.replace('test "$(echo works)" = works', 'sleep 300'));
    await desk.commit();
  }, LIMIT_MS);

  it(
    'ends with nothing left',
    async () => {
      const job = await jobFor({ run: '7006' });
      const step = await inTheMiddle(job);
      step.signal('SIGINT');
      const { exitCode, errors, outputs } = await step.ended;
      expect([exitCode, errors, outputs]).toEqual([130, [expect.stringMatching(/^cancelled: /)], {}]);
      expect([await containers('--all'), await readdir(job.temp)]).toEqual(['', []]);
    },
    LIMIT_MS,
  );

  it(
    'and that is killed is cleaned up after by the step after the job',
    async () => {
      const job = await jobFor({ run: '7007' });
      const step = await inTheMiddle(job);
      const state = await step.state();
      step.kill();
      await step.ended.catch(() => undefined);
      expect([existsSync(state.folder ?? ''), (await containers('--all')) !== '']).toEqual([true, true]);
      const saved = Object.fromEntries(Object.entries(state).map(([name, value]) => [`STATE_${name}`, value]));
      expect(await job.run('pipeline', {}, { script: 'post', env: saved })).toMatchObject({ exitCode: 0, errors: [] });
      expect([existsSync(state.folder ?? ''), await containers('--all')]).toEqual([false, '']);
      expect(await desk.inEngine()).toEqual([]);
    },
    LIMIT_MS,
  );
});
