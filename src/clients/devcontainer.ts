import type { z } from 'zod';
import { ReadConfiguration, resultIn, StartedContainer } from '../formats/devcontainer-result.ts';
import type { Exec, ExecResult } from '../ports/exec.ts';
import { type CliCall, cliFailed, cliSilent } from './devcontainer-failure.ts';

/** The CLI of dev containers as a program: what to start, and the arguments that come first. */
export interface DevcontainerProgram {
  readonly program: string;
  readonly args: readonly string[];
}

/** Which configuration of which folder is meant. */
export interface DevcontainerSubject {
  readonly folder: string;
  readonly config: string;
  /** The committed lock file is to be held; without one none is written. */
  readonly isLocked: boolean;
}

/** One build of an image. */
export interface DevcontainerBuild {
  readonly imageName: string;
  /** The folder in which it lands as an OCI layout; into the engine where it is absent. */
  readonly store?: string | undefined;
  readonly platforms: readonly string[];
  readonly cacheFrom: readonly string[];
  readonly cacheTo?: string | undefined;
  readonly noCache: boolean;
}

/** One start of a container from an image that is there. */
export interface DevcontainerStart {
  /** The file of a configuration that names the image. */
  readonly override: string;
  /** The label by which the container is found again; no other has it. */
  readonly label: string;
  readonly updateUid: boolean;
  /** The hooks run at once, with the variables of this file; without it they do not run. */
  readonly secrets?: string | undefined;
}

/** Hears what the CLI and the tools below it say. */
export type TakeLine = (line: string) => void;

const buildMs = 6 * 3_600_000;
const startMs = 1_800_000;

/** The CLI of dev containers, spoken to by arguments and by the JSON that it prints. */
export class DevcontainerCli {
  readonly #exec: Exec;
  readonly #cli: DevcontainerProgram;
  readonly #subject: DevcontainerSubject;
  readonly #onLine: TakeLine;

  constructor(exec: Exec, cli: DevcontainerProgram, options: { subject: DevcontainerSubject; onLine: TakeLine }) {
    this.#exec = exec;
    this.#cli = cli;
    this.#subject = options.subject;
    this.#onLine = options.onLine;
  }

  /** What the configuration and its Features come to. */
  async readConfiguration(): Promise<ReadConfiguration> {
    const args = [...this.#subjectArgs(), '--include-features-configuration'];
    return this.#json('read-configuration', args, ReadConfiguration);
  }

  /** Builds the image. */
  async build(build: DevcontainerBuild): Promise<void> {
    const { store, platforms, cacheTo } = build;
    const args = [
      ...this.#subjectArgs(),
      ...this.#lockArgs(),
      ...['--image-name', build.imageName],
      ...build.cacheFrom.flatMap((one) => ['--cache-from', one]),
      ...(cacheTo === undefined ? [] : ['--cache-to', cacheTo]),
      ...(build.noCache ? ['--no-cache'] : []),
      ...(platforms.length === 0 ? [] : ['--platform', platforms.join(',')]),
      ...(store === undefined ? [] : ['--output', `type=oci,tar=false,dest=${store}`]),
    ];
    await this.#checked('build', args, buildMs);
  }

  /** Starts a container; nothing is built for that, but the layer that gives the user our number. */
  async up({ override, label, updateUid, secrets }: DevcontainerStart): Promise<StartedContainer> {
    const args = [
      ...this.#subjectArgs(),
      ...['--override-config', override, '--id-label', label, '--no-lockfile'],
      ...(secrets === undefined ? ['--skip-post-create'] : ['--secrets-file', secrets]),
      ...['--update-remote-user-uid-default', updateUid ? 'on' : 'off'],
    ];
    return this.#json('up', args, StartedContainer);
  }

  /** Runs the hooks of a container that was started without them. Secrets are read from a file, and no argument has them. */
  async runHooks({ override, label, secrets }: { override: string; label: string; secrets: string }): Promise<void> {
    const args = [
      ...this.#subjectArgs(),
      ...['--override-config', override, '--id-label', label, '--secrets-file', secrets],
    ];
    await this.#checked('run-user-commands', args, startMs);
  }

  /** Runs a program in a container as its user, with the environment that a person would have in a terminal there. */
  async exec(started: { override: string; label: string }, command: readonly string[]): Promise<ExecResult> {
    const { override, label } = started;
    const args = [...this.#subjectArgs(), '--override-config', override, '--id-label', label, ...command];
    return this.#run('exec', args, { timeoutMs: startMs, isQuiet: true });
  }

  #subjectArgs(): readonly string[] {
    return ['--workspace-folder', this.#subject.folder, '--config', this.#subject.config];
  }

  /** A lock file that is not committed would be written into the checkout, and change the next hash. */
  #lockArgs(): readonly string[] {
    return [this.#subject.isLocked ? '--frozen-lockfile' : '--no-lockfile'];
  }

  async #json<T>(command: string, args: readonly string[], schema: z.ZodType<T>): Promise<T> {
    const result = await this.#checked(command, args, startMs);
    const read = schema.safeParse(resultIn(result.stdout));
    if (!read.success) throw cliSilent(this.#call(command), result);
    return read.data;
  }

  async #checked(command: string, args: readonly string[], timeoutMs: number): Promise<ExecResult> {
    const result = await this.#run(command, args, { timeoutMs, isQuiet: false });
    if (result.exitCode !== 0) throw cliFailed(this.#call(command), result);
    return result;
  }

  #run(command: string, args: readonly string[], how: { timeoutMs: number; isQuiet: boolean }): Promise<ExecResult> {
    const { folder: cwd } = this.#subject;
    const onLine = (line: string, stream: 'stdout' | 'stderr'): void => {
      if (stream === 'stderr') this.#onLine(line);
    };
    const words = [...this.#cli.args, command, ...args];
    const { timeoutMs } = how;
    return this.#exec.run(this.#cli.program, words, { cwd, timeoutMs, ...(how.isQuiet ? {} : { onLine }) });
  }

  #call(command: string): CliCall {
    const { config: where } = this.#subject;
    return { command, where, state: command === 'build' ? 'nothing was published' : 'the command was not run' };
  }
}
