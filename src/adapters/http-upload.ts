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
 * A body on its way. A piece is asked for when the socket has let go of the one before, whose memory may then serve again;
 * a pipe of Node would ask earlier.
 */
class Upload extends Readable {
  readonly #pieces: AsyncIterator<Uint8Array>;

  constructor(content: AsyncIterable<Uint8Array>) {
    super();
    this.#pieces = content[Symbol.asyncIterator]();
  }

  override pipe<T extends NodeJS.WritableStream>(request: T): T {
    this.#sendNext(request);
    return request;
  }

  override _read(): void {}

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    const over = (): void => done(error);
    Promise.resolve(this.#pieces.return?.()).then(over, over);
  }

  #sendNext(request: NodeJS.WritableStream): void {
    this.#pieces.next().then(
      (next) => {
        if (this.destroyed) return;
        if (next.done === true) this.#end();
        // Called when the kernel has the bytes, or TLS has made others of them; a request that failed says so itself.
        else request.write(next.value, (error) => (error ? undefined : this.#sendNext(request)));
      },
      (error) => this.destroy(error),
    );
  }

  /** Nobody reads but `pipe`: without a reader the end would not be told. */
  #end(): void {
    this.push(null);
    this.resume();
  }
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
