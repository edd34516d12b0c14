import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { crane, type Lab, requireLab, tagsOf } from '../support/lab.ts';
import { failuresOf, openRunner, type Run, type Runner, resultsOf, stepsOf } from '../support/runner.ts';
import { type Hello, keys, openHello, versionTag, writesAmong } from '../support/runner-hello.ts';

const LIMIT_MS = 900_000;

const publishing = {
  'images.yml': { verify: 'success', publish: 'success', release: 'success' },
  'steps.yml': { release: 'success' },
} as const;

describe.each(['images.yml', 'steps.yml'] as const)('a version tag, by %s', (workflow) => {
  let lab: Lab;
  let runner: Runner;
  let hello: Hello;
  let run: Run;

  beforeAll(async () => {
    lab = requireLab();
    runner = await openRunner(lab);
    hello = await openHello(lab);
    run = await runner.run({ folder: hello.folder, workflow: `.github/workflows/${workflow}`, ...versionTag });
  }, LIMIT_MS);

  afterAll(async () => {
    await hello[Symbol.asyncDispose]();
    await runner[Symbol.asyncDispose]();
  }, LIMIT_MS);

  it('is green, with a job for the plan, one for each image, and those that publish', () => {
    expect(failuresOf(run)).toEqual([]);
    expect(resultsOf(run)).toEqual({
      plan: 'success',
      base: 'success',
      greeter: 'success',
      clock: 'success',
      ...publishing[workflow],
    });
    expect(run.exitCode).toBe(0);
    expect(run.jobs.flatMap((job) => job.steps.flatMap((step) => step.errors))).toEqual([]);
  });

  it(
    'gives every image the version, its lines and latest, and nothing else',
    async () => {
      const tags = ['1', '1.0', '1.0.0', 'latest'];
      expect(await hello.tags()).toEqual({ base: tags, clock: tags, greeter: tags });
      for (const key of keys) {
        const image = `${hello.prefix}/${key}:1.0.0`;
        // A registry without the referrers API finds the records by tags that are named after what was tested.
        const tested = [
          await crane(lab, 'digest', image),
          await crane(lab, 'digest', '--platform', 'linux/amd64', image),
        ];
        const byDigest = tested.map((digest) => digest.replace(':', '-'));
        expect([...(await tagsOf(lab, `${hello.prefix}/${key}`))].sort()).toEqual([...tags, ...byDigest].sort());
      }
    },
    LIMIT_MS,
  );

  it(
    'ships by each tag the digest that was tested, by the record beside it and by the outputs of its job',
    async () => {
      const built = stepsOf(run, 'build-test');
      for (const key of keys) {
        const digest = await hello.digest(key, '1.0.0');
        expect(digest).toMatch(/^sha256:[0-9a-f]{64}$/);
        for (const tag of ['1.0', '1', 'latest'])
          expect(`${tag} ${await hello.digest(key, tag)}`).toBe(`${tag} ${digest}`);
        const record = await hello.record(key, digest);
        expect(record).toMatchObject({ key, digest, test: 'passed' });
        expect(built.find((step) => step.job === key)?.outputs).toMatchObject({
          digest,
          record: record.blob,
          'test-result': 'passed',
        });
      }
    },
    LIMIT_MS,
  );

  it('writes what it did into the summaries', () => {
    const [plan] = stepsOf(run, 'matrix-generate');
    expect(plan?.summary).toContain('### Plan: 3 to build, 0 carried over');
    for (const step of stepsOf(run, 'build-test')) expect(step.summary).toContain('### Built and tested: 1');
    expect(stepsOf(run, 'verify-digest').map((step) => step.summary)).toEqual([
      expect.stringContaining('### Digest gate: match'),
    ]);
    for (const action of ['push', 'release-latest']) {
      const [step] = stepsOf(run, action);
      expect(step?.outputs.state).toBe('released');
      expect(step?.summary).toContain('### Released');
    }
  });

  it(
    'leaves nothing in the engine',
    async () => {
      expect(await hello.desk.inEngine()).toEqual([]);
    },
    LIMIT_MS,
  );

  it(
    'was seen writing by the log of the registry',
    async () => {
      const tags = writesAmong(await hello.requests()).filter((request) =>
        /\/manifests\/(1\.0\.0|latest)$/.test(request),
      );
      expect(tags).toHaveLength(2 * keys.length);
    },
    LIMIT_MS,
  );
});
