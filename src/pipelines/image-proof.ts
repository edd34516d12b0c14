import { RefusedError } from '../domain/errors.ts';
import { joinPath } from '../domain/path.ts';
import type { Plan, PlannedImage, RunFacts } from '../domain/plan.ts';
import type { BuildFragment, ImageRecord } from '../domain/record.ts';
import type { ScanResult } from '../domain/scan.ts';
import { isRed, type TestResult, testState } from '../domain/test-result.ts';
import type { Ports } from '../ports/ports.ts';
import { scan, scanReportFile } from '../stages/scan.ts';
import { scanRefusal } from '../stages/scanning/refusal.ts';
import { test } from '../stages/test.ts';
import type { Leaving } from '../stages/testing/leaving.ts';
import type { TestInputs } from '../stages/testing/subjects.ts';
import { testLogFolder } from '../stages/testing/test-log.ts';
import type { Store } from '../store/store.ts';

/** An image that lies in a store, whoever built it. */
export interface BuiltImage {
  readonly image: PlannedImage;
  readonly built: BuildFragment;
  readonly store: Store;
}

/** What proving an image needs to know beside the image. */
export interface ProofJob {
  readonly plan: Pick<Plan, 'version' | 'commit' | 'dirty'>;
  readonly run: RunFacts;
  /** The repository's folder. */
  readonly folder: string;
  /** Beside it lie the logs of the tests and the report of the scan. */
  readonly storeFolder: string;
  /** Who the containers of the tests belong to. */
  readonly owner: string;
}

/** What scan and tests found out about an image. */
export interface Findings {
  readonly scanned?: ScanResult | undefined;
  readonly tests?: readonly TestResult[];
}

/** Scans an image as its plan wants it, and says whether that stops it. */
export async function scanImage(
  ports: Ports,
  job: ProofJob,
  built: BuiltImage,
): Promise<{ readonly scanned?: ScanResult | undefined; readonly refusal?: RefusedError | undefined }> {
  const { key, scan: policy } = built.image;
  const scanned = await scan(ports, {
    ...built,
    policy,
    folder: job.folder,
    today: ports.clock.now().toISOString().slice(0, 10),
    cacheFolder: joinPath(job.folder, '.slipway/scan'),
    sarifFile: scanReportFile(job.storeFolder),
  });
  return { scanned, refusal: scanned && policy ? scanRefusal(key, scanned, policy) : undefined };
}

/** What the tests of an image work with. */
export function testInputs(job: ProofJob, built: BuiltImage): TestInputs {
  const { folder, owner } = job;
  return { ...built, owner, folder, version: job.plan.version, logFolder: testLogFolder(job.storeFolder) };
}

/** Holds an image against its expectations and runs its tests. */
export function testImage(
  ports: Ports,
  job: ProofJob,
  { leaving, ...built }: BuiltImage & { readonly leaving?: Leaving },
): Promise<readonly TestResult[]> {
  return test(ports, { ...testInputs(job, built), leaving });
}

/** Writes down what is known of an image. */
export function recordOf(
  { plan, run }: ProofJob,
  { image, built }: Omit<BuiltImage, 'store'>,
  { scanned, tests = [] }: Findings,
): ImageRecord {
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

/** Why the tests stop an image. */
export function testFailure(image: Pick<PlannedImage, 'key'>, tests: readonly TestResult[]): RefusedError {
  const failed = tests.filter(isRed);
  return new RefusedError({
    code: 'test-failed',
    what: failed.map(({ name, platform, reason }) => `${name} on ${platform}: ${reason}`).join('; '),
    where: image.key,
    state: 'nothing of the set was released',
    next: 'the last lines of the test are above; mend the image or its test and run again',
  });
}
