import { ConfigError, RefusedError, ToolError } from '../domain/errors.ts';
import { type ServicesModel, servicesModel } from '../formats/compose-model.ts';
import type { Exec, ExecOptions } from '../ports/exec.ts';
import { lastLine } from './engine-failure.ts';

/** Services that run; disposing of them removes them with their volumes and networks. */
export interface Services extends AsyncDisposable {
  /** The network by which they are reached. */
  readonly network: string;
}

/** Which services, and for whom. */
export interface ServicesWish {
  /** The compose file. */
  readonly file: string;
  /** The repository's folder. */
  readonly folder: string;
  /** A name of a project that nobody else has. */
  readonly project: string;
  /** What containers, networks and volumes are marked with, so that what a killed run left can be found. */
  readonly labels: Readonly<Record<string, string>>;
  /** The environment of compose: what is not in it comes into no service. */
  readonly env: Readonly<Record<string, string>>;
  readonly waitSeconds: number;
  /** Hears the last lines of services that do not start. */
  readonly onLine: (line: string) => void;
}

const state = 'the test did not run, and nothing of this image was published';
/** Images of services may have to be pulled or built first. */
const prepareSeconds = 600;
const shownLines = 20;

/** Starts the services of a compose file beside any others of their kind, and waits until they are healthy. */
export async function startServices(exec: Exec, wish: ServicesWish): Promise<Services> {
  const { waitSeconds } = wish;
  const { network, compose, remove } = await openServices(exec, wish);
  try {
    const args = ['up', '--detach', '--quiet-pull', '--wait', '--wait-timeout', `${waitSeconds}`];
    const up = await compose(args, { timeoutMs: (waitSeconds + prepareSeconds) * 1000 });
    if (up.exitCode === 0) return { network, [Symbol.asyncDispose]: remove };
    const logs = await compose(['logs', '--no-color', '--tail', `${shownLines}`], { timeoutMs: 30_000 });
    for (const line of logs.stdout.split('\n').filter((one) => one !== '')) wish.onLine(line);
    throw notStarted(wish, up.stderr);
  } catch (error) {
    await remove();
    throw error;
  }
}

/** Runs the services of a compose file until one of them ends, and answers the exit code of the one that decides; 124 when it takes too long. */
export async function runServices(
  exec: Exec,
  wish: Omit<ServicesWish, 'waitSeconds'>,
  { service, timeoutMs }: { readonly service: string; readonly timeoutMs: number },
): Promise<number> {
  const { compose, remove } = await openServices(exec, wish);
  try {
    const ends = ['--abort-on-container-exit', '--exit-code-from', service, '--timeout', '1'];
    const args = ['up', '--no-color', '--quiet-pull', ...ends];
    return (await compose(args, { timeoutMs, graceMs: 10_000, onLine: wish.onLine })).exitCode;
  } finally {
    await remove();
  }
}

type ComposeOptions = Pick<ExecOptions, 'timeoutMs' | 'graceMs' | 'cleanup' | 'onLine'>;

/** A project of compose of which nothing runs yet. */
async function openServices(exec: Exec, wish: Omit<ServicesWish, 'waitSeconds'>) {
  const { project, folder, env } = wish;
  const { text, network } = await readServices(exec, wish);
  const compose = (args: readonly string[], options: ComposeOptions) =>
    exec.run('docker', ['compose', '--file', '-', '--project-name', project, ...args], {
      cwd: folder,
      env,
      stdin: text,
      ...options,
    });
  const remove = async (): Promise<void> => {
    // Their data goes with them, so that there is little to end in order for which many would be waited for in vain.
    const args = ['down', '--volumes', '--remove-orphans', '--rmi', 'local', '--timeout', '1'];
    await compose(args, { timeoutMs: 120_000, cleanup: true });
  };
  return { network, compose, remove };
}

/** Reads the file as compose does, with its variables, extensions and files, and makes a project of it. */
async function readServices(
  exec: Exec,
  { file, folder, project, labels, env }: Omit<ServicesWish, 'waitSeconds'>,
): Promise<ServicesModel & { readonly network: string }> {
  const args = ['compose', '--file', file, '--project-name', project, 'config', '--format', 'json'];
  const config = await exec.run('docker', args, { cwd: folder, env, timeoutMs: 60_000 });
  if (config.exitCode !== 0) throw await notRead(exec, file, env, config.stderr);
  const model = servicesModel(config.stdout, { name: project, folder, labels });
  if (model === undefined) throw await notRead(exec, file, env, 'compose says nothing that can be read');
  const { network, refused } = model;
  if (refused.length > 0) {
    throw new ConfigError({
      code: 'services-unsafe',
      what: `services of a test may not reach the machine: ${refused.join('; ')}`,
      where: file,
      state,
      next: 'leave it out; a `host` test that calls `docker compose` itself says in the open what it grants',
    });
  }
  if (network !== undefined) return { ...model, network };
  throw new ConfigError({
    code: 'services-unreachable',
    what: 'the services of a test have no network that it could join',
    where: file,
    state,
    next: 'leave out network_mode, or give the services a network',
  });
}

async function notRead(
  exec: Exec,
  file: string,
  env: Readonly<Record<string, string>>,
  stderr: string,
): Promise<ToolError | ConfigError> {
  const version = await exec.run('docker', ['compose', 'version'], { env, timeoutMs: 30_000 });
  if (version.exitCode !== 0) {
    return new ToolError({
      code: 'compose-missing',
      what: 'a test has services, and there is no `docker compose`',
      where: file,
      state,
      next: 'install the compose plugin of Docker, version 2 or newer',
    });
  }
  return new ConfigError({
    code: 'services-invalid',
    what: `the compose file of a test cannot be read: ${lastLine(stderr)}`,
    where: file,
    state,
    next: 'what does `docker compose --file FILE config` say?',
  });
}

function notStarted({ file }: ServicesWish, stderr: string): RefusedError {
  return new RefusedError({
    code: 'services-failed',
    what: `the services of a test did not start: ${lastLine(stderr)}`,
    where: file,
    state,
    next: 'their last lines are in the log of the test; does `docker compose up --wait` start them?',
  });
}
