import type { Builder } from '../clients/buildx.ts';
import type { RegistryClient } from '../clients/registry/client.ts';
import { CancelledError, SlipwayError } from '../domain/errors.ts';
import type { ImageOutcome } from '../domain/outcome.ts';
import type { Plan, PlannedImage, RunFacts } from '../domain/plan.ts';
import type { BuildFragment, ImageRecord } from '../domain/record.ts';
import { isStaged } from '../domain/staging.ts';
import { hasPassed } from '../domain/test-result.ts';
import { recordBytes } from '../formats/record-artifact.ts';
import type { Ports } from '../ports/ports.ts';
import { build } from '../stages/build.ts';
import type { BaseInStore } from '../stages/building/named-contexts.ts';
import type { GivenSecret } from '../stages/building/secrets.ts';
import { measure } from '../stages/measure.ts';
import { candidateTags } from '../stages/planning/published.ts';
import { placeOf, stage } from '../stages/stage.ts';
import type { Leaving } from '../stages/testing/leaving.ts';
import type { Store } from '../store/store.ts';
import { recordOf, scanImage, testFailure, testImage } from './image-proof.ts';

/** An image in a store, with what making it took. */
export interface MadeImage {
  readonly fragment: BuildFragment;
  readonly store: Store;
  readonly cached: number;
  readonly executed: number;
}

/** What the job of one image works with. */
export interface ImageJob {
  readonly plan: Plan;
  readonly image: PlannedImage;
  readonly folder: string;
  readonly storeFolder: string;
  readonly builder: Builder;
  readonly bases: readonly BaseInStore[];
  readonly registry: RegistryClient;
  /** The run and attempt that do the work; of a repeated job the plan may be older. */
  readonly run: RunFacts;
  /** Where the repository is found in a browser. */
  readonly source: string | undefined;
  /** Who the containers of the tests belong to. */
  readonly owner: string;
  /** Takes an image that was built before, in place of building it. */
  readonly adopt?: ((image: PlannedImage, storeFolder: string) => Promise<MadeImage | undefined>) | undefined;
  /** Hears of an image that was built, and that somebody stopped us from proving. */
  readonly onCut?: ((image: PlannedImage, built: BuildFragment) => Promise<void>) | undefined;
  /** With `build`, nothing is scanned, tested or uploaded. */
  readonly only?: 'build' | undefined;
  /** Secrets that were given, by id. */
  readonly secrets?: ReadonlyMap<string, GivenSecret> | undefined;
  /** What signs Docker in for the builds. */
  readonly logins?: string | undefined;
  /** Takes over the removal of what the tests leave in the engine. */
  readonly leaving: Leaving;
  /** Makes a client that gives up soon, for what was published last; absent where nothing is published. */
  readonly published?: (() => RegistryClient) | undefined;
}

/** Takes one image from its Dockerfile to a proven digest: build, scan, test, record, and where it may be, stage. */
export async function imageJob(
  ports: Ports,
  job: ImageJob,
): Promise<Extract<ImageOutcome, { kind: 'proven' | 'failed' }>> {
  const { plan, image } = job;
  const made =
    (await job.adopt?.(image, job.storeFolder)) ??
    (await build(ports, {
      ...job,
      origin: { ...plan, source: job.source },
      mayLackSecrets: plan.event.untrusted,
    }));
  tellMilestone(ports, image.key, builtWords(made));
  const size = await measure(ports, {
    ...image,
    platforms: made.fragment.platforms,
    store: made.store,
    registry: job.published?.(),
    tags: candidateTags(plan.event, image.tags, plan.version ?? undefined),
  });
  try {
    return { ...(await prove(ports, job, made)), size };
  } catch (error) {
    if (error instanceof CancelledError) await job.onCut?.(image, made.fragment);
    if (!(error instanceof SlipwayError) || error instanceof CancelledError) throw error;
    return { kind: 'failed', key: image.key, error, size, built: made.fragment };
  }
}

async function prove(
  ports: Ports,
  job: ImageJob,
  { fragment, store, cached, executed }: MadeImage,
): Promise<Extract<ImageOutcome, { kind: 'proven' | 'failed' }>> {
  const { plan, image } = job;
  const { key } = image;
  const built = { image, built: fragment, store };
  const proven = (record: ImageRecord): ImageOutcome & { kind: 'proven' } => {
    return { kind: 'proven', key, record, recordDigest: recordBytes(record).digest, cached, executed };
  };
  if (job.only === 'build') return proven(recordOf(job, built, {}));
  const { scanned, refusal } = await scanImage(ports, job, built);
  if (scanned !== undefined && refusal === undefined) tellMilestone(ports, key, `scanned: ${scanned.state}`);
  if (refusal !== undefined) {
    const record = recordOf(job, built, { scanned });
    return { kind: 'failed', key, record, error: refusal, built: fragment };
  }
  const tests = await testImage(ports, job, { ...built, leaving: job.leaving });
  const record = recordOf(job, built, { scanned, tests });
  if (record.test === 'failed')
    return { kind: 'failed', key, record, error: testFailure(image, tests), built: fragment };
  if (tests.length > 0)
    tellMilestone(ports, key, `tested: ${tests.filter(hasPassed).length} of ${tests.length} passed`);
  if (isStaged(plan)) {
    ports.log.task(key, { kind: 'working', text: `upload ${record.digest}` });
    await stage(job, { store, record, place: placeOf(plan, key), onProgress: toldInSteps(ports, key, record.digest) });
    tellMilestone(ports, key, 'uploaded');
  }
  return proven(record);
}

function tellMilestone({ log }: Pick<Ports, 'log'>, key: string, milestone: string): void {
  log.task(key, { kind: 'working', text: milestone, milestone });
}

function builtWords({ cached, executed }: MadeImage): string {
  return cached + executed === 0 ? 'built before' : `built: ${cached} of ${cached + executed} steps cached`;
}

const stepBytes = 128 * 1024 * 1024;

/** A large upload is told in steps, so that a log stays short. */
function toldInSteps({ log }: Pick<Ports, 'log'>, key: string, digest: string): (bytes: number) => void {
  let told = 0;
  return (bytes) => {
    const steps = Math.floor(bytes / stepBytes);
    if (steps <= told) return;
    told = steps;
    log.task(key, { kind: 'working', text: `upload ${digest}, ${steps * 128} MiB so far` });
  };
}
