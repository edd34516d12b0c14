import { Readable } from 'node:stream';
import type { HttpRequest } from '../ports/http.ts';
import { uploadSizeWrong } from './http-error.ts';
import type { Exchange } from './http-exchange.ts';

/** The size of what a request sends, if it sends anything. */
export function uploadSize(body: HttpRequest['body']): number | undefined {
  return body instanceof Uint8Array ? body.length : body?.size;
}

/** What an attempt sends, from its beginning; a failure of the content aborts the attempt with that failure. */
export async function openUpload(body: HttpRequest['body'], exchange: Exchange, url: URL): Promise<Readable | null> {
  if (body === undefined) return null;
  const size = uploadSize(body) ?? 0;
  // An empty stream would be sent in chunks, which some registries refuse; no stream is an empty body.
  if (size === 0) return null;
  const content = body instanceof Uint8Array ? [body] : await body.open();
  const upload = Readable.from(watched(content, size, exchange, url), { objectMode: false });
  // The client library ends the request when the stream closes: unless it is aborted first, half a body looks whole.
  upload.on('error', (error) => exchange.abort(new UploadFailure(error)));
  return upload;
}

/** Carries what the content of an upload threw, which another attempt would not mend. */
export class UploadFailure extends Error {
  constructor(cause: unknown) {
    super('the content of an upload failed', { cause });
  }
}

async function* watched(
  content: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
  size: number,
  exchange: Exchange,
  url: URL,
): AsyncIterable<Uint8Array> {
  let sent = 0;
  for await (const piece of content) {
    sent += piece.length;
    if (sent > size) throw uploadSizeWrong(url, size, sent);
    exchange.touch(piece.length);
    yield piece;
  }
  if (sent !== size) throw uploadSizeWrong(url, size, sent);
}
