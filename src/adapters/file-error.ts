import { SlipwayError, ToolError } from '../domain/errors.ts';
import { errorCode } from './error-code.ts';

/** Runs a disk operation; an error of the system becomes one that names the path and says what to do. */
export async function onDisk<T>(path: string, operation: () => Promise<T>): Promise<T> {
  try {
    return await operation();
  } catch (error) {
    throw fileError(path, error);
  }
}

/** As onDisk, but what is missing gives `absent`. */
export async function ifPresent<T, A>(path: string, absent: A, operation: () => Promise<T>): Promise<T | A> {
  try {
    return await operation();
  } catch (error) {
    // ENOTDIR: below a file there is nothing.
    if (['ENOENT', 'ENOTDIR'].includes(errorCode(error) ?? '')) return absent;
    throw fileError(path, error);
  }
}

function fileError(path: string, error: unknown): unknown {
  const code = errorCode(error);
  // Without a code it comes from the content that was to be written, not from the disk.
  if (code === undefined || error instanceof SlipwayError) return error;
  const parts = { where: path, state: 'the file is as it was before', cause: error };
  switch (code) {
    case 'ENOSPC':
    case 'EDQUOT':
      return new ToolError({ ...parts, code: 'disk-full', what: 'the disk is full', next: 'free space and run again' });
    case 'EACCES':
    case 'EPERM':
    case 'EROFS': {
      const what = `the system denies access (${code})`;
      return new ToolError({ ...parts, code: 'file-denied', what, next: 'give this user access to the path' });
    }
    case 'ENOENT':
      return new ToolError({ ...parts, code: 'file-missing', what: 'it does not exist', next: 'check the path' });
    default: {
      const what = `the disk operation failed (${code})`;
      return new ToolError({ ...parts, code: 'file-failed', what, next: 'check the path and the disk' });
    }
  }
}
