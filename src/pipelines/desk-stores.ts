import { ConfigError } from '../domain/errors.ts';
import { keptStore, whyNotTaken } from '../domain/kept-store.ts';
import type { ImageOutcome } from '../domain/outcome.ts';
import { imageOf, type Plan, type PlannedImage } from '../domain/plan.ts';
import type { Platform } from '../domain/platform.ts';
import type { BuildFragment } from '../domain/record.ts';
import type { Ports } from '../ports/ports.ts';
import { openStore } from '../store/store.ts';
import type { MadeImage } from './image-job.ts';
import { dropKept, findKept, type HeldImage, keepStore } from './kept-stores.ts';

/** The code beside a store of which nobody knows anything bad: the run was stopped. */
const stopped = 'cancelled';

/** A run at a desk, as far as what it keeps for later ones is concerned. */
export interface DeskRun {
  readonly plan: Plan;
  /** What alone could be built; absent where everything that was asked for was. */
  readonly buildable: readonly Platform[] | undefined;
  readonly work: string;
  readonly runFolder: string;
}

/** What was built and then failed is kept for the next command; what is proven now needs nothing that was kept before. */
export async function keepRed(ports: Ports, run: DeskRun, images: readonly ImageOutcome[]): Promise<void> {
  for (const outcome of images) {
    const { key } = outcome;
    if (outcome.kind === 'proven') await dropKept(ports, run, key);
    if (outcome.kind !== 'failed' || outcome.built === undefined) continue;
    await keep(ports, run, imageOf(run.plan, key), { built: outcome.built, why: outcome.error.code });
    ports.log.info(`${key}: what was built is kept in .slipway/stores/${key}`);
  }
}

/** Keeps an image that was built when the run was stopped, for the one that goes on. */
export function keepStopped(ports: Ports, run: DeskRun, image: PlannedImage, built: BuildFragment): Promise<void> {
  return keep(ports, run, image, { built, why: stopped });
}

function keep(
  ports: Ports,
  { plan, buildable, work, runFolder }: DeskRun,
  image: PlannedImage,
  found: { readonly built: BuildFragment; readonly why: string },
): Promise<void> {
  const kept = keptStore({ plan, run: plan.run }, image, {
    ...found,
    buildable: buildable === undefined ? null : [...buildable],
  });
  return keepStore(ports, { work, runFolder, layout: `${runFolder}/${image.key}` }, kept);
}

/** Takes an image that was built by a run which was stopped, where it is what a build of now would be made of. */
export async function takeStopped(
  ports: Ports,
  run: DeskRun,
  image: PlannedImage,
  layout: string,
): Promise<MadeImage | undefined> {
  const held = image.cache.fresh ? undefined : await findKept(ports, run.work, image.key);
  if (held?.kept.why !== stopped) return undefined;
  const why = whyNotTaken(held.kept, { image, carried: run.plan.carried });
  if (why === undefined) return taken(ports, run, held, layout);
  ports.log.info(`${image.key}: what the run before has built is not taken: ${why}`);
  return undefined;
}

/** Takes the bytes that somebody named; what is published must have been made of the files that are here. */
export async function takeNamed(
  ports: Ports,
  run: DeskRun,
  { image, held, id }: { readonly image: PlannedImage; readonly held: HeldImage; readonly id: string },
  layout: string,
): Promise<MadeImage> {
  const why = whyNotTaken(held.kept, { image, carried: run.plan.carried });
  if (why === undefined) return taken(ports, run, held, layout);
  const { commit } = held.kept;
  throw new ConfigError({
    code: 'from-run-other-files',
    what: `${image.key} of run ${id} cannot stand in for a build of now: ${why}`,
    where: '--from-run',
    state: 'nothing was released',
    next: `${commit === null ? 'build it here' : `check out ${commit.slice(0, 12)}, or build it here`}: leave --from-run out. slipway test --from-run ${id} tests those bytes all the same`,
  });
}

async function taken(ports: Ports, run: DeskRun, { kept, store }: HeldImage, layout: string): Promise<MadeImage> {
  const { key, built: fragment } = kept;
  if (store.folder !== layout) {
    await ports.files.move(store.folder, layout);
    await dropKept(ports, run, key);
  }
  ports.log.task(key, { kind: 'working', text: `run ${kept.run.id} has built it: ${fragment.digest}` });
  const own = await openStore(ports, layout, { name: `the store of ${key}` });
  return { fragment, store: own, cached: 0, executed: 0 };
}
