import { type FileHandle, open } from 'node:fs/promises';
import type { ByteRange } from '../ports/files.ts';
import { onDisk } from './file-error.ts';

/** Large enough that a copy is as fast as the disk, and small enough for several at once. */
const mostPieceBytes = 1024 * 1024;

/** Reads a file, or a part of it, in pieces that are for the reader to keep. */
export async function readStream(path: string, range: ByteRange | undefined): Promise<AsyncIterable<Uint8Array>> {
  const { file, pieceBytes } = await opened(path);
  if (range?.size === 0) {
    await file.close();
    return nothing();
  }
  const part = range === undefined ? {} : { start: range.start, end: range.start + range.size - 1 };
  return lasting(path, file.createReadStream({ ...part, highWaterMark: pieceBytes }));
}

/** Reads a file into three buffers in turn: while the reader has two, the third is being filled. */
export async function readFleeting(path: string): Promise<AsyncIterable<Uint8Array>> {
  const { file, pieceBytes } = await opened(path);
  // Never those of another reading: an upload that was given up may still hold them.
  const buffer = (): Buffer => Buffer.allocUnsafeSlow(pieceBytes);
  return inTurn(path, file, [buffer(), buffer(), buffer()]);
}

/** Opens before anybody reads, so that a missing file is an answer and not an error in the middle. */
async function opened(path: string): Promise<{ readonly file: FileHandle; readonly pieceBytes: number }> {
  const file = await open(path);
  // No larger than the file: each reading has buffers of this size.
  const { size } = await file.stat();
  return { file, pieceBytes: Math.min(mostPieceBytes, Math.max(size, 1)) };
}

async function* nothing(): AsyncIterable<Uint8Array> {}

async function* lasting(path: string, stream: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
  const source = stream[Symbol.asyncIterator]();
  try {
    while (true) {
      const next = await onDisk(path, () => source.next());
      if (next.done) return;
      yield next.value;
    }
  } finally {
    // Closes the file when the reader stops early.
    await source.return?.();
  }
}

async function* inTurn(
  path: string,
  file: FileHandle,
  buffers: readonly [Buffer, Buffer, Buffer],
): AsyncIterable<Uint8Array> {
  // The one that the reader has longest comes first.
  let [older, newer, free] = buffers;
  try {
    let filling = fill(path, file, free);
    while (true) {
      const piece = await filling;
      if (piece.length === 0) return;
      [older, newer, free] = [newer, free, older];
      filling = fill(path, file, free);
      yield piece;
    }
  } finally {
    // Waits for what is being read.
    await file.close();
  }
}

function fill(path: string, file: FileHandle, buffer: Buffer): Promise<Uint8Array> {
  const filling = onDisk(path, async () => {
    const { bytesRead } = await file.read(buffer, 0, buffer.length, null);
    return buffer.subarray(0, bytesRead);
  });
  // A failure is told to whoever asks for the piece, if anybody does.
  filling.catch(() => {});
  return filling;
}
