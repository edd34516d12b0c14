import { type ProvenImage, setOf } from '../domain/image-set.ts';
import { sourceOfRemote } from '../domain/oci-labels.ts';
import type { ImageOutcome, RunOutcome } from '../domain/outcome.ts';
import type { Plan } from '../domain/plan.ts';
import { joinReports, type ReleaseReport } from '../domain/release-report.ts';
import { mayPublish } from '../domain/rights.ts';
import type { Verdict } from '../domain/verdict.ts';
import type { ProjectConfig } from '../formats/config-schema.ts';
import type { Ports } from '../ports/ports.ts';
import { gate } from '../stages/gate.ts';
import { plan as makePlan } from '../stages/plan.ts';
import { push } from '../stages/push.ts';
import { release } from '../stages/release.ts';
import { buildSet } from './build-set.ts';
import { type BuilderWish, openBuilder, requireEngine } from './builder.ts';
import { dependenciesIn } from './changes.ts';
import { type DeskOptions, readDesk } from './desk.ts';
import { type Destination, impatient, openDestination, registryFor } from './destination.ts';
import { requireSpace } from './free-space.ts';
import { keepTestLogs } from './test-logs.ts';

/** What `slipway run` takes. */
export interface RunOptions extends DeskOptions {
  readonly to?: string | undefined;
  readonly builder: BuilderWish;
  readonly images?: readonly string[] | undefined;
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
  await using runFolder = await ports.files.tempFolder('run-', work);
  await using destination = await openDestination(ports, { ...desk, to: options.to, configured: desk.config.registry });
  const plan = await makePlan(
    { ...ports, registry: destination.registry, bases: registryFor(impatient(ports)) },
    {
      ...desk,
      config: destination.embedded === undefined ? desk.config : withoutRegistryCache(desk.config),
      prefix: destination.prefix,
      run: { id, number: null, attempt: 1 },
      commit: { id: desk.git.commit, time: desk.git.commitTime, dirty: desk.git.dirty },
      only: options.images,
      // Into a registry of others goes what was asked for, or nothing.
      buildable: destination.embedded === undefined ? undefined : builder.platforms,
      offline: false,
      dependencies: dependenciesIn(ports, desk),
    },
  );
  sayPlan(ports, plan);
  const images = await buildSet(ports, {
    plan,
    builder,
    folder: desk.folder,
    runFolder: runFolder.path,
    registry: destination.registry,
    run: plan.run,
    source: sourceOfRemote(desk.git.remote),
    owner: plan.run.id,
  });
  await keepTestLogs(ports, { runFolder: runFolder.path, keys: plan.images.map(({ key }) => key) }, `${work}/logs`);
  const published = await publish(ports, { plan, images, destination });
  const durationMs = ports.clock.now().getTime() - started;
  return { outcome: { plan, images, ...published, durationMs }, embedded: destination.embedded };
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

/** Gate, push and release, when every image is proven and the run may publish at all. */
async function publish(
  ports: Ports,
  run: { readonly plan: Plan; readonly images: readonly ImageOutcome[]; readonly destination: Destination },
): Promise<{ readonly verdict?: Verdict; readonly release?: ReleaseReport }> {
  const { plan, images } = run;
  const proven = images.flatMap((image): ProvenImage[] =>
    image.kind === 'proven' ? [{ key: image.key, digest: image.record.digest, record: image.recordDigest }] : [],
  );
  if (!mayPublish(plan.rights) || proven.length < images.length) return {};
  const withRegistry = { ...ports, registry: run.destination.registry };
  const set = setOf(plan, proven);
  const verdict = await gate(withRegistry, { plan, set });
  if (verdict.state !== 'match') return { verdict };
  const pushed = await push(withRegistry, { plan, set });
  if (pushed.state === 'partial' || pushed.state === 'rolled-back') return { verdict, release: pushed };
  return { verdict, release: joinReports(pushed, await release(withRegistry, { plan, set })) };
}
