import type { OpenContent } from '../../ports/content.ts';

/**
 * Reads parts of a content in order; it goes on where it stands, and begins again only for a part that lies behind.
 * Its pieces are fleeting.
 */
export class ContentReader {
  readonly #open: OpenContent;
  readonly #size: number;
  #pieces: AsyncIterator<Uint8Array> | undefined;
  /** What was taken from the content and not yet handed out. */
  #rest: Uint8Array = new Uint8Array();
  #at = 0;

  constructor(open: OpenContent, size: number) {
    this.#open = open;
    this.#size = size;
  }

  /** `size` bytes from `start`. The last piece of a content is held back until the content has ended well. */
  async *part(start: number, size: number, onProgress?: (bytes: number) => void): AsyncIterable<Uint8Array> {
    await this.#goTo(start);
    const end = start + size;
    while (this.#at < end) {
      const piece = await this.#take(end - this.#at);
      if (piece === undefined) return;
      if (this.#at === this.#size) await this.#requireEnd();
      onProgress?.(this.#at);
      yield piece;
    }
  }

  /** Lets go of what the content holds open. */
  async close(): Promise<void> {
    const pieces = this.#pieces;
    this.#pieces = undefined;
    await pieces?.return?.();
  }

  async #goTo(start: number): Promise<void> {
    if (this.#pieces === undefined || start < this.#at) {
      await this.close();
      this.#pieces = (await this.#open('fleeting'))[Symbol.asyncIterator]();
      this.#rest = new Uint8Array();
      this.#at = 0;
    }
    while (this.#at < start) {
      if ((await this.#take(start - this.#at)) === undefined) return;
    }
  }

  async #take(most: number): Promise<Uint8Array | undefined> {
    while (this.#rest.length === 0) {
      const next = await this.#pieces?.next();
      if (next === undefined || next.done === true) return undefined;
      this.#rest = next.value;
    }
    const piece = this.#rest.subarray(0, most);
    this.#rest = this.#rest.subarray(piece.length);
    this.#at += piece.length;
    return piece;
  }

  /** A source that checks its bytes says at its end that they were wrong. */
  async #requireEnd(): Promise<void> {
    const next = await this.#pieces?.next();
    if (next?.done === false && next.value.length > 0) throw new Error(`a content has more than ${this.#size} bytes`);
  }
}
