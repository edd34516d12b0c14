import { ToolError } from '../domain/errors.ts';
import type { Platform } from '../domain/platform.ts';
import type { Clock } from '../ports/clock.ts';
import type { Exec } from '../ports/exec.ts';
import { type ContainerLimits, limitArgs } from './container-limits.ts';
import { lastLine } from './engine-failure.ts';

/** How a container is. */
export interface ContainerState {
  readonly running: boolean;
  readonly exitCode: number;
  /** What its health check says: `starting`, `healthy` or `unhealthy`; empty where it has none. */
  readonly health: string;
}

/** A container that was made and not started; disposing of it stops and removes it with its volumes. */
export interface Container extends AsyncDisposable {
  readonly id: string;
  /** The image that the engine made it of: the manifest's digest, or on a classic store the config's. */
  readonly image: string;
  /** Runs it to its end. When its time is over it is asked to end, and ended ten seconds later. */
  run(
    onLine: (line: string) => void,
    timeoutMs: number,
  ): Promise<{ readonly exitCode: number; readonly timedOut: boolean }>;
  state(): Promise<ContainerState>;
  /** Runs it to its end with our input and our output; `undefined` where its program could not be started. */
  attach(): Promise<number | undefined>;
  /** Asks it to end, and ends it so many seconds later. */
  stop(graceSeconds: number): Promise<void>;
  /** Copies a file or folder of it to this machine; false where it is not there. */
  copyOut(path: string, folder: string): Promise<boolean>;
}

/** What a container is to do, and for whom. */
export interface ContainerRun {
  readonly command: readonly string[];
  /** A name that nobody else has, so that what a killed run left can be found and removed. */
  readonly owner: string;
  readonly limits?: ContainerLimits;
  /** A program of it that is started in place of what the image would start. */
  readonly entrypoint?: string;
  /** It reads what somebody writes, from a terminal or from elsewhere. */
  readonly input?: 'terminal' | 'pipe';
  /** The environment of the engine's command line; ours, where nothing is said. */
  readonly clientEnv?: Readonly<Record<string, string>>;
}

/** The label by which the containers of a run are found. */
export const ownerLabel = 'slipway.owner';

const graceSeconds = 10;
/** The client ends with the container, and by itself only when the engine has forgotten it. */
const clientMs = 120_000;
const stateFormat = '{{.State.Running}} {{.State.ExitCode}} {{if .State.Health}}{{.State.Health.Status}}{{end}}';

type Ports = { readonly exec: Exec; readonly clock: Clock };

/** Makes a container that gets nothing of our environment. */
export async function createContainer(
  ports: Ports,
  wanted: { readonly reference: string; readonly platform: Platform; readonly run: ContainerRun },
): Promise<Container> {
  const { reference, platform, run } = wanted;
  const { exec } = ports;
  const args = ['create', '--pull', 'never', '--platform', platform, '--label', `${ownerLabel}=${run.owner}`];
  if (run.input !== undefined) args.push('--interactive', ...(run.input === 'terminal' ? ['--tty'] : []));
  if (run.entrypoint !== undefined) args.push('--entrypoint', run.entrypoint);
  args.push(...(run.limits === undefined ? [] : limitArgs(run.limits)), reference, ...run.command);
  // To its end, whatever is asked of us meanwhile: a container of which nobody knows the id cannot be removed.
  const env = run.clientEnv === undefined ? {} : { env: run.clientEnv };
  const made = await exec.run('docker', args, { timeoutMs: 60_000, cleanup: true, ...env });
  const id = made.stdout.trim().split('\n').at(-1) ?? '';
  if (made.exitCode !== 0 || !/^[0-9a-f]{64}$/.test(id)) throw createFailed(reference, run, made.stderr);
  const remove = async (): Promise<void> => {
    await exec.run('docker', ['rm', '--force', '--volumes', id], { timeoutMs: 60_000, cleanup: true });
  };
  const image = await imageOf(exec, id).catch(async (error: unknown) => {
    await remove();
    throw error;
  });
  return {
    id,
    image,
    run: (onLine, timeoutMs) => start(ports, { id, onLine, timeoutMs }),
    state: () => stateOf(exec, id),
    attach: () => attach(exec, id),
    stop: (seconds) => stop(exec, id, seconds),
    async copyOut(path, folder) {
      const copied = await exec.run('docker', ['cp', `${id}:${path}`, folder], { timeoutMs: 60_000 });
      return copied.exitCode === 0;
    },
    [Symbol.asyncDispose]: remove,
  };
}

async function imageOf(exec: Exec, id: string): Promise<string> {
  const inspected = await exec.run('docker', ['inspect', '--format', '{{.Image}}', id], { timeoutMs: 30_000 });
  return inspected.stdout.trim();
}

async function stateOf(exec: Exec, id: string): Promise<ContainerState> {
  const result = await exec.run('docker', ['inspect', '--format', stateFormat, id], { timeoutMs: 30_000 });
  const [running, exitCode = '', health = ''] = result.stdout.trim().split(' ');
  return { running: running === 'true', exitCode: Number(exitCode) || 0, health };
}

/** The engine says of a container that never ran that it began in the year 1. */
async function attach(exec: Exec, id: string): Promise<number | undefined> {
  const { exitCode } = await exec.run('docker', ['start', '--attach', '--interactive', id], { attached: true });
  const begun = await exec.run('docker', ['inspect', '--format', '{{.State.StartedAt}}', id], { timeoutMs: 30_000 });
  return begun.stdout.startsWith('0001-') ? undefined : exitCode;
}

async function stop(exec: Exec, id: string, seconds: number): Promise<void> {
  await exec.run('docker', ['stop', '-t', `${seconds}`, id], { timeoutMs: 60_000, cleanup: true });
}

async function start(
  { exec, clock }: Ports,
  run: { readonly id: string; readonly onLine: (line: string) => void; readonly timeoutMs: number },
): Promise<{ readonly exitCode: number; readonly timedOut: boolean }> {
  const { id, onLine, timeoutMs } = run;
  const ended = new AbortController();
  let timedOut = false;
  // A client that is asked to end leaves at once; the container is asked itself, so that its last words are heard.
  const watch = async (): Promise<void> => {
    await clock.sleep(timeoutMs, ended.signal);
    if (ended.signal.aborted) return;
    timedOut = true;
    await stop(exec, id, graceSeconds);
  };
  // What breaks the wait, a request to stop, ends the run as well.
  const watched = watch().catch(() => undefined);
  try {
    const args = ['start', '--attach', id];
    const { exitCode } = await exec.run('docker', args, { timeoutMs: timeoutMs + clientMs, onLine });
    return { exitCode, timedOut };
  } finally {
    ended.abort();
    await watched;
  }
}

function createFailed(reference: string, run: ContainerRun, stderr: string): ToolError {
  return new ToolError({
    code: 'engine-create-failed',
    what: `the engine could not make a container: ${lastLine(stderr)}`,
    where: reference,
    state: 'nothing of this image was published',
    next:
      run.command.length === 0
        ? 'the image has no command of its own: give the test one'
        : 'does the command exist in the image?',
  });
}
