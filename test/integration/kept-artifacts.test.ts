import { execFile } from 'node:child_process';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { type ArtifactService, openArtifacts } from '../support/action-artifacts.ts';
import { type EndedStep, type Job, openJob } from '../support/action-step.ts';
import { type Desk, type Finished, openDesk } from '../support/desk.ts';
import { crane, labEnv, requireLab } from '../support/lab.ts';

const LIMIT_MS = 600_000;
const lab = requireLab();
const run = '7001';

const Kept = z.object({
  key: z.string(),
  why: z.string().nullable(),
  run: z.object({ id: z.string(), attempt: z.number() }),
  built: z.object({ digest: z.string() }),
});
const Record = z
  .object({ records: z.tuple([z.object({ digest: z.string() })]) })
  .transform(({ records: [{ digest }] }) => ({ record: digest }));
const Step = z.object({ images: z.array(z.object({ record: z.object({ digest: z.string() }) })) });
const digestOf = ({ stdout }: Finished) => Step.parse(JSON.parse(stdout)).images[0]?.record.digest;
const git = (desk: Desk, ...args: readonly string[]) =>
  promisify(execFile)('git', ['-C', desk.folder, ...args], { env: labEnv(lab) });

/** The last line of a summary, as the words of a command. */
function lastCommand({ summary }: EndedStep): readonly string[] {
  const [, command = ''] = /`slipway ([^`]*)`$/.exec(summary.trimEnd()) ?? [];
  return command.split(' ');
}

describe('a job of build-test whose test fails', () => {
  let desk: Desk;
  let service: ArtifactService;
  let prefix: string;
  let plan: string;
  let first: EndedStep;
  let jobs: Job[];
  const artifacts = () => path.join(desk.folder, '.slipway/artifacts');
  /** Puts an artifact of the run where gh finds it. */
  async function publish(name: string): Promise<string> {
    const folder = path.join(artifacts(), name);
    await mkdir(folder, { recursive: true });
    for (const [file, bytes] of service.filesOf(name)) await writeFile(path.join(folder, file), bytes);
    return folder;
  }

  let env: Record<string, string>;

  /** What gh would say of a run with these artifacts; what it downloads is the folder. */
  async function makeGh(listed: readonly object[]): Promise<void> {
    const programs = path.join(desk.folder, '.git/programs');
    await mkdir(programs, { recursive: true });
    await writeFile(path.join(programs, 'list'), listed.map((one) => `${JSON.stringify(one)}\n`).join(''));
    const script = [
      '#!/bin/sh',
      'echo "$* token=$GH_TOKEN" >> "$0.calls"',
      'if [ "$1" = api ]; then cat "$(dirname "$0")/list"; exit; fi',
      `mkdir -p "$9"; cp ${artifacts()}/"$7"/* "$9"`,
      '',
    ];
    await writeFile(path.join(programs, 'gh'), script.join('\n'), { mode: 0o755 });
    env = { GH_TOKEN: 'of-a-person', PATH: `${programs}:${labEnv(lab).PATH}` };
  }
  const calls = () => readFile(path.join(desk.folder, '.git/programs/gh.calls'), 'utf8');

  /** A job of the run; from its second attempt on the test passes, as if it were flaky. */
  async function attempt(number: number): Promise<EndedStep> {
    const job = await openJob(lab, {
      isFromSource: true,
      workspace: desk.folder,
      run,
      attempt: number,
      env: { ...service.env },
    });
    jobs.push(job);
    if (number === 1) plan = (await job.run('matrix-generate', { registry: prefix })).outputs.plan ?? '';
    return job.run('build-test', { plan, image: 'base' });
  }

  beforeAll(async () => {
    jobs = [];
    desk = await openDesk(lab);
    await desk.edit('slipway.yml', (text) =>
      text.slice(0, text.indexOf('\n  greeter:')).replace(/run: \[sh.*\]/, 'host: "test -e .slipway/mended"'),
    );
    await desk.commit({ '.gitignore': '.slipway\n' });
    await git(desk, 'remote', 'add', 'origin', 'https://github.com/org/hello.git');
    service = await openArtifacts();
    prefix = `${lab.registry}/${desk.id}/hello`;
    first = await attempt(1);
  }, LIMIT_MS);

  afterAll(async () => {
    for (const job of jobs) await job[Symbol.asyncDispose]();
    await service[Symbol.asyncDispose]();
    await desk[Symbol.asyncDispose]();
  }, LIMIT_MS);

  it('ends its summary with the command that tests those very bytes again', () => {
    expect(first).toMatchObject({ exitCode: 1 });
    expect(first.errors).toEqual([expect.stringMatching(/^test-failed: /)]);
    expect(lastCommand(first)).toEqual(['test', '--image', 'base', '--from-run', run]);
    expect(first.summary.match(/test-failed/g)?.length).toBe(1);
  });

  it('keeps its store as an artifact', () => {
    expect(service.names()).toEqual(['slipway-plan', 'slipway-store-base', 'test-logs-base']);
    expect(first.stdout).toMatch(/the store of base is kept: the artifact slipway-store-base, \d/);
  });

  describe('at a desk with a clone', () => {
    let folder: string;
    let digest: string;

    beforeAll(async () => {
      folder = await publish('slipway-store-base');
      const kept = Kept.parse(JSON.parse(await readFile(path.join(folder, 'kept.json'), 'utf8')));
      expect(kept).toMatchObject({ key: 'base', why: 'test-failed', run: { id: run, attempt: 1 } });
      digest = kept.built.digest;
    });

    it('the artifact is two plain files, one of which is an archive like any other', async () => {
      expect((await readdir(folder)).sort()).toEqual(['kept.json', 'store.tar']);
      const inspected = await desk.slipway('inspect', '--json', path.join(folder, 'store.tar'));
      expect(JSON.parse(inspected.stdout)).toMatchObject({ digest });
    });

    it(
      'a folder that was downloaded is tested as it is, and nothing is built',
      async () => {
        const tested = await desk.slipway('test', '--image', 'base', '--store', folder, '--json');
        expect([tested.exitCode, digestOf(tested)]).toEqual([1, digest]);
        expect(tested.stderr).not.toMatch(/built first|: build /);
        expect(await desk.inEngine()).toEqual([]);
      },
      LIMIT_MS,
    );

    describe('and gh, the command line of GitHub', () => {
      it(
        'the command of the summary fetches the store of that run once, and tests those very bytes',
        async () => {
          await makeGh([
            { name: 'slipway-plan', expired: false },
            { name: 'slipway-store-base', expired: false },
          ]);
          const tested = await desk.start([...lastCommand(first), '--json'], env).ended;
          expect([tested.exitCode, digestOf(tested)]).toEqual([1, digest]);
          const again = await desk.start([...lastCommand(first), '--json'], env).ended;
          expect([again.exitCode, digestOf(again)]).toEqual([1, digest]);
          const [listed, downloaded, ...more] = (await calls()).trimEnd().split('\n');
          expect(listed).toMatch(/^api --hostname github.com .* repos\/org\/hello\/actions\/runs\/7001\/artifacts/);
          expect(downloaded).toMatch(
            /^run download 7001 --repo github.com\/org\/hello --name slipway-store-base --dir /,
          );
          expect([more, listed?.endsWith('token=of-a-person')]).toEqual([[], true]);
          expect(await desk.leftovers()).toEqual([]);
        },
        LIMIT_MS,
      );

      it(
        'says that the files of the clone are others, and tests the bytes all the same',
        async () => {
          const dockerfile = await readFile(path.join(desk.folder, 'base/Dockerfile'), 'utf8');
          await desk.edit('base/Dockerfile', (text) => `${text}ENV NEW=1\n`);
          const tested = await desk.start([...lastCommand(first), '--json'], env).ended;
          await desk.edit('base/Dockerfile', () => dockerfile);
          expect(digestOf(tested)).toBe(digest);
          expect(tested.stderr).toMatch(/warning: base: the files here are not those that [0-9a-f]{12} was built of/);
        },
        LIMIT_MS,
      );

      it.each([
        ['artifact-expired', [{ name: 'slipway-store-base', expired: true }]],
        ['run-without-image', [{ name: 'slipway-store-other', expired: false }]],
      ])(
        'says %s by name',
        async (code, listed) => {
          await makeGh(listed);
          const ended = await desk.start(['test', '--image', 'base', '--from-run', '7002'], env).ended;
          expect(ended.stderr).toMatch(new RegExp(`error ${code}: .*\\n {2}where: .*\\n {2}state: .*\\n {2}next: `));
          expect(ended.exitCode).toBe(2);
        },
        LIMIT_MS,
      );
    });
  });

  describe('when it is run again', () => {
    it(
      'tests the very bytes of the first attempt, and hands them on once they pass',
      async () => {
        await writeFile(path.join(desk.folder, '.slipway/mended'), '');
        const second = await attempt(2);
        expect(second).toMatchObject({ exitCode: 0, errors: [] });
        const kept = Kept.parse(JSON.parse(service.filesOf('slipway-store-base').get('kept.json')?.toString() ?? ''));
        expect(second.outputs.digest).toBe(kept.built.digest);
        expect(second.stdout).toContain(`base is not built: ${kept.built.digest} was kept by attempt 1`);
        expect(await crane(lab, 'digest', second.outputs['image-ref'] ?? '')).toBe(kept.built.digest);
      },
      LIMIT_MS,
    );

    it(
      'what it uploaded is found from the clone by the record that it handed on',
      async () => {
        await rm(path.join(desk.folder, '.slipway/stores'), { recursive: true });
        await publish('slipway-record-base');
        await makeGh([{ name: 'slipway-record-base', expired: false }]);
        const tested = await desk.start([...lastCommand(first), '--json'], env).ended;
        const { record } = Record.parse(
          JSON.parse(await readFile(path.join(artifacts(), 'slipway-record-base/result.json'), 'utf8')),
        );
        expect([tested.exitCode, digestOf(tested)]).toEqual([0, record]);
        expect(tested.stdout).toContain(`"from":"run 7001, from ${prefix}/base"`);
      },
      LIMIT_MS,
    );

    it(
      'builds when what was kept is of another run, and says why',
      async () => {
        const [kept, store] = ['kept.json', 'store.tar'].map((name) => service.filesOf('slipway-store-base').get(name));
        const other = kept?.toString().replace('"id":"7001"', '"id":"6999"') ?? '';
        service.put('slipway-store-base', [
          { name: 'kept.json', bytes: other },
          { name: 'store.tar', bytes: store ?? '' },
        ]);
        const third = await attempt(3);
        expect(third).toMatchObject({ exitCode: 0, errors: [] });
        expect(third.stdout).toContain('base is built: what was kept of it is not taken, it is of run 6999');
      },
      LIMIT_MS,
    );
  });

  it.each([
    [
      'is larger than it may be',
      { 'keep-store-max': '10 KB' },
      /The store of base is not kept: it has 1\.2 MB, and keep\\-store\\-max is 10\.0 KB\./,
    ],
    [
      'may not be uploaded',
      {},
      /The store of base is not kept: the artifact slipway\\-store\\-base could not be uploaded/,
    ],
  ])(
    'a store that %s is said to be lost, and the failure of the test stays what it is',
    async (_, inputs, note) => {
      await rm(path.join(desk.folder, '.slipway/mended'), { force: true });
      await using other = await openArtifacts();
      await using job = await openJob(lab, { isFromSource: true, workspace: desk.folder, run, env: { ...other.env } });
      const made = (await job.run('matrix-generate', { registry: prefix })).outputs.plan ?? '';
      if (Object.keys(inputs).length === 0) other.refuse('CreateArtifact');
      const ended = await job.run('build-test', { plan: made, image: 'base', ...inputs });
      expect(ended.errors).toEqual([expect.stringMatching(/^test-failed: /)]);
      expect(ended.exitCode).toBe(1);
      expect(ended.summary).toMatch(note);
      expect(lastCommand(ended)).toEqual(['test', '--image', 'base']);
    },
    LIMIT_MS,
  );

  it(
    'one that was described by inputs alone is tested again with the command that it was given',
    async () => {
      const job = await openJob(lab, { isFromSource: true, workspace: desk.folder, run, env: { ...service.env } });
      jobs.push(job);
      const test = 'echo "a|b" | grep c';
      const alone = await job.run('build-test', { name: 'lonely', context: 'base', test });
      expect(alone.exitCode).toBe(1);
      const command = ['test', '--image', 'lonely', '--from-run', run, '--run'];
      expect(lastCommand(alone).join(' ')).toBe([...command, `'${test}'`].join(' '));
      await publish('slipway-store-lonely');
      await makeGh([{ name: 'slipway-store-lonely', expired: false }]);
      const tested = await desk.start([...command, test, '--json'], env).ended;
      const kept = Kept.parse(JSON.parse(service.filesOf('slipway-store-lonely').get('kept.json')?.toString() ?? ''));
      expect([tested.exitCode, digestOf(tested)]).toEqual([1, kept.built.digest]);
    },
    LIMIT_MS,
  );
});
