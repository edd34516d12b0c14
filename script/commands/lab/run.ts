import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { dockerEnvironment } from './docker-config.ts';
import { LabError } from './lab-error.ts';
import type { Layout } from './layout.ts';
import { readState } from './state.ts';

const FORWARDED: readonly NodeJS.Signals[] = ['SIGINT', 'SIGTERM'];

/** Runs a command in the lab's surroundings and returns its exit code. */
export async function runInLab(layout: Layout, command: readonly string[]): Promise<number> {
  const [program, ...args] = command;
  if (program === undefined) throw new LabError('run needs a command: script/lab run -- docker version', 2);
  const state = readState(layout.stateFile);
  if (state === undefined) throw new LabError('the lab is not up: script/lab up');
  const env = {
    ...process.env,
    ...dockerEnvironment(layout, state.docker.host),
    PATH: `${state.path}:${process.env.PATH ?? ''}`,
  };
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { env, stdio: 'inherit' });
    // The terminal sends an interrupt to the command too; the command decides what it means.
    for (const signal of FORWARDED) process.on(signal, () => child.kill(signal));
    child.on('error', (error) => reject(new LabError(`${program}: ${error.message}`, 127)));
    child.on('close', (code, signal) => resolve(code ?? 128 + (signal === null ? 0 : constants.signals[signal])));
  });
}
