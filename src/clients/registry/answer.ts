import { z } from 'zod';
import { readJson } from '../../formats/json.ts';
import type { HttpResponse } from '../../ports/http.ts';

const maxErrorBytes = 64 * 1024;

const Errors = z.object({
  errors: z.array(z.object({ code: z.string().optional(), message: z.string().nullish() })),
});

/** Reads what nobody needs, so that the connection can serve again; a long one is broken off. */
export async function discard(response: HttpResponse): Promise<void> {
  let size = 0;
  try {
    for await (const piece of response.body) {
      size += piece.length;
      if (size > maxErrorBytes) break;
    }
  } catch {
    // Nobody wanted the rest of it.
  }
}

/** What a registry says about its refusal, in one short line that can act on nothing; empty where it says nothing. */
export async function refusalText(response: HttpResponse): Promise<string> {
  try {
    const bytes = await response.bytes(maxErrorBytes);
    const { errors } = readJson(bytes, Errors, { code: 'unused', what: 'the refusal', where: 'registry', next: '' });
    return inert(errors.map(({ code, message }) => [code, message].filter(Boolean).join(': ')).join('; '));
  } catch {
    await discard(response);
    return '';
  }
}

/** Cuts a foreign text and takes out what could move a cursor, hide or turn around other text. */
function inert(text: string): string {
  const line = text
    .slice(0, 4096)
    .replace(/[\p{C}\p{Z}]+/gu, ' ')
    .trim();
  return line.length > 200 ? `${line.slice(0, 199)}…` : line;
}
