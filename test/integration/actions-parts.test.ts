import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { ImageRecord } from '../../src/domain/record.ts';
import { attestedDigest, isAttestation, OciIndex, OciManifest } from '../../src/formats/oci.ts';
import { type ArtifactService, openArtifacts } from '../support/action-artifacts.ts';
import { type EndedStep, type Job, openJob } from '../support/action-step.ts';
import { type Desk, openDesk } from '../support/desk.ts';
import { crane, requireLab, tagsOf } from '../support/lab.ts';

const LIMIT_MS = 600_000;
const lab = requireLab();

const Matrix = z.object({ include: z.array(z.object({ row: z.string(), runner: z.string(), minutes: z.number() })) });

describe('images whose platforms have runners of their own', () => {
  let desk: Desk;
  let service: ArtifactService;
  let job: Job;
  let prefix: string;
  let rowsByLevel: z.infer<typeof Matrix>['include'][];
  const steps: Record<string, EndedStep> = {};
  const step = (name: string): EndedStep => steps[name] ?? fail(`there was no step ${name}`);
  const inputs = () => ({ plan: step('plan').outputs.plan ?? '', results: resultsText() });

  /** The outputs of the build jobs; the legs of a matrix share those of their level. */
  function resultsText(without = ''): string {
    const levels = rowsByLevel.map((level) =>
      Object.fromEntries(
        level
          .filter(({ row }) => row !== without)
          .flatMap(({ row }) => Object.entries(steps[`build ${row}`]?.outputs ?? {}))
          .filter(([name]) => name.startsWith('result-')),
      ),
    );
    return JSON.stringify(levels);
  }

  beforeAll(async () => {
    desk = await openDesk(lab, { arm64: true });
    await desk.edit('slipway.yml', (text) => {
      const limited = text.replace('  base:\n', '  base:\n    job-minutes: 20\n');
      return `${limited}\nrunners:\n  linux/arm64: [self-hosted, arm]\n`;
    });
    await desk.commit();
    service = await openArtifacts();
    prefix = `${lab.registry}/${desk.id}/parts`;
    job = await openJob(lab, { workspace: desk.folder, ref: 'refs/tags/v1.0.0', env: { ...service.env } });
    steps.plan = await job.run('matrix-generate', { registry: prefix });
    rowsByLevel = [1, 2, 3].map((level) => rowsOf(steps.plan?.outputs[`matrix-${level}`]));
    for (const { row } of rowsByLevel.flat()) steps[`build ${row}`] = await job.run('build-test', { ...inputs(), row });
    for (const action of ['verify-digest', 'push', 'release-latest']) steps[action] = await job.run(action, inputs());
  }, LIMIT_MS);

  afterAll(async () => {
    await job[Symbol.asyncDispose]();
    await service[Symbol.asyncDispose]();
    await desk[Symbol.asyncDispose]();
  }, LIMIT_MS);

  /** The members of the index that a tag names, as an independent client reads it. */
  async function membersOf(name: string): Promise<OciIndex['manifests']> {
    return OciIndex.parse(JSON.parse(await crane(lab, 'manifest', name))).manifests;
  }

  it('are green at each step', () => {
    const ends = Object.entries(steps).map(([name, { exitCode, errors }]) => ({ name, exitCode, errors }));
    expect(ends).toEqual(ends.map(({ name }) => ({ name, exitCode: 0, errors: [] })));
  });

  it('have a row a runner, with its labels and its minutes', () => {
    const arm = '["self-hosted","arm"]';
    expect(rowsByLevel).toEqual([
      [
        { row: 'base@linux-amd64', runner: '', minutes: 20 },
        { row: 'base@linux-arm64', runner: arm, minutes: 20 },
      ],
      [
        { row: 'greeter@linux-amd64', runner: '', minutes: 60 },
        { row: 'greeter@linux-arm64', runner: arm, minutes: 60 },
        { row: 'clock', runner: '', minutes: 60 },
      ],
      [],
    ]);
  });

  it.each(['base', 'greeter'])(
    'are one index under each tag of %s, with each attestation after its subject',
    async (key) => {
      const repository = `${prefix}/${key}`;
      const members = await membersOf(`${repository}:1.0.0`);
      const platforms = members.map((one) => (isAttestation(one) ? 'attestation' : one.platform?.architecture));
      expect(platforms).toEqual(['amd64', 'attestation', 'arm64', 'attestation']);
      for (const at of [1, 3])
        expect(attestedDigest(members[at] ?? fail('four members'))).toBe(members[at - 1]?.digest);
      for (const [at, platform] of ['amd64', 'arm64'].entries()) {
        const part = step(`build ${key}@linux-${platform}`).outputs.digest ?? '';
        expect((await membersOf(`${repository}@${part}`))[0]?.digest).toBe(members[at * 2]?.digest);
      }
      await crane(lab, 'validate', '--remote', `${repository}:1.0.0`);
    },
  );

  it.each(['base', 'greeter'])(
    'keep beside the index of %s one record, of both platforms and their tests',
    async (key) => {
      const repository = `${prefix}/${key}`;
      const digest = await crane(lab, 'digest', `${repository}:1.0.0`);
      // This registry keeps no list of referrers; a tag of the digest names one.
      const list = OciIndex.parse(
        JSON.parse(await crane(lab, 'manifest', `${repository}:${digest.replace(':', '-')}`)),
      );
      const records = await Promise.all(list.manifests.map((one) => recordIn(repository, one.digest)));
      expect(records).toEqual([expect.objectContaining({ key, digest, test: 'passed' })]);
      const members = (await membersOf(`${repository}@${digest}`)).filter((one) => !isAttestation(one));
      const platforms = records[0]?.platforms.map((one) => [one.platform, one.digest]);
      expect(platforms).toEqual(members.map((one, at) => [['linux/amd64', 'linux/arm64'][at], one.digest]));
      expect(records[0]?.tests.map((one) => [one.platform, one.state])).toEqual([
        ['linux/amd64', 'passed'],
        ['linux/arm64', 'passed'],
      ]);
    },
  );

  it('say of what is built on such an image that it is built on the whole', async () => {
    const [base, greeter] = await Promise.all(
      ['base', 'greeter'].map((key) => crane(lab, 'digest', `${prefix}/${key}:1.0.0`)),
    );
    const tag = `${prefix}/greeter:${greeter?.replace(':', '-')}`;
    const [referrer] = OciIndex.parse(JSON.parse(await crane(lab, 'manifest', tag))).manifests;
    const record = await recordIn(`${prefix}/greeter`, referrer?.digest ?? '');
    expect(record.bases.map((one) => [one.key, one.digest])).toEqual([['base', base]]);
  });

  it.each(['base', 'greeter', 'clock'])('give %s tags that name what the push says', async (key) => {
    const digests = z.record(z.string(), z.string()).parse(JSON.parse(step('push').outputs.digests ?? ''));
    expect(await tagsOf(lab, `${prefix}/${key}`)).toEqual(expect.arrayContaining(['1.0.0', 'latest']));
    for (const tag of ['1.0.0', 'latest']) {
      expect(await crane(lab, 'digest', `${prefix}/${key}:${tag}`)).toBe(digests[key]);
    }
  });

  it('are built on the part of their base with the same platform', async () => {
    for (const platform of ['amd64', 'arm64']) {
      const [base, greeter] = await Promise.all(
        ['base', 'greeter'].map(async (key) => {
          const name = `${prefix}/${key}:1.0.0`;
          const text = await crane(lab, 'config', '--platform', `linux/${platform}`, name);
          return z.object({ rootfs: z.object({ diff_ids: z.array(z.string()) }) }).parse(JSON.parse(text)).rootfs
            .diff_ids;
        }),
      );
      expect(greeter?.slice(0, base?.length)).toEqual(base);
    }
  });

  it(
    'release nothing when the release steps run again',
    async () => {
      const before = await writesTo(desk.id);
      for (const [action, count] of [
        ['push', 'pushed'],
        ['release-latest', 'moved'],
      ] as const) {
        const again = await job.run(action, inputs());
        expect([again.exitCode, again.outputs.state, again.outputs[count]]).toEqual([0, 'unchanged', '0']);
        expect(again.outputs.digests).toBe(step(action).outputs.digests);
      }
      expect(before.length).toBeGreaterThan(0);
      expect(await writesTo(desk.id)).toEqual(before);
    },
    LIMIT_MS,
  );

  it('are not released while a part is missing, which is named', async () => {
    const red = await job.run('push', { ...inputs(), results: resultsText('base@linux-arm64') });
    expect(red.exitCode).toBe(1);
    expect(red.errors[0]).toContain('handoff-missing: 1 of the build jobs handed no result on: base@linux-arm64\n');
  });

  it('are asked for by their row, where several have the same images', async () => {
    const red = await job.run('build-test', { ...inputs(), image: 'base' });
    expect(red.exitCode).toBe(2);
    expect(red.errors[0]).toContain(
      'row-ambiguous: several rows build parts of base: base@linux-amd64, base@linux-arm64',
    );
  });

  it('are adopted by the next run of the same files, as one image each', async () => {
    await using service = await openArtifacts();
    await using later = await openJob(lab, {
      workspace: desk.folder,
      ref: 'refs/tags/v1.0.0',
      run: '7002',
      env: { ...service.env },
    });
    const { exitCode, outputs, summary } = await later.run('matrix-generate', { registry: prefix });
    expect([exitCode, outputs.count]).toEqual([0, '0']);
    expect(summary).toMatch(/^### Plan: 0 to build, 3 carried over/);
  });
});

describe('images on a pull request, whose platforms have runners of their own', () => {
  it(
    'are built by each runner together with what they are built on, and nothing is uploaded',
    async () => {
      await using desk = await openDesk(lab, { arm64: true });
      await desk.edit('slipway.yml', (text) => `${text}\nrunners:\n  linux/arm64: [self-hosted, arm]\n`);
      await desk.commit();
      await using service = await openArtifacts();
      const event = { event: 'pull_request', ref: 'refs/pull/1/merge', env: { ...service.env } };
      await using job = await openJob(lab, { ...event, workspace: desk.folder });
      const prefix = `${lab.registry}/${desk.id}/parts`;
      const { outputs } = await job.run('matrix-generate', { registry: prefix });
      const rows = rowsOf(outputs['matrix-1']);
      expect(rows.map(({ row, runner }) => [row, runner])).toEqual([
        ['group--1-1', ''],
        ['group--1-2', '["self-hosted","arm"]'],
      ]);
      for (const { row } of rows) {
        const built = await job.run('build-test', { plan: outputs.plan ?? '', row });
        expect([built.exitCode, built.errors]).toEqual([0, []]);
        expect(built.summary).toMatch(row === 'group--1-1' ? /^### Built and tested: 3/ : /^### Built and tested: 2/);
      }
      expect(await writesTo(desk.id)).toEqual([]);
    },
    LIMIT_MS,
  );
});

/** The record that an artifact of the registry holds, by an independent client. */
async function recordIn(repository: string, artifact: string): Promise<ImageRecord> {
  const manifest = OciManifest.parse(JSON.parse(await crane(lab, 'manifest', `${repository}@${artifact}`)));
  return ImageRecord.parse(JSON.parse(await crane(lab, 'blob', `${repository}@${manifest.layers[0]?.digest}`)));
}

/** The requests by which the registry of the lab was asked to change something below a name. */
async function writesTo(name: string): Promise<readonly string[]> {
  const lines = (await readFile(lab.registryAccessLog, 'utf8')).split('\n');
  return lines.filter((line) => /"(PUT|POST|PATCH|DELETE) /.test(line) && line.includes(`/v2/${name}/`));
}

function rowsOf(matrix: string | undefined): z.infer<typeof Matrix>['include'] {
  return matrix === undefined || matrix === '' ? [] : Matrix.parse(JSON.parse(matrix)).include;
}

function fail(why: string): never {
  throw new Error(why);
}
