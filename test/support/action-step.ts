import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import { root } from '../../script/commands/project.ts';
import { type Lab, labEnv } from './lab.ts';
import type { OtherUser } from './other-user.ts';
import { type RunnerCommand, runnerReads } from './runner-model.ts';

/** So long a step may take before the test counts as hung. */
const patienceMs = 500_000;

/** How a step ended, as its runner sees it. */
export interface EndedStep {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
  readonly outputs: Readonly<Record<string, string>>;
  readonly state: Readonly<Record<string, string>>;
  readonly summary: string;
  /** What it wrote for the environment and the path of later steps. */
  readonly forLaterSteps: string;
  readonly commands: readonly RunnerCommand[];
  /** The text of each `::error`. */
  readonly errors: readonly string[];
}

/** A step that is under way. */
export interface RunningStep {
  readonly pid: number;
  readonly ended: Promise<EndedStep>;
  /** What it has saved for its post step up to now. */
  state(): Promise<Readonly<Record<string, string>>>;
  /** What it has written into its summary up to now. */
  summary(): Promise<string>;
  /** What it has printed up to now. */
  said(): string;
  signal(name: NodeJS.Signals): void;
  kill(): void;
}

/** What is different about a step. */
export interface StepChanges {
  /** Put over what the runner sets; an undefined one is not set at all. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** `post` for the step after the job. */
  readonly script?: 'main' | 'post';
}

/** A job of a run on a runner: the folders and variables that its steps get. */
export interface Job extends AsyncDisposable {
  readonly workspace: string;
  /** The folder for what nobody needs after the job. */
  readonly temp: string;
  run(action: string, inputs?: Readonly<Record<string, string>>, changes?: StepChanges): Promise<EndedStep>;
  /** Runs the step after the job, with what its main step has saved. */
  post(action: string, state: EndedStep['state'], changes?: StepChanges): Promise<EndedStep>;
  start(action: string, inputs?: Readonly<Record<string, string>>, changes?: StepChanges): Promise<RunningStep>;
}

/** What a runner puts in the place of the expression for the token of the job. */
export const jobToken = 'ghs_madeUpForAJobOfATest';
const tokenExpression = '${{ github.token }}';

/** What a job is about; by default a push to the main branch. */
export interface JobOptions {
  /** The program that runs JavaScript. */
  readonly node?: string;
  /** An empty folder when it is left out. */
  readonly workspace?: string;
  readonly event?: string;
  readonly ref?: string;
  readonly payload?: unknown;
  readonly run?: string;
  readonly attempt?: number;
  /** Of the service of artifacts, and whatever else every step gets. */
  readonly env?: Readonly<Record<string, string>>;
  /** Runs what is in `src`, and not the bundle that was committed. */
  readonly isFromSource?: boolean;
  /** Who the steps run as, and whose the workspace is. */
  readonly user?: OtherUser;
}

const Declared = z.object({
  inputs: z.record(z.string(), z.object({ default: z.string().optional(), required: z.boolean() })),
  outputs: z.record(z.string(), z.unknown()).default({}),
});

/** What an action says in its `action.yml`. */
export async function declared(action: string): Promise<z.infer<typeof Declared>> {
  return Declared.parse(parse(await readFile(path.join(root, 'actions', action, 'action.yml'), 'utf8')));
}

/** Sets up a job. */
export async function openJob(lab: Lab, options: JobOptions = {}): Promise<Job> {
  const folder = await realpath(await mkdtemp(path.join(tmpdir(), 'slipway-job-')));
  const workspace = options.workspace ?? path.join(folder, 'workspace');
  const temp = path.join(folder, 'temp');
  const home = path.join(folder, 'home');
  for (const one of [workspace, temp, home]) await mkdir(one, { recursive: true });
  const event = path.join(folder, 'event.json');
  const payload = options.payload ?? {
    repository: { full_name: 'org/hello', default_branch: 'main' },
    sender: { login: 'ada' },
  };
  await writeFile(event, typeof payload === 'string' ? payload : JSON.stringify(payload));
  const running = new Set<RunningStep>();
  let steps = 0;

  const job: Job = {
    workspace,
    temp,
    run: async (...step) => (await job.start(...step)).ended,
    post(action, state, { env, ...changes } = {}) {
      const saved = Object.fromEntries(Object.entries(state).map(([name, value]) => [`STATE_${name}`, value]));
      return job.run(action, {}, { ...changes, script: 'post', env: { ...saved, ...env } });
    },
    async start(action, inputs = {}, { env: changes = {}, script = 'main' } = {}) {
      steps += 1;
      const files = path.join(folder, `step-${steps}`);
      await mkdir(files);
      const told = ['output', 'state', 'step_summary', 'env', 'path'].map((name) => path.join(files, name));
      for (const file of told) await writeFile(file, '');
      const known = (await declared(action)).inputs;
      const defaults = Object.fromEntries(
        Object.entries(known).map(([name, input]) => [name, (input.default ?? '').replace(tokenExpression, jobToken)]),
      );
      const env: Record<string, string | undefined> = {
        ...labEnv(lab),
        HOME: home,
        CI: 'true',
        GITHUB_ACTIONS: 'true',
        GITHUB_ACTION: '__self',
        GITHUB_REPOSITORY: 'org/hello',
        GITHUB_ACTOR: 'ada',
        GITHUB_EVENT_NAME: options.event ?? 'push',
        GITHUB_REF: options.ref ?? 'refs/heads/main',
        GITHUB_EVENT_PATH: event,
        GITHUB_RUN_ID: options.run ?? '7001',
        GITHUB_RUN_NUMBER: '12',
        GITHUB_RUN_ATTEMPT: String(options.attempt ?? 1),
        GITHUB_WORKSPACE: workspace,
        ...Object.fromEntries(told.map((file) => [`GITHUB_${path.basename(file).toUpperCase()}`, file])),
        RUNNER_TEMP: temp,
        RUNNER_OS: 'Linux',
        // The runner gives every input that an action declares, and also those that it does not.
        ...Object.fromEntries(
          Object.entries({ ...defaults, ...inputs }).map(([name, value]) => [
            `INPUT_${name.replaceAll(' ', '_').toUpperCase()}`,
            value,
          ]),
        ),
        ...options.user?.env,
        ...options.env,
        ...changes,
      };
      const wanted = {
        program: options.node ?? process.execPath,
        args:
          options.isFromSource === true
            ? sourceArgs(action, script)
            : [path.join(root, 'actions', action, `${script}.js`)],
      };
      for (const owned of [folder, workspace]) await options.user?.give(owned);
      const { program, args } = options.user?.start(wanted) ?? wanted;
      const step = startStep(program, {
        args,
        cwd: workspace,
        env: Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined)),
        files,
      });
      running.add(step);
      step.ended.then(
        () => running.delete(step),
        () => running.delete(step),
      );
      return step;
    },
    async [Symbol.asyncDispose]() {
      for (const step of running) step.kill();
      await rm(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
    },
  };
  return job;
}

interface StepStart {
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly files: string;
}

/** How a step begins that runs from source. */
function sourceArgs(action: string, script: 'main' | 'post'): readonly string[] {
  const [loader, dispatch] = ['node_modules/tsx/dist/loader.mjs', 'src/entries/dispatch.ts'].map((file) =>
    path.join(root, file),
  );
  const name = script === 'post' ? `${action}-post` : action;
  const program = `import { start } from ${JSON.stringify(dispatch)};\nawait start(${JSON.stringify(name)});`;
  return ['--import', loader ?? '', '--input-type=module', '--eval', program];
}

function startStep(node: string, { args, cwd, env, files }: StepStart): RunningStep {
  const child = spawn(node, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
  const { pid } = child;
  if (pid === undefined) throw new Error(`${node} could not be started`);
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const told = (name: string): Promise<string> => readFile(path.join(files, name), 'utf8');
  const ended = new Promise<EndedStep>((resolve, reject) => {
    const timer = setTimeout(() => child.kill('SIGKILL'), patienceMs);
    child.on('error', reject);
    child.on('close', (code, signal) => {
      clearTimeout(timer);
      const end = async (): Promise<EndedStep> => {
        if (code === null) throw new Error(`${args.at(-1)} was ended by ${signal}\n${stdout}${stderr}`);
        // A runner reads both streams, and obeys what it finds in either.
        const { commands } = runnerReads(`${stdout}\n${stderr}`);
        return {
          exitCode: code,
          stdout,
          stderr,
          outputs: parseValues(await told('output')),
          state: parseValues(await told('state')),
          summary: await told('step_summary'),
          forLaterSteps: `${await told('env')}${await told('path')}`,
          commands,
          errors: commands.filter(({ name }) => name === 'error').map(({ data }) => data),
        };
      };
      end().then(resolve, reject);
    });
  });
  // Whoever waits for it still sees the failure; a test that kills a step does not wait.
  ended.catch(() => undefined);
  return {
    pid,
    ended,
    state: async () => parseValues(await told('state')),
    summary: () => told('step_summary'),
    said: () => stdout,
    signal: (name) => child.kill(name),
    kill: () => child.kill('SIGKILL'),
  };
}

/** Reads a file of values as the runner does: `name=value`, or a value between two delimiters. */
export function parseValues(text: string): Readonly<Record<string, string>> {
  const values: Record<string, string> = {};
  const lines = text.split(/\r?\n/);
  for (let at = 0; at < lines.length; at++) {
    const line = lines[at] ?? '';
    if (line === '') continue;
    const heredoc = /^([^=]+?)<<(.+)$/.exec(line);
    if (heredoc === null) {
      const [name = '', ...value] = line.split('=');
      values[name] = value.join('=');
      continue;
    }
    const [, name = '', delimiter = ''] = heredoc;
    const end = lines.indexOf(delimiter, at + 1);
    if (end < 0) throw new Error(`the value ${name} never ends`);
    values[name] = lines.slice(at + 1, end).join('\n');
    at = end;
  }
  return values;
}
