import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { ScriptError } from '../script.ts';

/** A program with all that it gets. */
export interface Command {
  readonly program: string;
  readonly args: readonly string[];
  readonly env: NodeJS.ProcessEnv;
}

/** How it went; the memory is the most that the program had at once, as far as it was seen. */
export interface Ran {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
  readonly ms: number;
  readonly peakKiB: number;
}

const KILLED = 137;
const LOOK_EVERY_MS = 20;

/** Runs a program from its start to its end; one that takes longer than the limit is killed and counts as failed. */
export function timed({ program, args, env }: Command, limitMs = 300_000): Promise<Ran> {
  return new Promise((resolve, reject) => {
    const startMs = performance.now();
    const child = spawn(program, args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
    const stdout: Buffer[] = [];
    const stderr: Buffer[] = [];
    let peakKiB = 0;
    const look = setInterval(() => {
      peakKiB = Math.max(peakKiB, peakOf(child.pid));
    }, LOOK_EVERY_MS);
    const limit = setTimeout(() => child.kill('SIGKILL'), limitMs);
    const over = (): void => {
      clearInterval(look);
      clearTimeout(limit);
    };
    child.stdout.on('data', (piece: Buffer) => stdout.push(piece));
    child.stderr.on('data', (piece: Buffer) => stderr.push(piece));
    child.on('error', (error) => {
      over();
      reject(new ScriptError(`${program} could not be started: ${error.message}`));
    });
    child.on('close', (code) => {
      over();
      const ms = performance.now() - startMs;
      resolve({
        exitCode: code ?? KILLED,
        stdout: `${Buffer.concat(stdout)}`,
        stderr: `${Buffer.concat(stderr)}`,
        ms,
        peakKiB,
      });
    });
  });
}

/** The same for a program that must succeed. */
export async function timedWell(command: Command): Promise<Ran> {
  const ran = await timed(command);
  if (ran.exitCode === 0) return ran;
  throw new ScriptError(`${[command.program, ...command.args].join(' ')} ended with ${ran.exitCode}\n${ran.stderr}`);
}

function peakOf(pid: number | undefined): number {
  try {
    return Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0);
  } catch {
    return 0;
  }
}
