import type { Digest } from '../domain/digest.ts';
import type { GateMode } from '../domain/gate-mode.ts';
import type { ImageMemory } from '../domain/image-memory.ts';
import { parseRepository } from '../domain/image-ref.ts';
import { sourceOfRemote } from '../domain/oci-labels.ts';
import type { RunOutcome } from '../domain/outcome.ts';
import { imageOf, type Plan } from '../domain/plan.ts';
import { roughDuration, timeLeftMs } from '../domain/time-left.ts';
import type { ProjectConfig } from '../formats/config-schema.ts';
import type { Ports } from '../ports/ports.ts';
import { plan as makePlan } from '../stages/plan.ts';
import { atOnce, buildSet } from './build-set.ts';
import { type BuilderWish, openWorkshop } from './builder.ts';
import { dependenciesIn } from './changes.ts';
import { type DeskOptions, type DeskRepository, readDesk } from './desk.ts';
import { type DeskRun, keepRed, keepStopped, takeNamed, takeStopped } from './desk-stores.ts';
import { impatient, openDestination, registryFor } from './destination.ts';
import { requireRights } from './first-look.ts';
import { storesInFolder } from './found-stores.ts';
import { takeBytes } from './held-images.ts';
import type { ImageJob } from './image-job.ts';
import { recall, remember } from './image-memory.ts';
import { claimFolder, sweepKilled } from './leftovers.ts';
import { publish } from './publish.ts';
import { keepTestLogs } from './test-logs.ts';
import { prefixOf } from './workbench.ts';

/** What `slipway run` takes. */
export interface RunOptions extends DeskOptions {
  readonly to?: string | undefined;
  readonly builder: BuilderWish;
  readonly images?: readonly string[] | undefined;
  /** A run whose bytes are tested and published in place of a build. */
  readonly fromRun?: string | undefined;
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
  const work = `${desk.folder}/.slipway`;
  const id = `desk-${ports.random.hex(12)}`;
  await using opened = await openWorkshop(ports, options.builder, { owner: id, folder: work });
  const { builder } = opened;
  // Nobody should have to tell git that what we keep here is not theirs.
  await ports.files.create(`${work}/.gitignore`, '*\n');
  await sweepKilled(ports, work, 'run-');
  await using runFolder = await ports.files.tempFolder('run-', work);
  await claimFolder(ports, runFolder.path, { owner: id, builder: builder.name });
  await using destination = await openDestination(ports, { ...desk, to: options.to, configured: desk.config.registry });
  // Into a registry of others goes what was asked for, or nothing.
  const buildable = destination.embedded === undefined ? undefined : builder.platforms;
  const memory = await recall(ports, work);
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
      staged: stagedIn(memory),
    },
  );
  if (destination.embedded === undefined) await requireRights(destination.registry, plan, 'everywhere');
  sayPlan(ports, plan, memory);
  const kept: DeskRun = { plan, buildable, work, runFolder: runFolder.path };
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
    adopt: adopter(ports, { ...kept, desk, prefix: destination.prefix, fromRun: options.fromRun }),
    onCut: (image, built) => keepStopped(ports, kept, image, built),
    onProven: ({ key, record, cached, executed }, tookMs) => {
      // What was taken as it was says nothing of how long a build takes.
      const before = cached + executed === 0 ? memory.get(key)?.tookMs : undefined;
      return remember(ports, work, {
        key,
        tookMs: before ?? tookMs,
        staged: plan.rights.stage ? record.digest : null,
      });
    },
    onUse: (bytes) => {
      diskBytes = bytes;
    },
  });
  await keepTestLogs(ports, { runFolder: runFolder.path, keys: plan.images.map(({ key }) => key) }, `${work}/logs`);
  await keepRed(ports, kept, images);
  const gating = {
    mode: plan.gate ?? 'promote',
    builder: { ...options.builder, name: options.gate?.builder },
    findStore: storesInFolder(ports, runFolder.path),
    source: sourceOfRemote(desk.git.remote),
    isSameMachine: true,
    temp: work,
  };
  const findStore = plan.staging === 'archive' ? gating.findStore : undefined;
  const published = await publish(ports, { plan, images, destination, folder: desk.folder, gating, findStore });
  const durationMs = ports.clock.now().getTime() - started;
  return { outcome: { plan, images, ...published, durationMs, diskBytes }, embedded: destination.embedded };
}

/** A registry in a folder of this machine speeds nothing up that the builder, which is here too, does not have. */
function withoutRegistryCache(config: ProjectConfig): ProjectConfig {
  return config.cache.type === 'registry' ? { ...config, cache: { ...config.cache, type: 'none' } } : config;
}

type Memory = ReadonlyMap<string, ImageMemory>;

function stagedIn(memory: Memory): ReadonlyMap<string, Digest> {
  return new Map([...memory].flatMap(([key, { staged }]) => (staged === null ? [] : [[key, staged] as const])));
}

/** In place of a build: the bytes of the run that is named, or what a run that was stopped has built. */
function adopter(
  ports: Ports,
  run: DeskRun & { readonly desk: DeskRepository; readonly prefix: string; readonly fromRun: string | undefined },
): NonNullable<ImageJob['adopt']> {
  const { fromRun: id, desk, prefix } = run;
  return async (image, layout) => {
    if (id === undefined) return takeStopped(ports, run, image, layout);
    // Where runs look for it, it has the name of the configuration, and not that of a registry which lives for one run.
    const repository = parseRepository(`${prefixOf(desk)}${image.repository.slice(prefix.length)}`, image.repository);
    const wish = { image: { ...image, repository }, store: undefined, fromRun: id, platforms: image.platforms };
    return takeNamed(ports, run, { image, held: await takeBytes(ports, run, wish), id }, layout);
  };
}

function sayPlan(ports: Ports, plan: Plan, memory: Memory): void {
  for (const note of plan.notes) ports.log.notice(note);
  const timed = plan.levels.flat().map((key) => ({ ...imageOf(plan, key), tookMs: memory.get(key)?.tookMs }));
  const leftMs = timeLeftMs(timed, atOnce);
  if (leftMs !== undefined && leftMs > 0) ports.log.info(`as the last time, this takes about ${roughDuration(leftMs)}`);
  for (const { key, reason, why } of plan.images) {
    ports.log.task(key, { kind: 'waiting', text: `${reason}: ${why}`, expectedMs: memory.get(key)?.tookMs });
  }
  for (const image of plan.carried) ports.log.task(image.key, { kind: 'done', text: `carried over: ${image.why}` });
}
