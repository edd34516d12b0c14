import { ConfigError } from '../domain/errors.ts';
import { nearestName } from '../domain/nearest-name.ts';
import type { ImageOutcome } from '../domain/outcome.ts';
import type { PlannedImage } from '../domain/plan.ts';
import { type Platform, parsePlatform } from '../domain/platform.ts';
import type { Step, StepImage, StepOutcome } from '../domain/step.ts';
import { expectationsName } from '../domain/test-result.ts';
import { TestConfig } from '../formats/config/test.ts';
import { recordBytes } from '../formats/record-artifact.ts';
import type { Ports } from '../ports/ports.ts';
import { plannedTest } from '../stages/planning/planned-tests.ts';
import { openShell } from '../stages/testing/shell.ts';
import { inParallel } from '../store/parallel.ts';
import { type BuilderWish, requireEngine } from './builder.ts';
import type { DeskOptions } from './desk.ts';
import { holdImages, type WantedImage } from './held-images.ts';
import {
  type BuiltImage,
  type ProofJob,
  recordOf,
  scanImage,
  testFailure,
  testImage,
  testInputs,
} from './image-proof.ts';
import { buildAndKeep } from './kept-build.ts';
import { keepTestLogs } from './test-logs.ts';
import { openWorkbench, type Workbench } from './workbench.ts';

/** What a single step takes. */
export interface StepOptions extends DeskOptions {
  readonly images: readonly string[] | undefined;
  readonly builder: BuilderWish;
  /** Only these platforms of what was built. */
  readonly platforms?: readonly string[] | undefined;
  /** Only tests of these names. */
  readonly tests?: readonly string[] | undefined;
  /** In place of all tests, a command for the shell of the image. */
  readonly run?: string | undefined;
  readonly fromRun?: string | undefined;
  readonly store?: string | undefined;
}

const atOnce = 4;

/** Builds images into stores that are kept, or scans or tests what is kept. */
export async function runStep(ports: Ports, step: Step, options: StepOptions): Promise<StepOutcome> {
  const started = ports.clock.now().getTime();
  await using bench = await openWorkbench(ports, options);
  const images =
    step === 'build' ? await buildOnly(ports, bench, options) : await prove(ports, bench, { step, options });
  return { step, images, durationMs: ports.clock.now().getTime() - started };
}

/** Opens a shell where the tests of one image would run. */
export async function runShell(
  ports: Ports,
  options: StepOptions,
  shell: { readonly isTerminal: boolean },
): Promise<number> {
  await using bench = await openWorkbench(ports, options);
  await requireEngine(ports);
  const platforms = (options.platforms ?? []).map(parsePlatform);
  const { wanted, unbuilt } = await holdImages(ports, bench, { ...heldWish(options, platforms), mayBeStrangers: true });
  const [one] = wanted;
  const failed = unbuilt.find((outcome) => outcome.kind === 'failed');
  if (failed?.kind === 'failed') throw failed.error;
  if (one === undefined) throw new Error('unreachable: an image is held, or could not be built');
  const built = narrowed(one, platforms, options);
  ports.log.info(`${one.image.key}: ${one.kept.built.digest}, ${one.from}`);
  return openShell(ports, { ...testInputs(jobOf(bench, one), built), ...shell });
}

async function buildOnly(ports: Ports, bench: Workbench, options: StepOptions): Promise<readonly StepImage[]> {
  const { outcomes } = await buildAndKeep(ports, bench, { builder: options.builder, only: options.images });
  return outcomes.map((outcome) => ({ outcome, from: `kept in .slipway/stores/${outcome.key}` }));
}

async function prove(
  ports: Ports,
  bench: Workbench,
  { step, options }: { readonly step: Step; readonly options: StepOptions },
): Promise<readonly StepImage[]> {
  if (step === 'test') await requireEngine(ports);
  const platforms = (options.platforms ?? []).map(parsePlatform);
  const { wanted, unbuilt } = await holdImages(ports, bench, heldWish(options, platforms));
  if (step === 'scan' && wanted.length > 0 && wanted.every(({ image }) => image.scan === null)) throw nothingScans();
  const done = new Map<string, StepImage>();
  await inParallel(wanted, atOnce, async (one) => {
    const built = narrowed(one, platforms, options);
    const outcome = await proveOne(ports, { job: jobOf(bench, one), built, step });
    const { key } = one.image;
    ports.log.task(key, outcome.kind === 'failed' ? { kind: 'failed', text: outcome.error.what } : doneTask(outcome));
    done.set(key, { outcome, from: one.from });
  });
  const keys = wanted.map(({ image }) => image.key);
  await keepTestLogs(ports, { runFolder: bench.runFolder, keys }, `${bench.work}/logs`);
  return [
    ...unbuilt.map((outcome): StepImage => ({ outcome, from: 'not built' })),
    ...keys.flatMap((key) => done.get(key) ?? []),
  ];
}

function doneTask(outcome: ImageOutcome): { readonly kind: 'done'; readonly text: string } {
  return { kind: 'done', text: outcome.kind === 'proven' ? `${outcome.record.test} ${outcome.record.digest}` : '' };
}

async function proveOne(
  ports: Ports,
  { job, built, step }: { readonly job: ProofJob; readonly built: BuiltImage; readonly step: Step },
): Promise<ImageOutcome> {
  const { key } = built.image;
  const { scanned, refusal } = step === 'scan' ? await scanImage(ports, job, built) : {};
  const tests = step === 'test' ? await testImage(ports, job, built) : [];
  const record = recordOf(job, built, { scanned, tests });
  const error = refusal ?? (record.test === 'failed' ? testFailure(built.image, tests) : undefined);
  if (error !== undefined) return { kind: 'failed', key, record, error, built: built.built };
  return { kind: 'proven', key, record, recordDigest: recordBytes(record).digest, cached: 0, executed: 0 };
}

function heldWish(options: StepOptions, platforms: readonly Platform[]): Parameters<typeof holdImages>[2] {
  const { images, builder, fromRun, store, run } = options;
  return { images, builder, platforms, fromRun, store, mayBeStrangers: run !== undefined };
}

function jobOf({ desk, id, runFolder }: Workbench, { plan, image }: WantedImage): ProofJob {
  return { plan, run: plan.run, folder: desk.folder, storeFolder: `${runFolder}/${image.key}`, owner: id };
}

/** The image as far as it is wanted: some platforms, some tests. */
function narrowed(
  { image, kept, store }: WantedImage,
  platforms: readonly Platform[],
  options: Pick<StepOptions, 'tests' | 'run'>,
): BuiltImage {
  const chosen =
    platforms.length === 0
      ? kept.built.platforms
      : kept.built.platforms.filter(({ platform }) => platforms.includes(platform));
  if (chosen.length === 0)
    throw notBuiltFor(
      image,
      kept.built.platforms.map(({ platform }) => platform),
    );
  return { image: withTests(image, options), built: { ...kept.built, platforms: chosen }, store };
}

function withTests(image: PlannedImage, { tests: names, run }: Pick<StepOptions, 'tests' | 'run'>): PlannedImage {
  if (run !== undefined)
    return { ...image, tests: [plannedTest(TestConfig.parse({ run }), {}, '--run')], expect: null };
  if (names === undefined) return image;
  const known = [...image.tests.map(({ name }) => name), ...(image.expect === null ? [] : [expectationsName])];
  const unknown = names.find((name) => !known.includes(name));
  if (unknown !== undefined) {
    const nearest = nearestName(unknown, known);
    throw new ConfigError({
      code: 'test-unknown',
      what: `${image.key} has no test ${JSON.stringify(unknown)}`,
      where: '--test',
      state: 'nothing was tested',
      next: nearest === undefined ? `choose from: ${known.join(', ') || 'none'}` : `did you mean ${nearest}?`,
    });
  }
  return {
    ...image,
    tests: image.tests.filter(({ name }) => names.includes(name)),
    expect: names.includes(expectationsName) ? image.expect : null,
  };
}

function notBuiltFor(image: PlannedImage, platforms: readonly Platform[]): ConfigError {
  return new ConfigError({
    code: 'platform-not-built',
    what: `${image.key} was built for ${platforms.join(', ')} alone`,
    where: '--platform',
    state: 'nothing was tested',
    next: 'choose one of them, or leave --platform out',
  });
}

function nothingScans(): ConfigError {
  return new ConfigError({
    code: 'scan-not-configured',
    what: 'nothing says with what the images are to be scanned',
    where: 'scan in slipway.yml',
    state: 'nothing was scanned',
    next: 'write scan: { tool: trivy } into it, or grype or osv-scanner',
  });
}
