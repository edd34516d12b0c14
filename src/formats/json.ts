import type { z } from 'zod';
import { RemoteError } from '../domain/errors.ts';

/** The largest document that we read from outside. */
export const maxDocumentBytes = 4 * 1024 * 1024;

/** Nobody's document is nested so deeply; what reads it later may call itself for every level. */
const maxDepth = 200;

/** Reads JSON that came from outside against a schema; what does not fit is an error that names the field. */
export function readJson<T>(
  content: Uint8Array | string,
  schema: z.ZodType<T>,
  about: {
    readonly code: string;
    readonly what: string;
    readonly where: string;
    readonly next: string;
    readonly maxBytes?: number;
  },
): T {
  const { maxBytes = maxDocumentBytes } = about;
  const refuse = (why: string, cause?: unknown): RemoteError =>
    new RemoteError({
      code: about.code,
      what: `${about.what} ${why}`,
      where: about.where,
      state: 'it was not used',
      next: about.next,
      cause,
    });
  if (content.length > maxBytes) throw refuse(`is larger than ${maxBytes} bytes`);
  let value: unknown;
  let text: string;
  try {
    text = typeof content === 'string' ? content : new TextDecoder('utf-8', { fatal: true }).decode(content);
    value = JSON.parse(text);
  } catch (cause) {
    throw refuse('is not JSON', cause);
  }
  if (isDeeperThan(text, maxDepth)) throw refuse(`is nested more than ${maxDepth} levels deep`);
  const read = schema.safeParse(value);
  if (read.success) return read.data;
  const issue = read.error.issues[0];
  throw refuse(
    `does not fit: ${issue === undefined ? 'unknown' : `${issue.path.join('.').slice(0, 160) || 'the document'}: ${issue.message}`}`,
  );
}

/** Counts the brackets of a text that is JSON; those within its texts do not count. */
function isDeeperThan(text: string, levels: number): boolean {
  let depth = 0;
  let isInText = false;
  for (let at = 0; at < text.length; at += 1) {
    const sign = text[at];
    if (sign === '"') isInText = !isInText;
    else if (isInText) at += sign === '\\' ? 1 : 0;
    else if (sign === '[' || sign === '{') depth += 1;
    else if (sign === ']' || sign === '}') depth -= 1;
    if (depth > levels) return true;
  }
  return false;
}
