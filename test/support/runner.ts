import { cp, mkdir, mkdtemp, readdir, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { freePort } from '../../script/commands/lab/port.ts';
import { root } from '../../script/commands/project.ts';
import { filesIn } from './action-artifacts.ts';
import type { Lab } from './lab.ts';
import type { OtherUser } from './other-user.ts';
import { act } from './runner-act.ts';
import { type FoundStep, type JobReport, readReport } from './runner-report.ts';

const portTries = 5;
const firstRunId = 4711;
const keptLines = 30;

/** What sets a run off, and where. */
export interface RunRequest {
  /** The repository that the run is of. */
  readonly folder: string;
  /** Its workflow: a path in it. */
  readonly workflow: string;
  readonly event: string;
  readonly payload: unknown;
  /** The run that this is another attempt of. */
  readonly again?: Run;
  /** Put over the environment of the jobs. */
  readonly env?: Readonly<Record<string, string>>;
  /** The labels of runners that this machine stands for; by default `ubuntu-latest`. */
  readonly labels?: readonly string[];
  /** Without it there is no service of artifacts behind the address that the jobs get. */
  readonly artifacts?: boolean;
  /** With it there is a service of caches, which lasts as long as the runner. */
  readonly caches?: boolean;
  readonly secrets?: Readonly<Record<string, string>>;
  /** Folders that stand in for what others publish: `owner/repo@ref` with the path. */
  readonly repositories?: Readonly<Record<string, string>>;
  /** Files that the published suite has in place of its own. */
  readonly suite?: Readonly<Record<string, string>>;
}

/** A run that ended. */
export interface Run {
  readonly id: number;
  readonly attempt: number;
  readonly exitCode: number;
  /** All that the runner said. */
  readonly log: string;
  /** The jobs that were started, in the order in which they were. */
  readonly jobs: readonly JobReport[];
}

/** The workflow runner, with the suite as it is published: the committed actions, bundle and workflows, and nothing else. */
export interface Runner extends AsyncDisposable {
  run(request: RunRequest): Promise<Run>;
  /** The artifacts of a run, as they lie at the service. */
  artifacts(run: Run): Promise<ArtifactFiles>;
}

/** The files of artifacts, by the names of the artifacts. */
export type ArtifactFiles = Readonly<Record<string, ReadonlyMap<string, Buffer>>>;

/** Sets up a runner, for another user if there is one; all that it makes is in one folder, which goes with it. */
export async function openRunner(lab: Lab, user?: OtherUser): Promise<Runner> {
  const folder = await realpath(await mkdtemp(path.join(tmpdir(), 'slipway-runner-')));
  const suite = path.join(folder, 'suite');
  // The runner copies the suite for every step that uses it, so it must be small.
  for (const part of ['action.yml', 'actions', 'dist', '.github/workflows']) {
    await cp(path.join(root, part), path.join(suite, part), { recursive: true });
  }
  let runs = 0;
  return {
    async run(request) {
      const id = request.again?.id ?? firstRunId + runs;
      const attempt = (request.again?.attempt ?? 0) + 1;
      runs++;
      const own = path.join(folder, `run-${runs}`);
      await mkdir(own);
      const published = request.suite === undefined ? suite : path.join(own, 'suite');
      if (request.suite !== undefined) await copyWith(suite, published, request.suite);
      const payload = path.join(own, 'event.json');
      await writeFile(payload, JSON.stringify(request.payload));
      const env = { GITHUB_RUN_ID: String(id), GITHUB_RUN_ATTEMPT: String(attempt), ...request.env };
      for (let tries = 1; ; tries++) {
        const args = [
          request.event,
          '--json',
          ...(request.labels ?? ['ubuntu-latest']).flatMap((label) => ['--platform', `${label}=-self-hosted`]),
          ...Object.entries({ 'org/slipway@v1': published, ...request.repositories }).flatMap(([name, at]) => {
            return ['--local-repository', `${name}=${at}`];
          }),
          ...['--artifact-server-addr', '127.0.0.1', '--artifact-server-port', String(await freePort())],
          ...(request.artifacts === false ? [] : ['--artifact-server-path', path.join(folder, 'artifacts')]),
          ...(request.caches === true ? cacheServer(folder) : ['--no-cache-server']),
          ...['--eventpath', payload, '--workflows', request.workflow],
          ...Object.entries(env).flatMap(([name, value]) => ['--env', `${name}=${value}`]),
          ...Object.entries(request.secrets ?? {}).flatMap(([name, value]) => ['--secret', `${name}=${value}`]),
        ];
        await user?.give(folder);
        const { exitCode, log } = await act(lab, args, { cwd: request.folder, home: folder, user });
        // Between our look for a free port and the use of it another program may take it.
        if (log.includes('address already in use') && tries < portTries) continue;
        return { id, attempt, exitCode, log, jobs: readReport(log) };
      }
    },
    async artifacts({ id }) {
      const own = path.join(folder, 'artifacts', String(id));
      const found = (await readdir(own)).sort().map(async (name) => {
        return [name, filesIn(await readFile(path.join(own, name, `${name}.zip`)))] as const;
      });
      return Object.fromEntries(await Promise.all(found));
    },
    async [Symbol.asyncDispose]() {
      await rm(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
    },
  };
}

/** The one job of this name: the row of a matrix, or the key of the job. */
export function jobOf(run: Run, name: string): JobReport {
  const [job, ...others] = run.jobs.filter((candidate) => candidate.name === name);
  if (job === undefined || others.length > 0) {
    throw new Error(`${others.length + 1} jobs ${name} among ${run.jobs.map((one) => one.name)}\n${run.log}`);
  }
  return job;
}

/** Every step of a run that uses this action. */
export function stepsOf(run: Run, action: string): readonly FoundStep[] {
  return run.jobs.flatMap((job) =>
    job.steps
      .filter((step) => step.name.includes(`/actions/${action}@`))
      .map((step): FoundStep => ({ ...step, job: job.name })),
  );
}

/** Each job with its result. */
export function resultsOf(run: Run): Readonly<Record<string, string>> {
  return Object.fromEntries(run.jobs.map((job) => [job.name, job.result]));
}

/** Each step that failed, with what it said; for a run that ends red without one, what the runner said last. */
export function failuresOf(run: Run): readonly string[] {
  const failed = run.jobs.flatMap((job) =>
    job.steps
      .filter((step) => step.outcome === 'failure')
      .map((step) => [`${job.name}: ${step.name}`, ...step.lines.slice(-keptLines), ...step.errors].join('\n')),
  );
  if (failed.length > 0 || run.exitCode === 0) return failed;
  return [[`exit code ${run.exitCode}`, ...run.log.trimEnd().split('\n').slice(-keptLines)].join('\n')];
}

function cacheServer(folder: string): readonly string[] {
  return ['--cache-server-addr', '127.0.0.1', '--cache-server-path', path.join(folder, 'caches')];
}

async function copyWith(from: string, to: string, files: Readonly<Record<string, string>>): Promise<void> {
  await cp(from, to, { recursive: true });
  for (const [file, text] of Object.entries(files)) await writeFile(path.join(to, file), text);
}
