import { randomBytes } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { canonicalJson } from '../../src/domain/canonical-json.ts';
import { digestOf } from '../../src/domain/digest.ts';
import { parseRepository } from '../../src/domain/image-ref.ts';
import type { Plan, RunFacts } from '../../src/domain/plan.ts';
import type { RowResult } from '../../src/domain/row-result.ts';
import { type ArtifactService, openArtifacts } from '../support/action-artifacts.ts';
import { type EndedStep, type Job, type JobOptions, openJob } from '../support/action-step.ts';
import { type Desk, openDesk } from '../support/desk.ts';
import { madeRow } from '../support/handoff-set.ts';
import { requireLab } from '../support/lab.ts';
import { madePlan, madePlanned, madeRecord, tagsNamed } from '../support/made-plan.ts';

const LIMIT_MS = 600_000;
const lab = requireLab();
const nodes = [
  { name: 'Node 20', program: process.execPath, receivers: ['verify-digest', 'push', 'release-latest'] },
  // They take the documents by the same code; one is enough to see that the other Node runs it.
  { name: 'Node 24', program: lab.node24, receivers: ['push'] },
] as const;
const nobody = `sha256:${'0'.repeat(64)}`;
const keys = ['app', 'web'] as const;

/** The documents of a run in which two jobs each built an image. */
interface Documents {
  readonly plan: Plan;
  readonly results: Readonly<Record<(typeof keys)[number], RowResult>>;
}

interface DocumentChanges {
  readonly plan?: Partial<Plan>;
  readonly app?: Partial<RowResult>;
}

/** What a case does to a run that is in order, before the step runs; it may answer with other inputs. */
type Spoil = (run: {
  readonly service: ArtifactService;
  readonly documents: Documents;
  /** What the step gets as `plan` and `results`. */
  readonly inputs: HandedOn;
}) => Partial<HandedOn> | undefined;

type HandedOn = Readonly<Record<'plan' | 'results', string>>;

describe.each(nodes)('bad input on $name', ({ program, receivers }) => {
  const prefix = `${lab.registry}/t${randomBytes(6).toString('hex')}/bad`;
  const run: RunFacts = { id: '7001', number: 12, attempt: 2 };
  let desk: Desk;
  let service: ArtifactService;
  let job: Job;

  beforeAll(async () => {
    desk = await openDesk(lab);
  }, LIMIT_MS);

  afterAll(async () => {
    await desk[Symbol.asyncDispose]();
  }, LIMIT_MS);

  beforeEach(async () => {
    service = await openArtifacts();
    job = await open();
  });

  afterEach(async () => {
    await job[Symbol.asyncDispose]();
    await service[Symbol.asyncDispose]();
    expect(await writesTo(prefix)).toEqual([]);
  });

  function open(options: JobOptions = {}): Promise<Job> {
    const { id, attempt } = run;
    return openJob(lab, {
      node: program,
      workspace: desk.folder,
      run: id,
      attempt,
      env: { ...service.env },
      ...options,
    });
  }

  function documentsOf(changes: DocumentChanges = {}): Documents {
    const images = keys.map((key) =>
      madePlanned(key, {
        repository: parseRepository(`${prefix}/${key}`, 'test'),
        tags: { immutable: tagsNamed('1.0.0'), floating: tagsNamed('latest') },
      }),
    );
    const rows = keys.map((key, place) => madeRow(key, { slot: place + 1 }));
    const plan = madePlan({ run, images, rows, levels: [[...keys]], ...changes.plan });
    const digest = digestOf(canonicalJson(plan));
    const result = (key: (typeof keys)[number], more: Partial<RowResult> = {}): RowResult => ({
      schema: 'slipway.result/1',
      plan: digest,
      row: key,
      run: { ...run, attempt: 1 },
      records: [madeRecord(key, { repository: parseRepository(`${prefix}/${key}`, 'test'), run })],
      ...more,
    });
    return { plan, results: { app: result('app', changes.app), web: result('web') } };
  }

  /** Puts the documents where the jobs before would have, and says what they would have handed on. */
  function handOn(documents: Documents): HandedOn {
    const put = (name: string, file: string, document: unknown): string => {
      const text = canonicalJson(document);
      service.put(name, [{ name: file, bytes: text }]);
      return digestOf(text);
    };
    const plan = put('slipway-plan', 'plan.json', documents.plan);
    const outputs = Object.fromEntries(
      keys.map((key, place) => [
        `result-${place + 1}`,
        `${key}=${put(`slipway-record-${key}`, 'result.json', documents.results[key])}`,
      ]),
    );
    return { plan, results: JSON.stringify({ 'level-1': { result: 'success', outputs } }) };
  }

  function expectRefused(step: EndedStep, expected: { readonly code: string; readonly exitCode: number }): void {
    const { code, exitCode } = expected;
    expect({ exitCode: step.exitCode, errors: step.errors }).toEqual({
      exitCode,
      errors: [expect.stringMatching(new RegExp(`^${code}: .+\n(where: .+\n)?state: .+\nnext: .+$`))],
    });
    expect(step.outputs).toEqual({});
    expect(step.forLaterSteps).toBe('');
    expect(step.summary).toContain(`\`${code}\``);
    expect(step.summary).toMatch(/\*\*state\*\* .+\n- \*\*next\*\* .+/);
    // No stack of ours: what went wrong is no mistake in Slipway.
    expect(step.stderr).not.toMatch(/^\s+at /m);
  }

  describe('in the inputs', () => {
    it.each([
      ['matrix-generate', { registy: 'x/y' }, 'input-unknown', 'next: did you mean registry?'],
      ['build-test', { 'image-name': 'x' }, 'input-unknown', 'build-test has no input "image-name"'],
      ['verify-digest', { 'expected ': 'x' }, 'input-unknown', 'did you mean expected?'],
      ['push', { tag: 'x' }, 'input-unknown', 'did you mean tags?'],
      ['release-latest', { form: 'x' }, 'input-unknown', 'did you mean from?'],
      ['static-checks', { run: 'true', 'timeout-minutes': 'soon' }, 'input-invalid', 'write a number of minutes'],
      ['static-checks', { run: '  ' }, 'input-invalid', 'the input run: it must be given'],
      ['static-checks', {}, 'input-invalid', 'the input run: it must be given'],
      ['matrix-generate', { 'rebuild-base': 'yes' }, 'input-invalid', 'write true or false'],
      ['build-test', {}, 'inputs-missing', 'neither a plan nor a name'],
      ['verify-digest', { subject: 'x/y:z' }, 'inputs-missing', 'neither a plan nor subject and expected'],
      ['push', { tags: '1.0.0' }, 'inputs-missing', 'neither a plan nor subject and tags'],
      ['release-latest', { from: '1.0.0' }, 'inputs-missing', 'neither a plan nor from and to'],
    ])(
      'is refused by %s: %j',
      async (action, inputs, code, words) => {
        const given = Object.entries(inputs).map(([name, value]) => [name, value ?? ''] as const);
        const step = await job.run(action, Object.fromEntries(given));
        expectRefused(step, { code, exitCode: 2 });
        expect(step.errors[0]).toContain(words);
      },
      LIMIT_MS,
    );
  });

  describe('in what the runner says', () => {
    it.each<[string, string, JobOptions]>([
      ['pull_request_target', 'event-refused', { event: 'pull_request_target' }],
      ['workflow_run', 'event-refused', { event: 'workflow_run' }],
      ['an event that nobody knows', 'event-refused', { event: 'fork' }],
      ['an event that is not JSON', 'event-unreadable', { payload: '{"repository":' }],
      ['no event', 'runner-missing', { env: { GITHUB_EVENT_NAME: '' } }],
      ['no run', 'runner-missing', { env: { GITHUB_RUN_ID: '' } }],
    ])(
      'is refused: %s',
      async (_, code, options) => {
        await using other = await open(options);
        expectRefused(await other.run('release-latest', { registry: prefix }), { code, exitCode: 2 });
      },
      LIMIT_MS,
    );
  });

  describe('in what the jobs before handed on', () => {
    it(
      'is not there when all is in order: then the gate asks the registry',
      async () => {
        const step = await job.run('verify-digest', handOn(documentsOf()));
        expect(step).toMatchObject({ exitCode: 1, outputs: { verdict: 'unverifiable' } });
        expect(step.errors).toEqual([expect.stringMatching(/^gate-unverifiable: /)]);
        expect(JSON.parse(step.outputs.verdicts ?? '')).toEqual({ app: 'unverifiable', web: 'unverifiable' });
      },
      LIMIT_MS,
    );

    it.each(['push', 'release-latest'])(
      '%s asks the gate itself, and gives no tag to what it stops',
      async (action) => {
        const step = await job.run(action, handOn(documentsOf()));
        expect(step.exitCode).toBe(1);
        expect(step.errors).toEqual([expect.stringMatching(/^gate-unverifiable: /)]);
        expect(Object.keys(step.outputs)).not.toContain('state');
        expect(step.summary).toContain('### Digest gate: unverifiable');
        expect(step.summary).toContain('Nothing of the set is released.');
      },
      LIMIT_MS,
    );

    const swap: Spoil = ({ service: there, documents }) => {
      const other = { ...documents.results.app, run: { ...run, number: 99 } };
      there.put('slipway-record-app', [{ name: 'result.json', bytes: canonicalJson(other) }]);
    };
    const cases: readonly (readonly [string, string, number, DocumentChanges, Spoil | undefined])[] = [
      [
        'no plan',
        'plan-missing',
        1,
        {},
        ({ service: there }) => {
          there.remove('slipway-plan');
        },
      ],
      ['a plan at no place', 'plan-missing', 1, {}, () => ({ plan: 'nowhere/plan.json' })],
      ['a plan that is no plan', 'plan-invalid', 3, {}, () => ({ plan: 'VERSION' })],
      [
        'a plan that is not the one that the output names',
        'handoff-swapped',
        1,
        {},
        ({ service: there, documents }) => {
          const other = { ...documents.plan, version: '9.9.9' };
          there.put('slipway-plan', [{ name: 'plan.json', bytes: canonicalJson(other) }]);
        },
      ],
      ['a plan of another run', 'handoff-other-run', 1, { plan: { run: { ...run, id: '6999' } } }, undefined],
      [
        'a plan of another version',
        'plan-invalid',
        3,
        {},
        ({ service: there, documents }) => {
          const text = canonicalJson({ ...documents.plan, schema: 'slipway.plan/9' });
          there.put('slipway-plan', [{ name: 'plan.json', bytes: text }]);
          return { plan: digestOf(text) };
        },
      ],
      ['a result of another run', 'handoff-other-run', 1, { app: { run: { ...run, id: '6999' } } }, undefined],
      ['a result of a later attempt', 'handoff-newer', 1, { app: { run: { ...run, attempt: 3 } } }, undefined],
      ['a result of another plan', 'handoff-other-plan', 1, { app: { plan: digestOf('other') } }, undefined],
      ['a result of another row', 'handoff-other-row', 1, { app: { row: 'web' } }, undefined],
      ['a result of no image', 'handoff-incomplete', 1, { app: { records: [] } }, undefined],
      ['a result that was swapped', 'handoff-swapped', 1, {}, swap],
      [
        'a result that is gone',
        'handoff-missing',
        1,
        {},
        ({ service: there }) => {
          there.remove('slipway-record-app');
        },
      ],
      [
        'a leg that handed nothing on',
        'handoff-missing',
        1,
        {},
        ({ inputs }) => ({ results: inputs.results.replace(/app=sha256:\w+/, '') }),
      ],
      ['no results', 'handoff-missing', 1, {}, () => ({ results: '' })],
      ['results that are not JSON', 'results-invalid', 1, {}, () => ({ results: '{"level-1":' })],
      [
        'a result that is no digest',
        'results-invalid',
        1,
        {},
        ({ inputs }) => ({ results: inputs.results.replace('app=sha256:', 'app=x; touch pwn') }),
      ],
      [
        'two results of a row',
        'results-twice',
        1,
        {},
        ({ inputs }) => ({ results: `[${inputs.results},{"outputs":{"result-1":"app=${nobody}"}}]` }),
      ],
      [
        'a service that lists nothing',
        'artifact-not-downloaded',
        3,
        {},
        ({ service: there }) => {
          there.refuse('ListArtifacts');
        },
      ],
      [
        'a service that hands nothing out',
        'artifact-not-downloaded',
        3,
        {},
        ({ service: there }) => {
          there.refuse('GetSignedArtifactURL');
        },
      ],
    ];

    it.each(cases)(
      'is refused: %s',
      async (_, code, exitCode, changes, spoil) => {
        const documents = documentsOf(changes);
        const given = handOn(documents);
        const inputs = { ...given, ...spoil?.({ service, documents, inputs: given }) };
        const steps = await Promise.all(receivers.map((action) => job.run(action, inputs)));
        for (const step of steps) expectRefused(step, { code, exitCode });
      },
      LIMIT_MS,
    );

    it(
      'is named: which leg, which run, which digest',
      async () => {
        const inputs = handOn(documentsOf());
        const results = inputs.results.replace(/web=sha256:\w+/, '');
        expect((await job.run('push', { ...inputs, results })).errors[0]).toContain(
          '1 of the build jobs handed no result on: web',
        );
        const other = handOn(documentsOf({ app: { run: { ...run, id: '6999' } } }));
        expect((await job.run('push', other)).errors[0]).toContain('the result of app is of run 6999, not of 7001');
      },
      LIMIT_MS,
    );

    it(
      'is refused by a build, before it builds: a row that the plan does not have',
      async () => {
        const step = await job.run('build-test', { ...handOn(documentsOf()), image: 'app web' });
        expectRefused(step, { code: 'row-unknown', exitCode: 2 });
        expect(step.errors[0]).toContain('the rows are: app; web');
      },
      LIMIT_MS,
    );

    it(
      'is refused by a build, before it builds: a base that nobody handed on',
      async () => {
        const [app, web] = documentsOf().plan.images;
        if (app === undefined || web === undefined) throw new Error('the plan has two images');
        const plan = documentsOf({ plan: { images: [app, { ...web, needs: ['app'] }], levels: [['app'], ['web']] } });
        const inputs = handOn(plan);
        const results = inputs.results.replace(/app=sha256:\w+/, '');
        expectRefused(await job.run('build-test', { ...inputs, results, image: 'web' }), {
          code: 'handoff-missing',
          exitCode: 1,
        });
      },
      LIMIT_MS,
    );
  });

  describe('in the machine', () => {
    it.each(['CreateArtifact', 'FinalizeArtifact'])(
      'is refused: a job that may not upload (%s)',
      async (method) => {
        service.refuse(method);
        await using first = await open({ attempt: 1 });
        const step = await first.run('matrix-generate', { registry: prefix });
        expectRefused(step, { code: 'artifact-not-uploaded', exitCode: 3 });
        expect(step.errors[0]).toContain('403');
      },
      LIMIT_MS,
    );

    it(
      'is refused: a runner without artifacts',
      async () => {
        await using none = await open({ env: {}, attempt: 1 });
        const step = await none.run('matrix-generate', { registry: prefix });
        expectRefused(step, { code: 'artifact-not-uploaded', exitCode: 3 });
      },
      LIMIT_MS,
    );

    it(
      'is refused: a runner without an engine',
      async () => {
        await using none = await open({ env: { DOCKER_HOST: 'unix:///nowhere/docker.sock' } });
        const step = await none.run('build-test', { name: 'base', context: 'base' });
        expectRefused(step, { code: 'engine-missing', exitCode: 4 });
      },
      LIMIT_MS,
    );

    it(
      'replaces the plan of an earlier attempt',
      async () => {
        service.put('slipway-plan', [{ name: 'plan.json', bytes: '{}' }]);
        const step = await job.run('matrix-generate', { registry: prefix });
        expect(step).toMatchObject({ exitCode: 0, errors: [] });
        expect(service.calls).toContain('DeleteArtifact slipway-plan');
        expect(service.names()).toEqual(['slipway-plan']);
      },
      LIMIT_MS,
    );
  });

  it(
    'says at which line of the configuration it is',
    async () => {
      await writeFile(path.join(desk.folder, 'bad.yml'), 'images:\n  app:\n    contxt: app\n');
      const step = await job.run('matrix-generate', { config: 'bad.yml', registry: prefix });
      expect([step.exitCode, step.outputs]).toEqual([2, {}]);
      expect(step.commands.filter(({ name }) => name === 'error')).toMatchObject([
        { properties: { file: 'bad.yml', line: '3' }, data: expect.stringContaining('context') },
      ]);
    },
    LIMIT_MS,
  );
});

/** The requests by which somebody wrote below a path of the registry. */
async function writesTo(prefix: string): Promise<readonly string[]> {
  const [, ...below] = prefix.split('/');
  const log = await readFile(lab.registryAccessLog, 'utf8');
  return log
    .split('\n')
    .filter((line) => /"(PUT|POST|PATCH|DELETE) /.test(line) && line.includes(`/v2/${below.join('/')}/`));
}
