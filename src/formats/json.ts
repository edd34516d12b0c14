import type { z } from 'zod';
import { RemoteError } from '../domain/errors.ts';

/** The largest document that we read from outside. */
export const maxDocumentBytes = 4 * 1024 * 1024;

/** Reads JSON that came from outside against a schema; what does not fit is an error that names the field. */
export function readJson<T>(
  content: Uint8Array | string,
  schema: z.ZodType<T>,
  about: { readonly code: string; readonly what: string; readonly where: string; readonly next: string },
): T {
  const refuse = (why: string, cause?: unknown): RemoteError =>
    new RemoteError({
      code: about.code,
      what: `${about.what} ${why}`,
      where: about.where,
      state: 'it was not used',
      next: about.next,
      cause,
    });
  if (content.length > maxDocumentBytes) throw refuse(`is larger than ${maxDocumentBytes} bytes`);
  let value: unknown;
  try {
    value = JSON.parse(
      typeof content === 'string' ? content : new TextDecoder('utf-8', { fatal: true }).decode(content),
    );
  } catch (cause) {
    throw refuse('is not JSON', cause);
  }
  const read = schema.safeParse(value);
  if (read.success) return read.data;
  const issue = read.error.issues[0];
  throw refuse(
    `does not fit: ${issue === undefined ? 'unknown' : `${issue.path.join('.') || 'the document'}: ${issue.message}`}`,
  );
}
