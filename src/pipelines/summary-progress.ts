import type { Journal } from '../domain/release-machine.ts';
import type { ActionPorts } from '../ports/ports.ts';
import { journalSummary } from '../reports/journal-summary.ts';

/** How far a release is, in the summary of its step, for the case that nobody will be able to say how it ended. */
export class SummaryProgress {
  readonly #ports: Pick<ActionPorts, 'outputs' | 'log'>;
  readonly #step: 'push' | 'release';
  #last: Journal | undefined;
  #isStale = false;
  #writing: Promise<void> | undefined;

  constructor(ports: Pick<ActionPorts, 'outputs' | 'log'>, step: 'push' | 'release') {
    this.#ports = ports;
    this.#step = step;
  }

  /** One write at a time: of what comes meanwhile the last is enough. */
  tell(journal: Journal): void {
    this.#last = journal;
    this.#isStale = true;
    this.#writing ??= this.#write().finally(() => {
      this.#writing = undefined;
    });
  }

  /** Waits until the last that was told is written. */
  async settled(): Promise<void> {
    await this.#writing;
  }

  async clear(): Promise<void> {
    if (this.#last !== undefined) await this.#put('');
  }

  async #write(): Promise<void> {
    while (this.#isStale && this.#last !== undefined) {
      this.#isStale = false;
      await this.#put(journalSummary(this.#last, this.#step));
    }
  }

  async #put(markdown: string): Promise<void> {
    try {
      await this.#ports.outputs.progress(markdown);
    } catch (error) {
      // It is there to help; the release does not hang on it.
      this.#ports.log.debug(`no summary: ${String(error)}`);
    }
  }
}
