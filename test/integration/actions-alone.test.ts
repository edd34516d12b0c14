import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type EndedStep, type Job, openJob } from '../support/action-step.ts';
import { type Desk, openDesk } from '../support/desk.ts';
import { crane, requireLab, tagsOf } from '../support/lab.ts';

const LIMIT_MS = 600_000;
const lab = requireLab();
const nodes = [
  { name: 'Node 20', program: process.execPath },
  { name: 'Node 24', program: lab.node24 },
] as const;
const absent = `sha256:${'0'.repeat(64)}`;

describe.each(nodes)('an action without a plan on $name', ({ program }) => {
  let desk: Desk;
  let job: Job;
  let prefix: string;
  /** Two images, and another build of the first. */
  let one: EndedStep;
  let two: EndedStep;
  let oneAgain: EndedStep;

  const build = (name: string, inputs: Readonly<Record<string, string>> = {}): Promise<EndedStep> =>
    job.run('build-test', { name, context: name, test: 'cat /word', registry: prefix, ...inputs });
  const visible = async (name: string): Promise<readonly string[]> =>
    (await tagsOf(lab, `${prefix}/${name}`)).filter((tag) => !tag.startsWith('sha256-')).sort();
  const reference = ({ outputs }: EndedStep): string => outputs['image-ref'] ?? '';

  beforeAll(async () => {
    desk = await openDesk(lab);
    const dockerfile = (word: string): string =>
      `FROM busybox:1.36\nLABEL ${desk.label}\nCOPY word /word\nENV WORD=${word}\n`;
    await desk.commit({
      'one/Dockerfile': dockerfile('one'),
      'one/Dockerfile.again': dockerfile('again'),
      'one/word': 'one\n',
      'two/Dockerfile': dockerfile('two'),
      'two/word': 'two\n',
      'slipway.yml': 'images:\n  one: { context: one }\n  two: { context: two }\nallow-untested: [one, two]\n',
    });
    prefix = `${lab.registry}/${desk.id}/alone`;
    job = await openJob(lab, { node: program, workspace: desk.folder });
    [one, two] = await Promise.all([build('one'), build('two')]);
    oneAgain = await build('one', { dockerfile: 'Dockerfile.again' });
  }, LIMIT_MS);

  afterAll(async () => {
    await job[Symbol.asyncDispose]();
    await desk[Symbol.asyncDispose]();
  }, LIMIT_MS);

  it('builds, tests and uploads an image, which crane then finds whole', async () => {
    for (const [name, step] of Object.entries({ one, two })) {
      expect(step).toMatchObject({ exitCode: 0, errors: [], outputs: { 'test-result': 'passed' } });
      expect(reference(step)).toBe(`${prefix}/${name}@${step.outputs.digest}`);
      await crane(lab, 'validate', '--remote', reference(step));
      expect(await crane(lab, 'digest', reference(step))).toBe(step.outputs.digest);
    }
    expect(Object.keys(one.outputs).filter((name) => name.startsWith('result-'))).toEqual([]);
  });

  it(
    'builds and tests without a registry, and then uploads nothing',
    async () => {
      const step = await build('one', { registry: '', name: 'local' });
      expect(step).toMatchObject({ exitCode: 0, errors: [], outputs: { 'test-result': 'passed' } });
      expect(step.outputs.digest).toMatch(/^sha256:[0-9a-f]{64}$/);
      expect(await tagsOf(lab, `${prefix}/local`)).toEqual([]);
      expect(await crane(lab, 'catalog', lab.registry)).not.toContain(`${desk.id}/alone/local`);
    },
    LIMIT_MS,
  );

  it(
    'uploads nothing of an image whose test fails',
    async () => {
      const step = await build('two', { name: 'red', test: 'exit 9' });
      expect(step).toMatchObject({ exitCode: 1, outputs: { 'test-result': 'failed' } });
      expect(Object.keys(step.outputs)).toEqual(['test-result', 'scan-result']);
      expect(step.errors).toEqual([expect.stringMatching(/^test-failed: .*exit code 9.*\nstate: .*\nnext: /s)]);
      expect(step.summary).toContain('### Failed: 1 of 1');
      expect(await tagsOf(lab, `${prefix}/red`)).toEqual([]);
    },
    LIMIT_MS,
  );

  describe('verify-digest', () => {
    it('is green when the reference is the digest', async () => {
      const step = await job.run('verify-digest', { subject: reference(one), expected: one.outputs.digest ?? '' });
      expect(step).toMatchObject({ exitCode: 0, errors: [] });
      expect(step.outputs).toEqual({ verdict: 'match', verdicts: '{"subject":"match"}' });
      expect(step.summary).toMatch(/^### Digest gate: match/);
    });

    it('is red when it is another', async () => {
      const step = await job.run('verify-digest', { subject: reference(one), expected: two.outputs.digest ?? '' });
      expect(step.exitCode).toBe(1);
      expect(step.outputs).toEqual({ verdict: 'mismatch', verdicts: '{"subject":"mismatch"}' });
      expect(step.errors).toEqual([expect.stringMatching(/^gate-mismatch: .*\nwhere: .*\nstate: .*\nnext: /)]);
      expect(step.errors[0]).toContain(two.outputs.digest);
      expect(step.summary).toMatch(/^### Digest gate: mismatch/);
    });

    it('is red when there is nothing to compare', async () => {
      const step = await job.run('verify-digest', { subject: `${prefix}/one:nowhere`, expected: absent });
      expect(step.exitCode).toBe(1);
      expect(step.outputs).toEqual({ verdict: 'unverifiable', verdicts: '{"subject":"unverifiable"}' });
      expect(step.errors).toEqual([expect.stringMatching(/^gate-unverifiable: /)]);
    });
  });

  describe('push', () => {
    it(
      'gives an image a tag, leaves it alone the second time, and refuses another digest under it',
      async () => {
        const first = await job.run('push', { subject: reference(one), tags: '3.0.0 stable-3' });
        expect(first).toMatchObject({ exitCode: 0, errors: [], outputs: { state: 'released', pushed: '2' } });
        expect(JSON.parse(first.outputs.digests ?? '')).toEqual({ one: one.outputs.digest });
        const digests = () =>
          Promise.all(['3.0.0', 'stable-3'].map((tag) => crane(lab, 'digest', `${prefix}/one:${tag}`)));
        expect(await digests()).toEqual([one.outputs.digest, one.outputs.digest]);

        const second = await job.run('push', { subject: reference(one), tags: '3.0.0,stable-3' });
        expect(second).toMatchObject({ exitCode: 0, errors: [], outputs: { state: 'unchanged', pushed: '0' } });

        expect(oneAgain.outputs.digest).not.toBe(one.outputs.digest);
        const other = await job.run('push', { subject: reference(oneAgain), tags: '3.0.0 new-3' });
        expect(other.exitCode).not.toBe(0);
        expect(other.errors).toHaveLength(1);
        expect(other.outputs.state).not.toBe('released');
        expect(await digests()).toEqual([one.outputs.digest, one.outputs.digest]);
        expect(await visible('one')).not.toContain('new-3');
      },
      LIMIT_MS,
    );

    it(
      'refuses an image with no record beside it',
      async () => {
        await crane(lab, 'copy', reference(two), `${prefix}/unproven:some`);
        const step = await job.run('push', { subject: `${prefix}/unproven@${two.outputs.digest}`, tags: '3.0.0' });
        expect(step).toMatchObject({ exitCode: 1, outputs: {} });
        expect(step.errors).toEqual([
          expect.stringMatching(/^record-missing: .*\nwhere: .*\nstate: no tag was written\n/),
        ]);
        expect(step.summary).toContain('record-missing');
        expect(await visible('unproven')).toEqual(['some']);
      },
      LIMIT_MS,
    );

    it('refuses a subject that names no digest', async () => {
      const step = await job.run('push', { subject: `${prefix}/one:some`, tags: '3.0.0' });
      expect(step).toMatchObject({ exitCode: 2, outputs: {} });
      expect(step.errors).toEqual([expect.stringMatching(/^subject-without-digest: /)]);
    });

    it('gives no tags in a run that may not publish', async () => {
      await using pull = await openJob(lab, { node: program, event: 'pull_request', ref: 'refs/pull/1/merge' });
      const step = await pull.run('push', { subject: reference(two), tags: '9.0.0' });
      expect(step).toMatchObject({ exitCode: 2, errors: [expect.stringMatching(/^event-without-rights: /)] });
      expect(await visible('two')).not.toContain('9.0.0');
    });

    it('takes what a shell would run for text', async () => {
      const step = await job.run('push', { subject: `${prefix}/one@${one.outputs.digest}; touch pwn`, tags: '$(id)' });
      expect(step).toMatchObject({ exitCode: 2, outputs: {} });
      expect(await desk.commit().catch(() => 'nothing to commit')).toBe('nothing to commit');
    });
  });

  describe('release-latest', () => {
    it(
      'gives the images behind a tag other tags, all of them',
      async () => {
        const tags = '2.0.0';
        for (const step of [one, two])
          expect((await job.run('push', { subject: reference(step), tags })).exitCode).toBe(0);
        const step = await job.run('release-latest', { from: '2.0.0', to: 'latest 2', registry: prefix });
        expect(step).toMatchObject({ exitCode: 0, errors: [], outputs: { state: 'released', moved: '4' } });
        expect(step.summary).toMatch(/^### Released/);
        for (const [name, built] of Object.entries({ one, two })) {
          for (const tag of ['latest', '2']) {
            expect(await crane(lab, 'digest', `${prefix}/${name}:${tag}`)).toBe(built.outputs.digest);
          }
        }
      },
      LIMIT_MS,
    );

    it(
      'moves nothing when one of the images does not have the tag',
      async () => {
        expect((await job.run('push', { subject: reference(one), tags: 'half' })).exitCode).toBe(0);
        const before = [await visible('one'), await visible('two')];
        const step = await job.run('release-latest', { from: 'half', to: 'edge 8.0.0', registry: prefix });
        expect(step).toMatchObject({ exitCode: 2, outputs: {} });
        expect(step.errors).toEqual([expect.stringMatching(/^tag-absent: there is no .*\/two:half\n/)]);
        expect([await visible('one'), await visible('two')]).toEqual(before);
      },
      LIMIT_MS,
    );
  });
});
