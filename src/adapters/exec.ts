import { type ChildProcess, spawn } from 'node:child_process';
import { constants } from 'node:os';
import type { Readable } from 'node:stream';
import { scrubbedEnv } from '../domain/scrubbed-env.ts';
import type { Exec, ExecOptions, ExecResult } from '../ports/exec.ts';
import type { Signals } from '../ports/signals.ts';
import { runAttached } from './attached-program.ts';
import { onCancel } from './cancellation.ts';
import { readEnv } from './env.ts';
import { createLineSplitter } from './line-splitter.ts';
import { createOutputTail, type OutputTail } from './output-tail.ts';
import { followGroup } from './process-group.ts';
import { notStarted } from './program-start.ts';

const keptBytes = 1024 * 1024;
const maxLineLength = 64 * 1024;
/** How long a helper that outlives its program may hold the output open. */
const leftoverMs = 2_000;
const timedOutCode = 124;

/** Runs programs of this machine; all of them end when we are asked to stop, and none outlives our process. */
export function createExec(signals: Signals): Exec {
  return {
    async run(program, args, options = {}) {
      // What was made is removed also after a request to stop.
      if (options.cleanup !== true) signals.cancelled.throwIfAborted();
      const stdin = options.stdin === undefined ? 'ignore' : 'pipe';
      const { cwd } = options;
      // Who needs what belongs to the runner, or a password that is an input, is given it by name.
      const env = options.env ?? scrubbedEnv(readEnv());
      if (options.attached === true) return runAttached(program, args, { ...options, env }, signals);
      let child: ChildProcess;
      try {
        // Detached makes it the leader of a group, so that what it starts can be ended with it.
        child = spawn(program, args, { cwd, env, detached: true, stdio: [stdin, 'pipe', 'pipe'] });
      } catch (error) {
        return notStarted(program, cwd, error);
      }
      return follow(child, program, options, signals);
    },
  };
}

interface Ending {
  readonly exitCode: number;
  readonly leftovers: boolean;
}

async function follow(
  child: ChildProcess,
  program: string,
  options: ExecOptions,
  signals: Signals,
): Promise<ExecResult> {
  // Read now: the streams exist even when the program could not be started, and listeners must be there in this tick.
  const ending = childEnding(child);
  const { pid } = child;
  if (pid === undefined) return notStarted(program, options.cwd, await ending.catch((error: unknown) => error));

  const group = followGroup(pid, options.graceMs);
  let failure: { readonly reason: unknown } | undefined;
  let timedOut = false;
  const fail = (reason: unknown): void => {
    failure ??= { reason };
    group.stop();
  };
  const stdout = capture(child.stdout, lineTaker('stdout', options, fail));
  const stderr = capture(child.stderr, lineTaker('stderr', options, fail));
  const forget = options.cleanup === true ? () => {} : onCancel(signals, () => fail(signals.cancelled.reason));
  const timer =
    options.timeoutMs === undefined
      ? undefined
      : setTimeout(() => {
          timedOut = true;
          group.stop();
        }, options.timeoutMs);
  feed(child, options.stdin);

  const { exitCode, leftovers } = await ending;
  clearTimeout(timer);
  forget();
  stdout.end();
  stderr.end();
  group.ended({ insist: timedOut || failure !== undefined, leftovers });
  if (failure !== undefined) throw failure.reason;
  return { exitCode: timedOut ? timedOutCode : exitCode, stdout: stdout.tail.text(), stderr: stderr.tail.text() };
}

/** Ends when the program has ended and its output too, or a helper has held the output open for too long. */
function childEnding(child: ChildProcess): Promise<Ending> {
  return new Promise((resolve, reject) => {
    let timer: NodeJS.Timeout | undefined;
    child.on('error', reject);
    child.on('exit', (code, signal) => {
      timer = setTimeout(() => {
        child.stdout?.destroy();
        child.stderr?.destroy();
        resolve({ exitCode: codeOf(code, signal), leftovers: true });
      }, leftoverMs);
    });
    child.on('close', (code, signal) => {
      clearTimeout(timer);
      resolve({ exitCode: codeOf(code, signal), leftovers: false });
    });
  });
}

/** A program that a signal ended has the exit code that a shell would give it. */
function codeOf(code: number | null, signal: NodeJS.Signals | null): number {
  return code ?? 128 + (signal === null ? 0 : constants.signals[signal]);
}

type TakeLine = ((line: string) => void) | undefined;

/** An exception of the listener ends the program: thrown into an event it would end the whole process. */
function lineTaker(stream: 'stdout' | 'stderr', options: ExecOptions, fail: (reason: unknown) => void): TakeLine {
  const { onLine } = options;
  if (onLine === undefined) return undefined;
  return (line) => {
    try {
      onLine(line, stream);
    } catch (error) {
      fail(error);
    }
  };
}

function capture(stream: Readable | null, takeLine: TakeLine): { readonly tail: OutputTail; end(): void } {
  const tail = createOutputTail(keptBytes);
  const lines = takeLine === undefined ? undefined : createLineSplitter(maxLineLength, takeLine);
  stream?.on('data', (piece: Buffer) => {
    tail.add(piece);
    lines?.add(piece);
  });
  return { tail, end: () => lines?.end() };
}

function feed(child: ChildProcess, stdin: ExecOptions['stdin']): void {
  // A program need not read all of its input (EPIPE); whether that was a problem, its exit code says.
  child.stdin?.on('error', () => {});
  child.stdin?.end(stdin);
}
