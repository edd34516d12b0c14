/** Keeps the end of what is printed, in bounded memory. */
export interface OutputTail {
  add(piece: Uint8Array): void;
  text(): string;
}

const maxPieces = 1024;

/** Keeps the last `limit` bytes. */
export function createOutputTail(limit: number): OutputTail {
  let pieces: Uint8Array[] = [];
  let size = 0;
  let dropped = false;

  const compact = (): Buffer => {
    const all = Buffer.concat(pieces);
    // A copy: a view would keep everything that was dropped.
    const kept = all.length > limit ? Buffer.from(all.subarray(-limit)) : all;
    dropped ||= kept.length < all.length;
    pieces = [kept];
    size = kept.length;
    return kept;
  };

  return {
    add(piece) {
      pieces.push(piece);
      size += piece.length;
      // Tiny pieces cost more than their bytes, so their number is bounded as well.
      if (size > 2 * limit || pieces.length > maxPieces) compact();
    },
    text() {
      const kept = compact();
      return kept.toString('utf8', dropped ? firstCharacter(kept) : 0);
    },
  };
}

/** The cut may fall into a character: its remaining bytes (10xxxxxx) are skipped. */
function firstCharacter(bytes: Uint8Array): number {
  const start = bytes.subarray(0, 3).findIndex((byte) => (byte & 0xc0) !== 0x80);
  return start === -1 ? Math.min(3, bytes.length) : start;
}
