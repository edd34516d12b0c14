import { spawn } from 'node:child_process';
import { root } from './project.ts';

/** A script's expected failure: its message is all that the reader needs. */
export class ScriptError extends Error {
  override name = 'ScriptError';
}

/** Runs a script's body with its arguments; `--help` prints the usage instead, and what it returns is the exit code. */
export async function runScript(usage: string, body: (args: string[]) => Promise<number>): Promise<void> {
  const args = process.argv.slice(2);
  if (args.includes('--help') || args.includes('-h')) {
    process.stdout.write(`${usage.trim()}\n`);
    return;
  }
  try {
    process.exitCode = await body(args);
  } catch (error) {
    const isExpected = error instanceof ScriptError;
    const isUsage = error instanceof TypeError && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS');
    console.error(isExpected || isUsage ? error.message : error);
    process.exitCode = isUsage ? 2 : 1;
  }
}

/** Runs a program that shares our terminal, and returns its exit code. */
export function runVisibly(
  program: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv = process.env,
): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { cwd: root, env, stdio: 'inherit' });
    child.on('error', reject);
    child.on('close', (code) => resolve(code ?? 1));
  });
}
