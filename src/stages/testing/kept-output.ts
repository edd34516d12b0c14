const encoder = new TextEncoder();
const lineEnd = encoder.encode('\n');
const blockBytes = 1024 * 1024;
/** The longest line that is handed on, in a script whose characters have three bytes. */
const scratchBytes = 3 * 64 * 1024 + 1;

/** Keeps the beginning and the end of what a test prints, in bounded memory that serves the next test again. */
export class KeptOutput {
  readonly #limit: number;
  readonly #half: number;
  readonly #scratch = new Uint8Array(scratchBytes);
  /** Made when they are needed, and never copied: most tests print little. */
  readonly #blocks: Uint8Array[] = [];
  #total = 0;

  /** `limit` is an even number of blocks of bytes. */
  constructor(limit: number) {
    this.#limit = limit;
    this.#half = limit / 2;
  }

  add(line: string): void {
    // Without its end: to put the two together first would copy each line once more.
    const { read, written } = encoder.encodeInto(line, this.#scratch);
    this.#write(this.#scratch.subarray(0, written));
    if (read < line.length) this.#write(encoder.encode(line.slice(read)));
    this.#write(lineEnd);
  }

  /** Forgets everything, and keeps the memory. */
  clear(): void {
    this.#total = 0;
  }

  /** What was kept, with a line in the place of what was not. */
  async *content(): AsyncIterable<Uint8Array> {
    if (this.#total <= this.#limit) {
      yield* this.#range(0, this.#total);
      return;
    }
    const at = this.#placeOf(this.#total);
    yield* this.#range(0, this.#half);
    yield encoder.encode(`\n… ${this.#total - this.#limit} bytes are left out here …\n`);
    yield* this.#range(at, this.#limit);
    yield* this.#range(this.#half, at);
  }

  #write(bytes: Uint8Array): void {
    for (let left = bytes; left.length > 0; ) {
      const at = this.#placeOf(this.#total);
      const block = this.#block(at);
      const part = left.subarray(0, block.length - (at % blockBytes));
      block.set(part, at % blockBytes);
      this.#total += part.length;
      left = left.subarray(part.length);
    }
  }

  /** Where a byte goes: when everything is full, the second half is a ring. */
  #placeOf(index: number): number {
    return index < this.#limit ? index : this.#half + ((index - this.#half) % this.#half);
  }

  *#range(from: number, to: number): Iterable<Uint8Array> {
    for (let at = from; at < to; ) {
      const start = at % blockBytes;
      const part = this.#block(at).subarray(start, Math.min(blockBytes, start + to - at));
      yield part;
      at += part.length;
    }
  }

  #block(at: number): Uint8Array {
    const index = Math.floor(at / blockBytes);
    const block = this.#blocks[index] ?? new Uint8Array(blockBytes);
    this.#blocks[index] = block;
    return block;
  }
}
