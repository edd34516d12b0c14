import { builtIn, type KeptStore, keptStore } from '../../domain/kept-store.ts';
import type { ImageOutcome } from '../../domain/outcome.ts';
import { imageOf, type Plan, type Row } from '../../domain/plan.ts';
import type { Host } from '../../ports/host.ts';
import type { ActionPorts } from '../../ports/ports.ts';
import type { ImageJob, MadeImage } from '../image-job.ts';
import { adoptStore, storeArtifact, uploadStore } from '../kept-artifact.ts';
import { partSuffix } from '../test-logs.ts';

/** What became of the stores of the images that failed. */
export interface RedStores {
  /** Images whose bytes could not be kept. */
  readonly lost: readonly string[];
  /** Why, for the summary. */
  readonly notes: readonly string[];
}

/** What a job builds, and the most bytes that a store may have to be kept; with none, none is taken either. */
interface StoresWork {
  readonly plan: Plan;
  readonly row?: Row | undefined;
  readonly maxBytes: number;
}

/** The stores of a job that failed, on their way to its next attempt and to whoever looks for the reason. */
export class JobStores {
  readonly #ports: ActionPorts;
  readonly #host: Host;
  readonly #work: StoresWork;
  readonly #adopted = new Set<string>();

  constructor(ports: ActionPorts, host: Host, work: StoresWork) {
    this.#ports = ports;
    this.#host = host;
    this.#work = work;
  }

  /** In a repeated job, takes what the attempt before has kept; in the first one there is nothing that could be taken. */
  readonly adopt: NonNullable<ImageJob['adopt']> = async (image, layout): Promise<MadeImage | undefined> => {
    const { run, temp } = this.#host;
    const { plan, maxBytes } = this.#work;
    if (run.attempt < 2 || maxBytes === 0) return undefined;
    const name = this.#nameOf(image.key);
    const made = await adoptStore(this.#ports, { name, plan, image, run, temp }, layout);
    if (made !== undefined) this.#adopted.add(image.key);
    return made;
  };

  /** Keeps the store of every image that was built and then failed; for the mode archive of the gate, of every image. */
  async keep(outcomes: readonly ImageOutcome[], runFolder: string): Promise<RedStores> {
    const lost: string[] = [];
    const notes: string[] = [];
    for (const outcome of outcomes) {
      // What was taken from an attempt before is kept already.
      const { key } = outcome;
      const { plan, maxBytes } = this.#work;
      const wanted = wantedStore(outcome, plan);
      if (wanted === undefined || this.#adopted.has(key)) continue;
      const { run, temp } = this.#host;
      const kept = keptStore({ plan, run }, imageOf(plan, key), { ...wanted, buildable: null });
      const red = { name: this.#nameOf(key), layout: `${runFolder}/${key}`, kept };
      const why = await uploadStore(this.#ports, red, { temp, maxBytes });
      if (why === undefined) continue;
      lost.push(key);
      notes.push(`The store of ${key} is not kept: ${why}.`);
    }
    return { lost, notes };
  }

  #nameOf(key: string): string {
    return storeArtifact(key, partSuffix(this.#work.row));
  }
}

/** What is kept of an image, if it is. */
function wantedStore(
  outcome: ImageOutcome,
  { gate }: Pick<Plan, 'gate'>,
): Pick<KeptStore, 'built' | 'why'> | undefined {
  if (outcome.kind === 'failed') return outcome.built && { built: outcome.built, why: outcome.error.code };
  return outcome.kind === 'proven' && gate === 'archive' ? { built: builtIn(outcome.record), why: null } : undefined;
}
