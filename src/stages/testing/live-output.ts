import type { Clock } from '../../ports/clock.ts';
import type { Log } from '../../ports/log.ts';

const batchLines = 100;
const batchMs = 1000;
/** A log of a job is read by people; the rest is in the log of the test. */
const mostLive = 2000;
const lastLines = 200;
const shownLength = 2000;

/** Shows what a test prints while it prints it, in batches; of a flood only the beginning, and where it failed the end. */
export class LiveOutput {
  readonly #ports: { readonly log: Log; readonly clock: Clock };
  readonly #title: string;
  #pending: string[] = [];
  #lastShown = Number.NEGATIVE_INFINITY;
  #shown = 0;
  #held: string[] = [];
  #passedOver = 0;

  constructor(ports: { readonly log: Log; readonly clock: Clock }, title: string) {
    this.#ports = ports;
    this.#title = title;
  }

  add(line: string): void {
    const text = line.length > shownLength ? `${copied(line.slice(0, shownLength))}…` : line;
    if (this.#shown + this.#pending.length >= mostLive) {
      this.#hold(text);
      return;
    }
    this.#pending.push(text);
    const now = this.#ports.clock.now().getTime();
    if (this.#pending.length >= batchLines || now - this.#lastShown >= batchMs) this.#flush(now);
  }

  /** The test has ended: what waits is shown, and of a flood the end where it failed. */
  end(hasFailed: boolean): void {
    this.#flush(this.#ports.clock.now().getTime());
    if (this.#held.length === 0) return;
    const left = hasFailed ? this.#passedOver : this.#passedOver + this.#held.length;
    const note = left === 0 ? [] : [`… ${left} lines are in the log of the test alone`];
    this.#ports.log.relay([...note, ...(hasFailed ? this.#held : [])].slice(0, lastLines), this.#title);
  }

  #hold(line: string): void {
    this.#held.push(line);
    if (this.#held.length < lastLines) return;
    this.#held.shift();
    this.#passedOver += 1;
  }

  #flush(now: number): void {
    if (this.#pending.length === 0) return;
    this.#ports.log.relay(this.#pending, this.#title);
    this.#shown += this.#pending.length;
    this.#pending = [];
    this.#lastShown = now;
  }
}

/** A part of a text is a view of the whole, which stays in memory with it: hundreds of the longest lines would. */
function copied(part: string): string {
  return new TextDecoder().decode(new TextEncoder().encode(part));
}
