import { RemoteError } from '../domain/errors.ts';
import { gunzipped } from './gzip.ts';
import { isZstd, unzstd } from './zstd.ts';

/** How content is packed. */
export type Compression = 'none' | 'gzip' | 'zstd';

/** The most that one layer may be when it is unpacked, unless a caller knows better. */
export const maxUnpackedBytes = 64 * 1024 ** 3;

/** What to call content in an error, and how much of it to take. */
export interface UnpackOptions {
  readonly where: string;
  readonly maxBytes?: number;
}

const magicBytes = 4;

/** How content that begins with these bytes is packed. Engines go by the bytes, whatever the media type says, and so do we. */
export function compressionOf(start: Uint8Array): Compression {
  if (start[0] === 0x1f && start[1] === 0x8b) return 'gzip';
  return start.length >= magicBytes && isZstd(start) ? 'zstd' : 'none';
}

/** Unpacks content as it is read, in constant memory. Failures of the content itself, such as a wrong digest, go through as they are. */
export async function* uncompressed(
  content: AsyncIterable<Uint8Array>,
  { where, maxBytes = maxUnpackedBytes }: UnpackOptions,
): AsyncIterable<Uint8Array> {
  const source = watched(content);
  let total = 0;
  try {
    for await (const piece of unpack(await peeked(source.content))) {
      total += piece.length;
      if (total > maxBytes) throw tooLarge(where, maxBytes);
      yield piece;
    }
  } catch (failure) {
    if (failure instanceof RemoteError || source.hasFailed()) throw failure;
    throw damaged(where, failure);
  } finally {
    await source.close();
  }
}

interface Peeked {
  readonly compression: Compression;
  readonly content: AsyncIterable<Uint8Array>;
}

function unpack({ compression, content }: Peeked): AsyncIterable<Uint8Array> {
  if (compression === 'none') return content;
  return compression === 'gzip' ? gunzipped(content) : unzstd(content);
}

/** Reads just enough to see how content is packed, and gives it back whole. */
async function peeked(content: AsyncIterable<Uint8Array>): Promise<Peeked> {
  const source = content[Symbol.asyncIterator]();
  const pieces: Uint8Array[] = [];
  const start: number[] = [];
  while (start.length < magicBytes) {
    const next = await source.next();
    if (next.done === true) break;
    pieces.push(next.value);
    start.push(...next.value.subarray(0, magicBytes - start.length));
  }
  const whole = async function* (): AsyncIterable<Uint8Array> {
    yield* pieces;
    yield* { [Symbol.asyncIterator]: () => source };
  };
  return { compression: compressionOf(Uint8Array.from(start)), content: whole() };
}

/** Content that remembers whether it was itself what failed, and that is closed once, whoever stopped reading it. */
function watched(content: AsyncIterable<Uint8Array>) {
  const source = content[Symbol.asyncIterator]();
  let hasFailed = false;
  const next = async (): Promise<IteratorResult<Uint8Array>> => {
    try {
      return await source.next();
    } catch (failure) {
      hasFailed = true;
      throw failure;
    }
  };
  return {
    content: { [Symbol.asyncIterator]: () => ({ next }) } satisfies AsyncIterable<Uint8Array>,
    hasFailed: () => hasFailed,
    async close() {
      await source.return?.();
    },
  };
}

function tooLarge(where: string, maxBytes: number): RemoteError {
  return new RemoteError({
    code: 'unpacked-too-large',
    what: `unpacked, it has more than ${maxBytes} bytes`,
    where,
    state: 'it was not read to its end, and nothing of it was kept',
    next: 'find out who made it: content that grows so much when it is unpacked is made to fill disks',
  });
}

function damaged(where: string, cause: unknown): RemoteError {
  return new RemoteError({
    code: 'packing-damaged',
    what: `it cannot be unpacked: ${cause instanceof Error ? cause.message : String(cause)}`,
    where,
    state: 'it was not used',
    next: 'build the image again; what the digest names was broken already when it was written',
    cause,
  });
}
