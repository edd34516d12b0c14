/** Takes content in portions of its reader's choice. */
export interface ByteReader {
  /** The next `size` bytes; an end before them is an error, but where `mayEnd` an end right here is `undefined`. */
  read(size: number): Promise<Uint8Array>;
  read(size: number, mayEnd: true): Promise<Uint8Array | undefined>;
  skip(size: number): Promise<void>;
}

/** Reads content that comes in pieces of any size. It is never closed from here: who made the content does that. */
export function createByteReader(content: AsyncIterable<Uint8Array>): ByteReader {
  const source = content[Symbol.asyncIterator]();
  let held: Uint8Array = new Uint8Array();
  /** What is there, up to `size` bytes and at least one; nothing at the end. */
  const some = async (size: number): Promise<Uint8Array | undefined> => {
    while (held.length === 0) {
      const next = await source.next();
      if (next.done === true) return undefined;
      held = next.value;
    }
    const taken = held.subarray(0, size);
    held = held.subarray(taken.length);
    return taken;
  };
  async function read(size: number): Promise<Uint8Array>;
  async function read(size: number, mayEnd: true): Promise<Uint8Array | undefined>;
  async function read(size: number, mayEnd = false): Promise<Uint8Array | undefined> {
    const bytes = new Uint8Array(size);
    for (let at = 0; at < size; ) {
      const part = await some(size - at);
      if (part === undefined && at === 0 && mayEnd) return undefined;
      if (part === undefined) throw new Error('it is cut off');
      bytes.set(part, at);
      at += part.length;
    }
    return bytes;
  }
  return {
    read,
    async skip(size) {
      for (let left = size; left > 0; ) {
        const part = await some(left);
        if (part === undefined) throw new Error('it is cut off');
        left -= part.length;
      }
    },
  };
}
