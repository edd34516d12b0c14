/** Takes something away again. */
export type Removal = () => Promise<void>;

/** What is removed while something else goes on; disposing of it waits until all is gone. */
export class Leaving implements AsyncDisposable {
  readonly #holdsNewest: boolean;
  readonly #begun: Promise<void>[] = [];
  #held: Removal | undefined;

  /** Where somebody else can clean up later, the newest is held until the next one comes. */
  constructor({ holdsNewest = false } = {}) {
    this.#holdsNewest = holdsNewest;
  }

  add(removal: Removal): void {
    this.#begin(this.#held);
    this.#held = undefined;
    if (this.#holdsNewest) this.#held = removal;
    else this.#begin(removal);
  }

  /** Leaves what is held to somebody else, and tells whether that was anything. */
  leave(): boolean {
    const isLeft = this.#held !== undefined;
    this.#held = undefined;
    return isLeft;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#begin(this.#held);
    this.#held = undefined;
    await Promise.all(this.#begun);
  }

  #begin(removal: Removal | undefined): void {
    const begun = removal?.();
    // It is heard when it is waited for; until then nobody would.
    begun?.catch(() => undefined);
    if (begun !== undefined) this.#begun.push(begun);
  }
}
