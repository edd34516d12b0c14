import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { ServedResponse } from '../ports/http-server.ts';

/** Writes what a handler answered; a body that fails closes the connection, so that no part of it looks whole. */
export async function writeAnswer(
  request: IncomingMessage,
  response: ServerResponse,
  answer: ServedResponse,
): Promise<void> {
  try {
    const { body } = answer;
    const headers: Record<string, string> = {};
    for (const [name, value] of Object.entries(answer.headers ?? {})) headers[name.toLowerCase()] = value;
    if (body instanceof Uint8Array) headers['content-length'] ??= String(body.length);
    if (body === undefined && bodyAllowed(request, answer.status)) headers['content-length'] ??= '0';
    response.writeHead(answer.status, headers);
    if (body === undefined || !bodyAllowed(request, answer.status)) await skip(body);
    else await writeBody(response, body instanceof Uint8Array ? [body] : body, headers['content-length']);
    response.end();
  } catch {
    response.destroy();
  }
}

/** Says that something went wrong here, and nothing about what. */
export function writeFailure(response: ServerResponse): void {
  // What is left of the request is not worth reading, so the connection is of no further use.
  response.writeHead(500, { 'content-length': '0', connection: 'close' }).end();
}

function bodyAllowed(request: IncomingMessage, status: number): boolean {
  return request.method !== 'HEAD' && status !== 204 && status !== 304;
}

/** Lets a source that is not read give back what it holds open. */
async function skip(body: ServedResponse['body']): Promise<void> {
  if (body === undefined || body instanceof Uint8Array) return;
  await body[Symbol.asyncIterator]().return?.();
}

async function writeBody(
  response: ServerResponse,
  body: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
  announced: string | undefined,
): Promise<void> {
  let size = 0;
  for await (const piece of body) {
    if (response.destroyed) return;
    size += piece.length;
    if (!response.write(piece)) await drained(response);
  }
  if (announced !== undefined && Number(announced) !== size) {
    throw new Error(`a body of ${size} bytes was announced with ${announced}`);
  }
}

/** Waits for a slow client; one that has left will never be ready. */
async function drained(response: ServerResponse): Promise<void> {
  if (response.destroyed) return;
  const waiting = new AbortController();
  const { signal } = waiting;
  try {
    await Promise.race([once(response, 'drain', { signal }), once(response, 'close', { signal })]);
  } finally {
    waiting.abort();
  }
}
