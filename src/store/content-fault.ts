import { RemoteError } from '../domain/errors.ts';

const faults = new Set(['content-damaged', 'content-missing', 'manifest-invalid', 'config-invalid', 'not-an-image']);

/** Whether a failure says something about the content, and not about the way to it. */
export function isContentFault(error: unknown): error is RemoteError {
  return error instanceof RemoteError && faults.has(error.code);
}
