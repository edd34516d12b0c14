import { type ChildProcess, spawn } from 'node:child_process';
import { constants } from 'node:os';
import type { ExecOptions, ExecResult } from '../ports/exec.ts';
import type { Signals } from '../ports/signals.ts';
import { atExit } from './at-exit.ts';
import { onCancel } from './cancellation.ts';
import { notStarted } from './program-start.ts';

const usualGraceMs = 5_000;

/** A program that has our input and our output, as a shell would start it. It ends when we are asked to stop, and does not outlive us. */
export async function runAttached(
  program: string,
  args: readonly string[],
  options: Pick<ExecOptions, 'cwd' | 'env' | 'graceMs'>,
  signals: Signals,
): Promise<ExecResult> {
  const { cwd, env, graceMs = usualGraceMs } = options;
  let child: ChildProcess;
  try {
    // In our own group: the leader of another one could not read from our terminal, nor hear that its window changed.
    child = spawn(program, args, { cwd, env, stdio: 'inherit' });
  } catch (error) {
    return notStarted(program, cwd, error);
  }
  const ending = new Promise<number>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => resolve(code ?? 128 + (signal === null ? 0 : constants.signals[signal])));
  });
  if (child.pid === undefined) return notStarted(program, cwd, await ending.catch((error: unknown) => error));
  const end = (): void => void child.kill('SIGKILL');
  const stay = atExit(end);
  let grace: NodeJS.Timeout | undefined;
  const forget = onCancel(signals, () => {
    child.kill('SIGTERM');
    grace = setTimeout(end, graceMs);
  });
  try {
    const exitCode = await ending;
    signals.cancelled.throwIfAborted();
    return { exitCode, stdout: '', stderr: '' };
  } finally {
    clearTimeout(grace);
    forget();
    stay();
  }
}
