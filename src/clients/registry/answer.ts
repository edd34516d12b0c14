import { z } from 'zod';
import type { HttpResponse } from '../../ports/http.ts';

const maxSkippedBytes = 64 * 1024;
const maxQuotedLength = 200;

const Errors = z.object({
  errors: z.array(z.object({ code: z.string().optional(), message: z.string().nullish() })),
});

/** What a registry says about its refusal. */
export interface Refusal {
  /** The codes of the distribution specification. */
  readonly codes: readonly string[];
  /** One short line that can act on nothing; empty where it says nothing. */
  readonly text: string;
}

/** Reads what nobody needs, so that the connection can serve again; a long one is broken off. */
export async function discard(response: HttpResponse): Promise<void> {
  let size = 0;
  try {
    for await (const piece of response.body) {
      size += piece.length;
      if (size > maxSkippedBytes) break;
    }
  } catch {
    // Nobody wanted the rest of it.
  }
}

/** Reads a refusal; one that is no JSON is quoted as it is. Secrets go before it is cut, lest half of one stays. */
export function readRefusal(text: string, clean: (text: string) => string): Refusal {
  const errors = parse(text);
  if (errors === undefined) return { codes: [], text: text.trimStart().startsWith('<') ? '' : inert(clean(text)) };
  const said = errors.map(({ code, message }) => [code, message].filter(Boolean).join(': ')).join('; ');
  return { codes: errors.flatMap(({ code }) => code ?? []), text: inert(clean(said)) };
}

function parse(text: string): z.infer<typeof Errors>['errors'] | undefined {
  try {
    return Errors.safeParse(JSON.parse(text)).data?.errors;
  } catch {
    return undefined;
  }
}

/** Cuts a foreign text and takes out what could move a cursor, hide or turn around other text. */
function inert(text: string): string {
  const line = text
    .slice(0, 4096)
    .replace(/[\p{C}\p{Z}]+/gu, ' ')
    .trim();
  return line.length > maxQuotedLength ? `${line.slice(0, maxQuotedLength - 1)}…` : line;
}
