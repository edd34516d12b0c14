import type { Builder } from '../clients/buildx.ts';
import type { RegistryClient } from '../clients/registry/client.ts';
import { RefusedError } from '../domain/errors.ts';
import type { ImageOutcome } from '../domain/outcome.ts';
import { joinPath } from '../domain/path.ts';
import type { Plan, PlannedImage, RunFacts } from '../domain/plan.ts';
import type { BuildFragment, ImageRecord } from '../domain/record.ts';
import type { ScanResult } from '../domain/scan.ts';
import { hasPassed, type TestResult, testState } from '../domain/test-result.ts';
import { recordBytes } from '../formats/record-artifact.ts';
import type { Ports } from '../ports/ports.ts';
import { build } from '../stages/build.ts';
import type { BaseInStore } from '../stages/building/named-contexts.ts';
import { scan, scanReportFile } from '../stages/scan.ts';
import { scanRefusal } from '../stages/scanning/refusal.ts';
import { stage } from '../stages/stage.ts';
import { test } from '../stages/test.ts';
import { testLogFolder } from '../stages/testing/test-log.ts';

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
}

/** Takes one image from its Dockerfile to a proven digest: build, scan, test, record, and where it may be, stage. */
export async function imageJob(
  ports: Ports,
  job: ImageJob,
): Promise<Extract<ImageOutcome, { kind: 'proven' | 'failed' }>> {
  const { plan, image } = job;
  const { fragment, store, cached, executed } = await build(ports, { ...job, origin: { ...plan, source: job.source } });
  const built = { image, built: fragment, store };
  const scanned = await scan(ports, {
    ...built,
    policy: image.scan,
    folder: job.folder,
    today: ports.clock.now().toISOString().slice(0, 10),
    cacheFolder: joinPath(job.folder, '.slipway/scan'),
    sarifFile: scanReportFile(job.storeFolder),
  });
  const refusal = scanned && image.scan && scanRefusal(image.key, scanned, image.scan);
  if (refusal) {
    const record = recordOf(job, { built: fragment, scanned, tests: [] });
    return { kind: 'failed', key: image.key, record, error: refusal };
  }
  const tests = await test(ports, {
    ...built,
    owner: job.owner,
    folder: job.folder,
    version: plan.version,
    logFolder: testLogFolder(job.storeFolder),
  });
  const record = recordOf(job, { built: fragment, scanned, tests });
  if (record.test === 'failed') return { kind: 'failed', key: image.key, record, error: testFailure(image, tests) };
  if (plan.rights.stage) {
    ports.log.task(image.key, { kind: 'working', text: `upload ${record.digest}` });
    await stage(job, { store, record, onProgress: toldInSteps(ports, image.key, record.digest) });
  }
  return { kind: 'proven', key: image.key, record, recordDigest: recordBytes(record).digest, cached, executed };
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

/** What the stages found out about an image. */
interface Findings {
  readonly built: BuildFragment;
  readonly scanned: ScanResult | undefined;
  readonly tests: readonly TestResult[];
}

function recordOf({ plan, image, run }: ImageJob, { built, scanned, tests }: Findings): ImageRecord {
  return {
    schema: 'slipway.record/1',
    key: image.key,
    repository: image.repository,
    identity: image.identity,
    ...built,
    ...(scanned === undefined ? {} : { scan: scanned }),
    tests: [...tests],
    test: testState(tests),
    commit: plan.commit,
    dirty: plan.dirty,
    run,
  };
}

function testFailure(image: PlannedImage, tests: readonly TestResult[]): RefusedError {
  const failed = tests.filter((result) => result.optional !== true && !hasPassed(result));
  return new RefusedError({
    code: 'test-failed',
    what: failed.map(({ name, platform, reason }) => `${name} on ${platform}: ${reason}`).join('; '),
    where: image.key,
    state: 'nothing of the set was released',
    next: 'the last lines of the test are above; mend the image or its test and run again',
  });
}
