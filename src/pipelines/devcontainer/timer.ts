import type { Timings } from '../../domain/devcontainer/outcome.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Log } from '../../ports/log.ts';

/** Measures the parts of a run, and folds what each says under its name. */
export class PhaseTimer {
  readonly #ports: { readonly clock: Clock; readonly log: Log };
  readonly #timings: Record<string, number> = {};

  constructor(ports: { readonly clock: Clock; readonly log: Log }) {
    this.#ports = ports;
  }

  async run<T>(name: string, title: string, body: () => Promise<T>): Promise<T> {
    const start = this.#ports.clock.now().getTime();
    try {
      return await this.#ports.log.group(title, body);
    } finally {
      this.#timings[name] = this.#ports.clock.now().getTime() - start;
    }
  }

  get timings(): Timings {
    return { ...this.#timings };
  }
}
