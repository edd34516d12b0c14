/** Something the reader can act on; anything else that is thrown is our own bug. */
export class LabError extends Error {
  readonly exitCode: number;

  constructor(message: string, exitCode = 1) {
    super(message);
    this.name = 'LabError';
    this.exitCode = exitCode;
  }
}

/** The exit code of "this machine lacks something that only you can install". */
export const MISSING_PREREQUISITE = 4;

/** Is it a system error of this kind? Errors of another realm are no `instanceof Error`, so the code decides. */
export function hasCode(error: unknown, code: string): boolean {
  return typeof error === 'object' && error !== null && 'code' in error && error.code === code;
}

/** Is it a file system "no such file"? */
export function isNotFound(error: unknown): boolean {
  return hasCode(error, 'ENOENT');
}
