import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { type ArtifactService, openArtifacts } from '../support/action-artifacts.ts';
import { declared, type EndedStep, type Job, openJob } from '../support/action-step.ts';
import { type Desk, openDesk } from '../support/desk.ts';
import { crane, requireLab, tagsOf } from '../support/lab.ts';
import { outputsAfterMasking } from '../support/runner-model.ts';

const LIMIT_MS = 600_000;
const lab = requireLab();
const nodes = [
  { name: 'Node 20', program: process.execPath, keys: ['base', 'greeter', 'clock'] },
  { name: 'Node 24', program: lab.node24, keys: ['base'] },
] as const;

const Matrix = z.object({ include: z.array(z.object({ row: z.string(), images: z.string() })) });
const Digests = z.record(z.string(), z.string());

describe.each(nodes)('the actions one after the other on $name', ({ program, keys }) => {
  let desk: Desk;
  let service: ArtifactService;
  let job: Job;
  let prefix: string;
  let rowsByLevel: (readonly { readonly row: string; readonly images: string }[])[];
  /** Each step of the run, by its name. */
  const steps: Record<string, EndedStep> = {};
  const step = (name: string): EndedStep => steps[name] ?? fail(`there was no step ${name}`);
  /** As toJSON(needs) says it: each level is a job, and its legs share the outputs. */
  const needs = (): string =>
    JSON.stringify(
      Object.fromEntries(
        rowsByLevel.map((level, place) => [
          `level-${place + 1}`,
          {
            result: 'success',
            outputs: Object.assign({}, ...level.map(({ row }) => resultsOf(steps[`build ${row}`]))),
          },
        ]),
      ),
    );

  beforeAll(async () => {
    desk = await openDesk(lab);
    if (keys.length === 1) {
      await desk.edit('slipway.yml', (text) => text.slice(0, text.indexOf('\n  greeter:')));
      await desk.commit();
    }
    service = await openArtifacts();
    prefix = `${lab.registry}/${desk.id}/hello`;
    job = await openJob(lab, {
      node: program,
      workspace: desk.folder,
      ref: 'refs/tags/v1.0.0',
      env: { ...service.env },
    });
    steps.plan = await job.run('matrix-generate', { registry: prefix });
    const { plan = '' } = steps.plan.outputs;
    rowsByLevel = [1, 2, 3].map((level) => rowsOf(steps.plan?.outputs[`matrix-${level}`]));
    for (const level of rowsByLevel) {
      const results = needs();
      const built = await Promise.all(
        level.map(async ({ row, images }) => ({
          row,
          ended: await job.run('build-test', { plan, image: images, results }),
        })),
      );
      for (const { row, ended } of built) steps[`build ${row}`] = ended;
    }
    const results = needs();
    steps.verify = await job.run('verify-digest', { plan, results });
    steps.push = await job.run('push', { plan, results });
    steps.release = await job.run('release-latest', { plan, results });
  }, LIMIT_MS);

  afterAll(async () => {
    await job[Symbol.asyncDispose]();
    await service[Symbol.asyncDispose]();
    await desk[Symbol.asyncDispose]();
  }, LIMIT_MS);

  it('is green at each step, and none reports an error', () => {
    const ends = Object.entries(steps).map(([name, { exitCode, errors }]) => ({ name, exitCode, errors }));
    expect(ends).toEqual(ends.map(({ name }) => ({ name, exitCode: 0, errors: [] })));
    expect(Object.keys(steps)).toHaveLength(keys.length + 4);
  });

  it('plans a row for each image, in levels', () => {
    expect(step('plan').outputs).toMatchObject({
      plan: expect.stringMatching(/^sha256:[0-9a-f]{64}$/),
      count: String(keys.length),
      publish: 'true',
      version: '1.0.0',
      'rebuild-flag': 'false',
    });
    expect(rowsByLevel.map((level) => level.map(({ row }) => row).sort())).toEqual(
      keys.length === 1 ? [['base'], [], []] : [['base'], ['clock', 'greeter'], []],
    );
    expect(step('plan').outputs['matrix-3']).toBe('');
  });

  it('sets the outputs that action.yml declares, and no others', async () => {
    const actions = { plan: 'matrix-generate', verify: 'verify-digest', push: 'push', release: 'release-latest' };
    for (const [name, action] of Object.entries(actions)) {
      const names = Object.keys((await declared(action)).outputs);
      expect({ name, outputs: Object.keys(step(name).outputs).sort() }).toEqual({ name, outputs: names.sort() });
    }
    const { outputs } = await declared('build-test');
    for (const [level, rows] of rowsByLevel.entries()) {
      for (const [place, { row }] of rows.entries()) {
        const names = Object.keys(step(`build ${row}`).outputs).sort();
        const own = Object.keys(outputs).filter((name) => !name.startsWith('result-'));
        expect({ level, row, names }).toEqual({ level, row, names: [...own, `result-${place + 1}`].sort() });
      }
    }
  });

  it('writes neither the environment nor the path of later steps', () => {
    expect(
      Object.values(steps)
        .map(({ forLaterSteps }) => forLaterSteps)
        .join(''),
    ).toBe('');
  });

  it.each(keys)('gives %s the version and latest, and both are the bytes that were tested', async (key) => {
    const repository = `${prefix}/${key}`;
    const built = step(`build ${key}`).outputs;
    expect(built).toMatchObject({
      'test-result': 'passed',
      'image-ref': `${repository}@${built.digest}`,
      fingerprint: expect.stringMatching(/^sha256:[0-9a-f]{64}$/),
      record: expect.stringMatching(/^sha256:[0-9a-f]{64}$/),
      layers: expect.stringMatching(/^[0-9a-f]{64}$/),
    });
    expect(await tagsOf(lab, repository)).toEqual(expect.arrayContaining(['1.0.0', 'latest']));
    for (const tag of ['1.0.0', 'latest']) {
      expect(await crane(lab, 'digest', `${repository}:${tag}`)).toBe(built.digest);
    }
    await crane(lab, 'validate', '--remote', `${repository}:1.0.0`);
  });

  it('hands on, as the digests of the push, what the builds said', () => {
    const digests = Digests.parse(JSON.parse(step('push').outputs.digests ?? ''));
    expect(digests).toEqual(Object.fromEntries(keys.map((key) => [key, step(`build ${key}`).outputs.digest])));
    expect(step('verify').outputs.verdict).toBe('match');
    expect(JSON.parse(step('verify').outputs.verdicts ?? '')).toEqual(
      Object.fromEntries(keys.map((key) => [key, 'match'])),
    );
    expect(step('push').outputs).toMatchObject({ state: 'released', pushed: String(keys.length) });
    expect(step('release').outputs.state).toBe('released');
    expect(Number(step('release').outputs.moved)).toBeGreaterThanOrEqual(keys.length);
  });

  it('says in each summary what happened and why', () => {
    expect(step('plan').summary).toMatch(new RegExp(`^### Plan: ${keys.length} to build, 0 carried over`));
    expect(step('plan').summary).toContain('| why |');
    expect(step('verify').summary).toMatch(/^### Digest gate: match/);
    expect(step('push').summary).toMatch(/^### Released/);
    expect(step('release').summary).toMatch(/^### Released/);
    for (const key of keys) {
      expect(step(`build ${key}`).summary).toMatch(/^### Built and tested: 1/);
      expect(step(`build ${key}`).summary).toContain('1 of 1 passed');
      expect(step('plan').summary).toContain(`\`${key}\``);
      expect(step('push').summary).toContain(`${prefix}/${key}:1.0.0`);
      expect(step('release').summary).toContain(`${prefix}/${key}:latest`);
    }
  });

  it('keeps the documents of the run as artifacts, one for each row', () => {
    const named = ['digest', 'slipway-record', 'test-logs'].flatMap((name) => keys.map((key) => `${name}-${key}`));
    expect(service.names()).toEqual(
      ['slipway-plan', 'slipway-journal-push', 'slipway-journal-release', ...named].sort(),
    );
    for (const key of keys) {
      const { layers } = step(`build ${key}`).outputs;
      expect(service.filesOf(`digest-${key}`).get(`digest-${key}.txt`)?.toString()).toBe(`${layers}\n`);
    }
  });

  it('hands on what it relies on although host, user and path of the registry are secrets', () => {
    const secrets = [lab.registry, '127.0.0.1', 'zoe', desk.id, `${desk.id}/hello`, 'org', 'hello', prefix];
    const relied = (outputs: EndedStep['outputs']) =>
      Object.fromEntries(
        Object.entries(outputs).filter(([name]) => /^(plan|matrix.*|count|publish|result-\d+)$/.test(name)),
      );
    for (const { outputs } of Object.values(steps)) {
      expect(relied(outputsAfterMasking(outputs, secrets))).toEqual(relied(outputs));
    }
    // The model does empty what holds one: of these, nothing depends on the reference.
    const { 'image-ref': reference } = outputsAfterMasking(step(`build ${keys[0]}`).outputs, secrets);
    expect(reference).toBe('');
  });

  it('leaves nothing in the folder of the runner, no container and no image once the steps after the job have run', async () => {
    for (const [name, { state }] of Object.entries(steps)) {
      if (name.startsWith('build '))
        expect(await job.post('build-test', state)).toMatchObject({ exitCode: 0, errors: [] });
    }
    expect(await readdir(job.temp)).toEqual([]);
    expect(await desk.inEngine()).toEqual([]);
  });

  it('writes nothing when the release steps run again', async () => {
    const { plan = '' } = step('plan').outputs;
    const results = needs();
    const [push, release] = await Promise.all([
      job.run('push', { plan, results }),
      job.run('release-latest', { plan, results }),
    ]);
    expect([push.exitCode, push.outputs]).toEqual([0, { ...step('push').outputs, state: 'unchanged', pushed: '0' }]);
    expect([release.exitCode, release.outputs]).toEqual([0, { state: 'unchanged', moved: '0' }]);
    expect(push.summary).toContain('### Unchanged: every tag was as it should be');
  });
});

describe.each(nodes)('static-checks on $name', ({ program }) => {
  let job: Job;

  beforeAll(async () => {
    job = await openJob(lab, { node: program });
    await writeFile(path.join(job.workspace, 'VERSION'), '1.0.0\n');
  });

  afterAll(async () => {
    await job[Symbol.asyncDispose]();
  });

  it(
    'passes when the script does, and says so in the summary',
    async () => {
      const green = await job.run('static-checks', { run: 'test -s VERSION\necho checked here' });
      expect(green).toMatchObject({ exitCode: 0, errors: [], outputs: {} });
      expect(green.stdout).toContain('  checked here\n');
      expect(green.summary).toMatch(/^### Static checks\n\nThey passed in \d+\.\d s\.\n/);
    },
    LIMIT_MS,
  );

  it(
    'stops at the first command that fails, also in a pipe, and names the exit code',
    async () => {
      const red = await job.run('static-checks', { run: 'echo before\n(exit 3) | cat\necho after' });
      expect(red.exitCode).toBe(1);
      expect(red.errors).toEqual([
        'checks-failed: the checks ended with exit code 3\nwhere: static-checks\nstate: nothing was built\nnext: the output of the script is above; mend what it names',
      ]);
      expect(red.stdout).toContain('before');
      expect(red.stdout).not.toContain('after');
      expect(red.summary).toContain('checks-failed');
      expect(red.summary).toContain('**next**');
    },
    LIMIT_MS,
  );

  it(
    'runs the script in a container, where nothing of the runner is to be seen',
    async () => {
      await mkdir(path.join(job.workspace, 'found'), { recursive: true, mode: 0o777 });
      const script = [
        'env > found/env',
        'ls -d /github /home/runner /var/run/docker.sock > found/folders 2>/dev/null || true',
        'cat /proc/mounts > found/mounts',
        'cat VERSION',
      ].join('\n');
      const secret = { MY_TOKEN: 'not for anybody', ACTIONS_RUNTIME_TOKEN: 'nor-this' };
      const green = await job.run('static-checks', { run: script, container: 'busybox:1.36' }, { env: secret });
      expect(green).toMatchObject({ exitCode: 0, errors: [] });
      expect(green.stdout).toContain('  1.0.0\n');
      const found = (name: string) => readFile(path.join(job.workspace, 'found', name), 'utf8');
      const names = (await found('env')).split('\n').map((line) => line.split('=')[0] ?? '');
      expect(names).toContain('PATH');
      expect(names.filter((name) => /^(GITHUB|INPUT|ACTIONS|RUNNER|STATE|SLIPWAY|DOCKER|MY)_/.test(name))).toEqual([]);
      expect(await found('folders')).toBe('');
      expect(await found('mounts')).not.toMatch(/step-\d|event\.json|docker\.sock/);
      expect(await readdir(job.temp)).toEqual([]);
    },
    LIMIT_MS,
  );

  it(
    'gives a script on the runner no input and no file of the runner',
    async () => {
      const token = { ACTIONS_RUNTIME_TOKEN: 'not-for-scripts' };
      const green = await job.run('static-checks', { run: 'env | sed "s/=.*//"' }, { env: token });
      expect(green.exitCode).toBe(0);
      expect(green.stdout).toContain('  PATH\n');
      expect(green.stdout).not.toMatch(/^ {2}(GITHUB|INPUT|ACTIONS|RUNNER|STATE)_/m);
    },
    LIMIT_MS,
  );
});

function rowsOf(matrix: string | undefined): z.infer<typeof Matrix>['include'] {
  return matrix === undefined || matrix === '' ? [] : Matrix.parse(JSON.parse(matrix)).include;
}

function resultsOf(step: EndedStep | undefined): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(step?.outputs ?? {}).filter(([name]) => name.startsWith('result-')));
}

function fail(why: string): never {
  throw new Error(why);
}
