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
  const upload = new Upload(watched(content, size, exchange, url));
  // The client library ends the request when the stream closes: unless it is aborted first, half a body looks whole.
  upload.on('error', (error) => exchange.abort(new UploadFailure(error)));
  return upload;
}

/**
 * A body on its way. While the socket has one piece the next one is made ready, and no more: the memory of the one before
 * may serve again then. A pipe of Node would ask for more.
 */
class Upload extends Readable {
  readonly #pieces: AsyncIterator<Uint8Array>;

  constructor(content: AsyncIterable<Uint8Array>) {
    super();
    this.#pieces = content[Symbol.asyncIterator]();
  }

  override pipe<T extends NodeJS.WritableStream>(request: T): T {
    this.#send(request).catch((error) => this.destroy(error));
    return request;
  }

  override _read(): void {}

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    const over = (): void => done(error);
    Promise.resolve(this.#pieces.return?.()).then(over, over);
  }

  async #send(request: NodeJS.WritableStream): Promise<void> {
    let taken = Promise.resolve();
    for (let next = await this.#pieces.next(); next.done !== true; next = await this.#pieces.next()) {
      await taken;
      if (this.destroyed) return;
      taken = written(request, next.value);
    }
    await taken;
    if (this.destroyed) return;
    // Nobody reads but `pipe`: without a reader the end would not be told.
    this.push(null);
    this.resume();
  }
}

/** Resolves when the kernel has the bytes, or TLS has made others of them; never where the request failed, which says so itself. */
function written(request: NodeJS.WritableStream, piece: Uint8Array): Promise<void> {
  return new Promise((resolve) => {
    request.write(piece, (error) => (error ? undefined : resolve()));
  });
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
