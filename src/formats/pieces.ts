/** Content that is in memory already, as something to be read piece by piece. */
export async function* piecesOf(bytes: Uint8Array): AsyncIterable<Uint8Array> {
  yield bytes;
}

/** All bytes of a content, or `undefined` as soon as there are more than `maxBytes`. */
export async function bytesOf(content: AsyncIterable<Uint8Array>, maxBytes: number): Promise<Uint8Array | undefined> {
  const pieces: Uint8Array[] = [];
  let size = 0;
  for await (const piece of content) {
    size += piece.length;
    if (size > maxBytes) return undefined;
    pieces.push(piece);
  }
  const bytes = new Uint8Array(size);
  let at = 0;
  for (const piece of pieces) {
    bytes.set(piece, at);
    at += piece.length;
  }
  return bytes;
}

/**
 * The bytes from `start` up to and with `last`. The whole content is read all the same, and the final piece is held back until its end:
 * where the content throws at its end because it is damaged, the reader never sees a complete answer.
 */
export async function* heldBack(
  content: AsyncIterable<Uint8Array>,
  start: number,
  last: number,
): AsyncIterable<Uint8Array> {
  let held: Uint8Array | undefined;
  let at = 0;
  for await (const piece of content) {
    const part = piece.subarray(Math.max(0, start - at), Math.max(0, last + 1 - at));
    at += piece.length;
    if (part.length === 0) continue;
    if (held !== undefined) yield held;
    held = part;
  }
  if (held !== undefined) yield held;
}
