/** What is being removed while something else goes on; disposing of it waits for that. */
export class Leaving implements AsyncDisposable {
  readonly #removals: Promise<void>[] = [];

  add(removal: Promise<void>): void {
    // It is heard when it is waited for; until then nobody would.
    removal.catch(() => undefined);
    this.#removals.push(removal);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#removals);
  }
}
