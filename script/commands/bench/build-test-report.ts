import type { ImageKind } from './build-test-images.ts';
import type { Took } from './build-test-ways.ts';
import { median } from './interleaved.ts';
import { report, seconds, type Target } from './registry-report.ts';

/** By hand is one image after another, as scripts and the jobs of a matrix do it; at once is told, and is no target. */
export const wayNames = ['ours', 'hand', 'handAtOnce'] as const;
export type WayName = (typeof wayNames)[number];

/** What the images of one round took. */
export type RoundTook = Readonly<Record<WayName, readonly Took[]>>;

/** Images of a kind on a builder with cold or warm caches. */
export interface Measured {
  readonly kind: ImageKind;
  readonly builder: string;
  readonly state: string;
  readonly took: readonly RoundTook[];
}

const REMOTE_LIMIT = 1.0;
const ENGINE_COLD_LIMIT = 1.3;
const ENGINE_WARM_LIMIT_MS = 800;
const OWN_LIMIT_MS = 1_000;

/** Prints what was found beside what was promised; tells whether all of it holds. */
export function reportBuilds(all: readonly Measured[], rounds: number, isLong: boolean): boolean {
  const kinds = [...new Map(all.map(({ kind }) => [kind.name, kind.about]))];
  for (const [name, about] of kinds) console.log(`${name}: ${about}`);
  const title = `build-test, medians of ${rounds}; slipway: main steps of build-test; by hand: build --load, run, build --push; neither with what removes the image`;
  const rows = all.map((measured) => [
    nameOf(measured),
    `slipway ${seconds(totalMs(measured, 'ours'))}`,
    `by hand ${seconds(totalMs(measured, 'hand'))}`,
    measured.kind.isTogether && measured.kind.keys.length > 1
      ? `at once ${seconds(totalMs(measured, 'handAtOnce'))}`
      : '',
    `${ratioOf(measured).toFixed(2)} ×`,
    `${(extraMs(measured) / 1000).toFixed(2)} s more an image`,
    `sent ${sentText(measured, 'ours')} and ${sentText(measured, 'hand')}`,
    `own ${seconds(ownMs(measured))}`,
    `${programs(measured, 'ours')} and ${programs(measured, 'hand')} programs an image`,
  ]);
  if (isLong) for (const measured of all) tellChildren(measured);
  return report(title, rows, all.flatMap(targetsOf));
}

/** What is promised of one kind of images on one builder, and whether it holds. */
export function targetsOf(measured: Measured): readonly Target[] {
  const name = nameOf(measured);
  // What a step costs by itself weighs most where its image takes no time at all, and no step knows what another has sent:
  // with a step for each image both are told, and are no target.
  const shared = measured.kind.name === 'steps' ? [] : [speedTarget(measured), sentTarget(measured)];
  return [
    ...shared,
    {
      promise: `${name}: own time of a step below ${seconds(OWN_LIMIT_MS)}`,
      found: seconds(ownMs(measured)),
      isMet: ownMs(measured) < OWN_LIMIT_MS,
    },
  ];
}

/** Each way has names of its own in its files, and they do not shrink to the same number of bytes. */
const CHANCE = 1e-5;

function sentTarget(measured: Measured): Target {
  const [ours, hand] = [sentImages(measured, 'ours'), sentImages(measured, 'hand')];
  return {
    // By hand there is no record, and a provenance that says less: what is proof is told apart.
    promise: `${nameOf(measured)}: no more bytes of images than by hand`,
    found: `${ours} and ${hand}`,
    isMet: ours <= hand * (1 + CHANCE),
  };
}

function speedTarget(measured: Measured): Target {
  const name = nameOf(measured);
  if (measured.builder === 'engine' && measured.state === 'warm') {
    const promise = `${name}: at most ${seconds(ENGINE_WARM_LIMIT_MS)} more an image`;
    const extra = extraMs(measured);
    return { promise, found: `${(extra / 1000).toFixed(2)} s`, isMet: extra <= ENGINE_WARM_LIMIT_MS };
  }
  const limit = measured.builder === 'engine' ? ENGINE_COLD_LIMIT : REMOTE_LIMIT;
  const ratio = ratioOf(measured);
  const promise = `${name}: at most ${limit.toFixed(1)} × by hand`;
  return { promise, found: `${ratio.toFixed(2)} ×`, isMet: ratio <= limit };
}

function nameOf({ kind, builder, state }: Measured): string {
  return `${kind.name} on ${builder}, ${state}`;
}

function sumOf(measured: Measured, way: WayName, what: (took: Took) => number): number {
  return median(measured.took.map((round) => round[way].reduce((sum, took) => sum + what(took), 0)));
}

function totalMs(measured: Measured, way: WayName): number {
  return sumOf(measured, way, ({ ms }) => ms);
}

function sentImages(measured: Measured, way: WayName): number {
  return sumOf(measured, way, ({ sent }) => sent.images);
}

function sentText(measured: Measured, way: WayName): string {
  const proof = sumOf(measured, way, ({ sent }) => sent.proof) / measured.kind.keys.length;
  return `${mib(sentImages(measured, way))} MiB + ${(proof / 1024).toFixed(1)} KiB proof an image`;
}

function programs(measured: Measured, way: WayName): string {
  return (sumOf(measured, way, ({ children }) => children.length) / measured.kind.keys.length).toFixed(1);
}

function ratioOf(measured: Measured): number {
  return totalMs(measured, 'ours') / totalMs(measured, 'hand');
}

function extraMs(measured: Measured): number {
  return (totalMs(measured, 'ours') - totalMs(measured, 'hand')) / measured.kind.keys.length;
}

function ownMs({ took }: Measured): number {
  return median(took.flatMap(({ ours }) => ours.map((one) => one.ownMs ?? 0)));
}

function mib(bytes: number): string {
  return (bytes / 2 ** 20).toFixed(1);
}

/** The programs of the last step, and for how many milliseconds each ran. */
function tellChildren(measured: Measured): void {
  const last = measured.took.at(-1)?.ours.at(-1);
  const requests = `requests to the registry ${seconds(last?.requestsMs ?? 0)}`;
  console.log(`\n${nameOf(measured)}, ${requests}, programs of a step with their milliseconds:`);
  for (const child of last?.children ?? []) console.log(`  ${child}`);
}
