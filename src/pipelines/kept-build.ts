import { builtIn, keptStore } from '../domain/kept-store.ts';
import { sourceOfRemote } from '../domain/oci-labels.ts';
import type { ImageOutcome } from '../domain/outcome.ts';
import { imageOf, type Plan, type PlannedImage } from '../domain/plan.ts';
import type { Ports } from '../ports/ports.ts';
import { buildSet } from './build-set.ts';
import { type BuilderWish, openWorkshop } from './builder.ts';
import { registryFor } from './destination.ts';
import type { MadeImage } from './image-job.ts';
import { findKept, keepStore } from './kept-stores.ts';
import { claimFolder } from './leftovers.ts';
import { planStep, type Workbench } from './workbench.ts';

/** What was planned, and what became of each image of it. */
export interface KeptBuild {
  readonly plan: Plan;
  readonly outcomes: readonly ImageOutcome[];
}

/** Builds images and what they are built on, and keeps their stores; nothing is scanned, tested or uploaded. */
export async function buildAndKeep(
  ports: Ports,
  bench: Workbench,
  wish: { readonly builder: BuilderWish; readonly only: readonly string[] | undefined },
): Promise<KeptBuild> {
  const { desk, work, runFolder, id: owner } = bench;
  await using opened = await openWorkshop(ports, wish.builder, { owner, folder: work });
  const { builder } = opened;
  await claimFolder(ports, runFolder, { owner, builder: builder.name });
  const buildable = builder.platforms;
  const plan = await planStep(ports, bench, { only: wish.only, buildable, looksUp: true });
  for (const note of plan.notes) ports.log.notice(note);
  const taken = new Set<string>();
  const adopt = async (image: PlannedImage, layout: string): Promise<MadeImage | undefined> => {
    // What was asked for is built; a base that lies here for the same inputs need not be.
    if (wish.only === undefined || wish.only.includes(image.key)) return undefined;
    const held = await findKept(ports, work, image.key);
    if (held?.kept.identity !== image.identity) return undefined;
    taken.add(image.key);
    await ports.files.makeLink(layout, held.store.folder);
    const { built: fragment } = held.kept;
    ports.log.task(image.key, { kind: 'working', text: `lies here already: ${fragment.digest}` });
    return { fragment, store: held.store, cached: 0, executed: 0 };
  };
  const outcomes = await buildSet(ports, {
    plan,
    builder,
    folder: desk.folder,
    runFolder,
    registry: registryFor(ports),
    run: plan.run,
    source: sourceOfRemote(desk.git.remote),
    owner,
    only: 'build',
    adopt,
  });
  for (const outcome of outcomes) {
    if (outcome.kind !== 'proven' || taken.has(outcome.key)) continue;
    const { key, record } = outcome;
    const found = { built: builtIn(record), why: null, buildable: [...buildable] };
    const kept = keptStore({ plan, run: plan.run }, imageOf(plan, key), found);
    await keepStore(ports, { work, runFolder, layout: `${runFolder}/${key}` }, kept);
  }
  return { plan, outcomes };
}
