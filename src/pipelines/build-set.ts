import type { Builder } from '../clients/buildx.ts';
import type { RegistryClient } from '../clients/registry/client.ts';
import { repositoryContent } from '../clients/registry/repository-content.ts';
import { sharingBlobs } from '../clients/registry/shared-blobs.ts';
import { CancelledError, SlipwayError } from '../domain/errors.ts';
import type { ImageOutcome } from '../domain/outcome.ts';
import { imageOf, type Plan, type PlannedImage, type RunFacts } from '../domain/plan.ts';
import type { Ports } from '../ports/ports.ts';
import type { BaseInStore } from '../stages/building/named-contexts.ts';
import { Leaving } from '../stages/testing/leaving.ts';
import { copyContent } from '../store/copy.ts';
import { createStore } from '../store/store.ts';
import { tellUse } from './free-space.ts';
import { type ImageJob, imageJob } from './image-job.ts';

/** What building a whole set needs. */
export interface SetJob extends Pick<ImageJob, 'adopt' | 'only' | 'secrets' | 'logins' | 'published' | 'onCut'> {
  /** Takes over what the tests leave in the engine; without it, all is removed at the end. */
  readonly leaving?: Leaving | undefined;
  readonly plan: Plan;
  readonly folder: string;
  /** Where the stores of this run lie. */
  readonly runFolder: string;
  readonly builder: Builder;
  readonly registry: RegistryClient;
  readonly run: RunFacts;
  readonly source: string | undefined;
  readonly owner: string;
  /** Hears how many bytes the run had on the disk at its end, when it had the most. */
  readonly onUse?: ((bytes: number) => void) | undefined;
  /** Hears of each image as soon as it is proven, with how long that took. */
  readonly onProven?:
    | ((outcome: ImageOutcome & { readonly kind: 'proven' }, tookMs: number) => Promise<void>)
    | undefined;
}

/** How many images are on their way at the same time; BuildKit spreads their steps itself. */
export const atOnce = 4;

/** Builds and tests every image of a plan, each as soon as its bases are proven. A failure blocks what is built on it, and nothing else. */
export async function buildSet(ports: Ports, given: SetJob): Promise<readonly ImageOutcome[]> {
  // Images of a set rest on the same bases.
  await using own = new Leaving();
  const job = { ...given, registry: sharingBlobs(given.registry), leaving: given.leaving ?? own };
  const outcomes = new Map<string, Promise<ImageOutcome>>();
  const bases = new CarriedBases(ports, job);
  const slots = new Slots(atOnce);
  for (const key of job.plan.levels.flat()) {
    const image = imageOf(job.plan, key);
    // Bases stand in earlier levels, so that each is in the map already.
    const needed = image.needs.flatMap((base) => outcomes.get(base) ?? []);
    outcomes.set(key, buildWhenReady(ports, { job, image, needed, bases, slots }));
  }
  const ended = await together([...outcomes.values()]);
  const used = await tellUse(ports, job.runFolder);
  job.onUse?.(used);
  return ended;
}

/** When somebody stops us, each job has something to put away before the folder of the run goes. */
async function together<T>(jobs: readonly Promise<T>[]): Promise<readonly T[]> {
  try {
    return await Promise.all(jobs);
  } catch (error) {
    if (error instanceof CancelledError) await Promise.allSettled(jobs);
    throw error;
  }
}

async function buildWhenReady(
  ports: Ports,
  work: {
    readonly job: SetJob & Pick<ImageJob, 'leaving'>;
    readonly image: PlannedImage;
    readonly needed: readonly Promise<ImageOutcome>[];
    readonly bases: CarriedBases;
    readonly slots: Slots;
  },
): Promise<ImageOutcome> {
  const { job, image } = work;
  const { key } = image;
  if (image.needs.length > 0) ports.log.task(key, { kind: 'waiting', text: `waits for ${image.needs.join(', ')}` });
  const ready = await Promise.all(work.needed);
  const by = ready.filter((outcome) => outcome.kind !== 'proven').map((outcome) => outcome.key);
  if (by.length > 0) {
    ports.log.task(key, { kind: 'skipped', text: `not built: ${by.join(', ')} failed` });
    return { kind: 'blocked', key, by };
  }
  return work.slots.use(async () => {
    try {
      const built = ready
        .flatMap((outcome) => (outcome.kind === 'proven' ? [outcome] : []))
        .map(
          (outcome): BaseInStore => ({
            key: outcome.key,
            digest: outcome.record.digest,
            folder: storeFolder(job, outcome.key),
          }),
        );
      const carried = await work.bases.fetch(image.needs);
      const storeAt = storeFolder(job, key);
      const started = ports.clock.now().getTime();
      const outcome = await imageJob(ports, { ...job, image, storeFolder: storeAt, bases: [...built, ...carried] });
      tell(ports, outcome);
      if (outcome.kind === 'proven') await job.onProven?.(outcome, ports.clock.now().getTime() - started);
      return outcome;
    } catch (error) {
      if (!(error instanceof SlipwayError) || error instanceof CancelledError) throw error;
      const outcome = { kind: 'failed', key, error } satisfies ImageOutcome;
      tell(ports, outcome);
      return outcome;
    }
  });
}

function tell(ports: Ports, outcome: Extract<ImageOutcome, { kind: 'proven' | 'failed' }>): void {
  if (outcome.kind === 'failed') ports.log.task(outcome.key, { kind: 'failed', text: outcome.error.what });
  else ports.log.task(outcome.key, { kind: 'done', text: `${outcome.record.test} ${outcome.record.digest}` });
}

function storeFolder(job: SetJob, key: string): string {
  return `${job.runFolder}/${key}`;
}

/** Bases that this run carries over or borrows, brought into stores on this machine when the first image needs them. */
class CarriedBases {
  readonly #ports: Ports;
  readonly #job: SetJob;
  readonly #fetched = new Map<string, Promise<BaseInStore>>();

  constructor(ports: Ports, job: SetJob) {
    this.#ports = ports;
    this.#job = job;
  }

  fetch(keys: readonly string[]): Promise<readonly BaseInStore[]> {
    const { carried, borrowed } = this.#job.plan;
    const needed = [...carried, ...borrowed].filter((image) => keys.includes(image.key));
    return Promise.all(
      needed.map((image) => {
        const known = this.#fetched.get(image.key);
        if (known !== undefined) return known;
        const fetched = this.#fetch(image);
        this.#fetched.set(image.key, fetched);
        return fetched;
      }),
    );
  }

  async #fetch(image: Pick<Plan['carried'][number], 'key' | 'repository' | 'digest'>): Promise<BaseInStore> {
    const folder = storeFolder(this.#job, image.key);
    const store = await createStore(this.#ports, folder, { name: `the store of ${image.key}` });
    await copyContent(repositoryContent(this.#job.registry, image.repository), store, image);
    return { key: image.key, digest: image.digest, folder };
  }
}

/** Lets so many run at once, in the order in which they ask. */
class Slots {
  #free: number;
  readonly #waiting: (() => void)[] = [];

  constructor(count: number) {
    this.#free = count;
  }

  async use<T>(work: () => Promise<T>): Promise<T> {
    if (this.#free === 0) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    else this.#free -= 1;
    try {
      return await work();
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#free += 1;
      else next();
    }
  }
}
