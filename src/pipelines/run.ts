import type { GateMode } from '../domain/gate-mode.ts';
import { keptStore } from '../domain/kept-store.ts';
import { sourceOfRemote } from '../domain/oci-labels.ts';
import type { ImageOutcome, RunOutcome } from '../domain/outcome.ts';
import { imageOf, type Plan } from '../domain/plan.ts';
import type { Platform } from '../domain/platform.ts';
import type { ProjectConfig } from '../formats/config-schema.ts';
import type { Ports } from '../ports/ports.ts';
import { plan as makePlan } from '../stages/plan.ts';
import { buildSet } from './build-set.ts';
import { type BuilderWish, openBuilder, requireEngine } from './builder.ts';
import { dependenciesIn } from './changes.ts';
import { type DeskOptions, readDesk } from './desk.ts';
import { impatient, openDestination, registryFor } from './destination.ts';
import { storesInFolder } from './found-stores.ts';
import { requireSpace } from './free-space.ts';
import { dropKept, keepStore } from './kept-stores.ts';
import { claimFolder, sweepKilled } from './leftovers.ts';
import { publish } from './publish.ts';
import { keepTestLogs } from './test-logs.ts';

/** What `slipway run` takes. */
export interface RunOptions extends DeskOptions {
  readonly to?: string | undefined;
  readonly builder: BuilderWish;
  readonly images?: readonly string[] | undefined;
  /** What the gate compares, and the builder for that, where it builds a second time. */
  readonly gate?: { readonly mode?: GateMode | undefined; readonly builder?: string | undefined } | undefined;
}

/** A finished run, with where things lie now. */
export interface FinishedRun {
  readonly outcome: RunOutcome;
  readonly embedded: string | undefined;
}

/** The whole pipeline on this machine: plan, build, test, stage, gate, push, release. */
export async function run(ports: Ports, options: RunOptions): Promise<FinishedRun> {
  const started = ports.clock.now().getTime();
  const desk = await readDesk(ports, options);
  // One after the other: without any docker both would fail, and only the first knows why.
  const work = `${desk.folder}/.slipway`;
  await requireSpace(ports, work);
  const id = `desk-${ports.random.hex(12)}`;
  await using opened = await openBuilder(ports, options.builder, { owner: id });
  const { builder } = opened;
  await requireEngine(ports);
  // Nobody should have to tell git that what we keep here is not theirs.
  await ports.files.create(`${work}/.gitignore`, '*\n');
  await sweepKilled(ports, work, 'run-');
  await using runFolder = await ports.files.tempFolder('run-', work);
  await claimFolder(ports, runFolder.path, { owner: id, builder: builder.name });
  await using destination = await openDestination(ports, { ...desk, to: options.to, configured: desk.config.registry });
  // Into a registry of others goes what was asked for, or nothing.
  const buildable = destination.embedded === undefined ? undefined : builder.platforms;
  const plan = await makePlan(
    { ...ports, registry: destination.registry, bases: registryFor(impatient(ports)) },
    {
      ...desk,
      config: {
        ...(destination.embedded === undefined ? desk.config : withoutRegistryCache(desk.config)),
        gate: options.gate?.mode ?? desk.config.gate,
      },
      prefix: destination.prefix,
      run: { id, number: null, attempt: 1 },
      commit: { id: desk.git.commit, time: desk.git.commitTime, dirty: desk.git.dirty },
      only: options.images,
      buildable,
      offline: false,
      dependencies: dependenciesIn(ports, desk),
    },
  );
  sayPlan(ports, plan);
  let diskBytes: number | undefined;
  const images = await buildSet(ports, {
    plan,
    builder,
    folder: desk.folder,
    runFolder: runFolder.path,
    registry: destination.registry,
    run: plan.run,
    source: sourceOfRemote(desk.git.remote),
    owner: plan.run.id,
    published: () => registryFor(impatient(ports)),
    onUse: (bytes) => {
      diskBytes = bytes;
    },
  });
  await keepTestLogs(ports, { runFolder: runFolder.path, keys: plan.images.map(({ key }) => key) }, `${work}/logs`);
  await keepRed(ports, { plan, images, buildable, work, runFolder: runFolder.path });
  const gating = {
    mode: plan.gate ?? 'promote',
    builder: { ...options.builder, name: options.gate?.builder },
    findStore: storesInFolder(ports, runFolder.path),
    source: sourceOfRemote(desk.git.remote),
    isSameMachine: true,
    temp: work,
  };
  const published = await publish(ports, { plan, images, destination, folder: desk.folder, gating });
  const durationMs = ports.clock.now().getTime() - started;
  return { outcome: { plan, images, ...published, durationMs, diskBytes }, embedded: destination.embedded };
}

/** What was built and then failed is kept for the next command; what is proven now needs nothing that was kept before. */
async function keepRed(
  ports: Ports,
  run: {
    readonly plan: Plan;
    readonly images: readonly ImageOutcome[];
    /** What alone could be built; absent where everything that was asked for was. */
    readonly buildable: readonly Platform[] | undefined;
    readonly work: string;
    readonly runFolder: string;
  },
): Promise<void> {
  const { plan, images, buildable = null, work, runFolder } = run;
  for (const outcome of images) {
    const { key } = outcome;
    if (outcome.kind === 'proven') await dropKept(ports, run, key);
    if (outcome.kind !== 'failed' || outcome.built === undefined) continue;
    const found = { built: outcome.built, why: outcome.error.code, buildable: buildable && [...buildable] };
    const kept = keptStore({ plan, run: plan.run }, imageOf(plan, key), found);
    await keepStore(ports, { work, runFolder, layout: `${runFolder}/${key}` }, kept);
    ports.log.info(`${key}: what was built is kept in .slipway/stores/${key}`);
  }
}

/** A registry in a folder of this machine speeds nothing up that the builder, which is here too, does not have. */
function withoutRegistryCache(config: ProjectConfig): ProjectConfig {
  return config.cache.type === 'registry' ? { ...config, cache: { ...config.cache, type: 'none' } } : config;
}

function sayPlan(ports: Ports, plan: Plan): void {
  for (const note of plan.notes) ports.log.notice(note);
  for (const image of plan.images)
    ports.log.task(image.key, { kind: 'waiting', text: `${image.reason}: ${image.why}` });
  for (const image of plan.carried) ports.log.task(image.key, { kind: 'done', text: `carried over: ${image.why}` });
}
