import { spawn } from 'node:child_process';
import { LabError } from './lab-error.ts';

export interface CommandOptions {
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
}

export interface CommandResult {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

const TAIL_LINES = 15;
const NOT_FOUND = 127;

/** Runs a program without a shell; a failure is a value, a missing program is exit code 127. */
export function attempt(
  program: string,
  args: readonly string[],
  options: CommandOptions = {},
): Promise<CommandResult> {
  return new Promise((resolve) => {
    const child = spawn(program, args, {
      cwd: options.cwd,
      env: { ...process.env, ...options.env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const stdout: Buffer[] = [];
    const stderr: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => stdout.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => stderr.push(chunk));
    const finish = (exitCode: number, extra = ''): void =>
      resolve({
        exitCode,
        stdout: Buffer.concat(stdout).toString('utf8'),
        stderr: Buffer.concat(stderr).toString('utf8') + extra,
      });
    child.on('error', (error) => finish(NOT_FOUND, error.message));
    child.on('close', (code) => finish(code ?? 1));
  });
}

/** Runs a program that must succeed and returns what it printed. */
export async function run(program: string, args: readonly string[], options: CommandOptions = {}): Promise<string> {
  const result = await attempt(program, args, options);
  if (result.exitCode !== 0) {
    const output = lastLines(`${result.stdout}\n${result.stderr}`, TAIL_LINES);
    throw new LabError(`${[program, ...args].join(' ')} ended with exit code ${result.exitCode}\n${output}`);
  }
  return result.stdout;
}

/** The end of a log, which is where programs say what went wrong. */
export function lastLines(text: string, count: number): string {
  return text.trimEnd().split('\n').slice(-count).join('\n');
}
