import type { IncomingMessage } from 'node:http';
import { RemoteError, SlipwayError } from '../domain/errors.ts';
import { brokenOff, NobodyReadsError, tooLarge } from './http-error.ts';
import type { Exchange } from './http-exchange.ts';

const aheadBytes = 64 * 1024;

/** The body of an answer. */
export interface HttpBody {
  readonly content: AsyncIterable<Uint8Array>;
  bytes(maxBytes: number): Promise<Uint8Array>;
  /** Its beginning, as much as arrives; the rest is not waited for. */
  beginning(maxBytes: number): Promise<Uint8Array>;
  /** Nobody will read it. */
  discard(): void;
}

/**
 * The body of a message. Its beginning is read without being asked, so that the connection of a short answer becomes
 * free even if nobody reads it; the connection of a long one that nobody reads is closed after a while.
 */
export function bodyOf(message: IncomingMessage, exchange: Exchange, url: URL, idleMs: number): HttpBody {
  // The signal of a request no longer reaches an answer whose request was sent to its end.
  exchange.signal.addEventListener('abort', () => message.destroy(), { once: true });
  const source = complete(message, exchange, url);
  const ahead = readAhead(source);
  const abandon = setTimeout(() => {
    exchange.abort(new NobodyReadsError(idleMs));
    exchange.finish();
  }, idleMs);
  // What went wrong is told to the reader, if there is one.
  ahead
    .then(
      (start) => start.ended && clearTimeout(abandon),
      () => clearTimeout(abandon),
    )
    .catch(() => {});

  async function* content(): AsyncIterable<Uint8Array> {
    clearTimeout(abandon);
    try {
      const { pieces, ended } = await ahead;
      yield* pieces;
      if (!ended) yield* { [Symbol.asyncIterator]: () => source };
    } finally {
      // A reader that stops early closes the connection: the rest may be gigabytes.
      if (!exchange.finished) message.destroy();
      exchange.finish();
    }
  }

  let taken = false;
  const body = {
    [Symbol.asyncIterator]() {
      // A second reader would find nothing, and take it for an empty body.
      if (taken) throw new Error('the body of an answer can be read only once');
      taken = true;
      return content()[Symbol.asyncIterator]();
    },
  };
  return {
    content: body,
    async bytes(maxBytes) {
      const pieces: Uint8Array[] = [];
      let size = 0;
      for await (const piece of body) {
        size += piece.length;
        if (size > maxBytes) throw tooLarge(url, maxBytes);
        pieces.push(piece);
      }
      return Buffer.concat(pieces);
    },
    async beginning(maxBytes) {
      const pieces: Uint8Array[] = [];
      let size = 0;
      try {
        for await (const piece of body) {
          pieces.push(piece.subarray(0, maxBytes - size));
          size += piece.length;
          if (size >= maxBytes) break;
        }
      } catch (error) {
        // A refusal whose words broke off is a refusal all the same.
        if (!(error instanceof RemoteError)) throw error;
      }
      return Buffer.concat(pieces);
    },
    discard() {
      clearTimeout(abandon);
      if (!exchange.finished) message.destroy();
      exchange.finish();
    },
  };
}

/** Hands on what arrives, and throws unless the message came to its proper end. */
async function* complete(message: IncomingMessage, exchange: Exchange, url: URL): AsyncGenerator<Uint8Array, void> {
  const source: AsyncIterator<Uint8Array> = message[Symbol.asyncIterator]();
  try {
    while (true) {
      const next = await exchange.wait(source.next());
      if (next.done) break;
      exchange.touch(next.value.length);
      yield next.value;
    }
  } catch (error) {
    exchange.finish();
    throw error instanceof SlipwayError ? error : brokenOff(url, error);
  }
  exchange.finish();
  if (!message.complete) throw brokenOff(url, exchange.signal.reason);
}

interface Start {
  readonly pieces: readonly Uint8Array[];
  readonly ended: boolean;
}

async function readAhead(source: AsyncIterator<Uint8Array>): Promise<Start> {
  const pieces: Uint8Array[] = [];
  for (let size = 0; size < aheadBytes; ) {
    const next = await source.next();
    if (next.done) return { pieces, ended: true };
    pieces.push(next.value);
    size += next.value.length;
  }
  return { pieces, ended: false };
}

/** A body that was read already. */
export function bodyIn(bytes: Uint8Array, url: URL): Pick<HttpBody, 'content' | 'bytes'> {
  let taken = false;
  async function* content(): AsyncIterable<Uint8Array> {
    if (taken) throw new Error('the body of an answer can be read only once');
    taken = true;
    if (bytes.length > 0) yield bytes;
  }
  const body = { [Symbol.asyncIterator]: () => content()[Symbol.asyncIterator]() };
  return {
    content: body,
    async bytes(maxBytes) {
      if (bytes.length > maxBytes) throw tooLarge(url, maxBytes);
      const pieces: Uint8Array[] = [];
      for await (const piece of body) pieces.push(piece);
      return Buffer.concat(pieces);
    },
  };
}
