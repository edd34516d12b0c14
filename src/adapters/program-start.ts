import { stat } from 'node:fs/promises';
import { ToolError } from '../domain/errors.ts';
import type { ExecResult } from '../ports/exec.ts';
import { errorCode } from './error-code.ts';

/** What a program leaves that could not be started; the system says ENOENT for a missing folder too. */
export async function notStarted(program: string, cwd: string | undefined, error: unknown): Promise<ExecResult> {
  if (cwd !== undefined && !(await isFolder(cwd))) {
    throw new ToolError({
      code: 'folder-missing',
      what: `${program} cannot run in a folder that does not exist`,
      where: cwd,
      state: `${program} was not started`,
      next: 'make the folder, or name another one',
      cause: error,
    });
  }
  const code = errorCode(error);
  // 127 and 126 are what every shell answers.
  if (code === 'ENOENT') return { exitCode: 127, stdout: '', stderr: `${program}: not found` };
  if (code === 'EACCES') return { exitCode: 126, stdout: '', stderr: `${program}: not executable` };
  throw new ToolError({
    code: 'program-not-started',
    what: `the system did not start ${program}${code === undefined ? '' : ` (${code})`}`,
    state: `${program} did nothing`,
    next: code === 'E2BIG' ? 'give it fewer or shorter arguments' : 'free memory and processes, then run again',
    cause: error,
  });
}

async function isFolder(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch {
    return false;
  }
}
