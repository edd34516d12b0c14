import type { Builder } from '../clients/buildx.ts';
import type { RegistryClient } from '../clients/registry/client.ts';
import { repositoryContent } from '../clients/registry/repository-content.ts';
import { isRebuildable, rebuildCacheOf } from '../domain/cache-plan.ts';
import { CancelledError, SlipwayError } from '../domain/errors.ts';
import { parseImageRef } from '../domain/image-ref.ts';
import { partIn, rowsWith } from '../domain/parts.ts';
import { imageOf, type Plan, type PlannedImage } from '../domain/plan.ts';
import type { ImageRecord } from '../domain/record.ts';
import { homeOf } from '../domain/staging.ts';
import type { Ports } from '../ports/ports.ts';
import { build } from '../stages/build.ts';
import type { BaseInStore } from '../stages/building/named-contexts.ts';
import type { GivenSecret } from '../stages/building/secrets.ts';
import type { Rebuild } from '../stages/gating/rebuilt.ts';
import { copyContent } from '../store/copy.ts';
import { inParallel } from '../store/parallel.ts';
import { createStore } from '../store/store.ts';

/** What building a set a second time needs. */
export interface RebuildJob {
  readonly plan: Plan;
  /** What the first builds left, part by part. */
  readonly records: readonly ImageRecord[];
  /** The repository's folder. */
  readonly folder: string;
  /** Where the second builds land; it is gone when the gate has looked. */
  readonly scratch: string;
  readonly registry: RegistryClient;
  readonly builder: Builder;
  /** The first builds were made on this machine, so that a builder of the same name is the same one. */
  readonly isSameMachine: boolean;
  readonly source: string | undefined;
  readonly secrets?: ReadonlyMap<string, GivenSecret> | undefined;
  readonly logins?: string | undefined;
}

const atOnce = 4;

/** Builds every image of a plan again, on another builder and from the caches of the first builds, to which nothing is written. */
export async function rebuildSet(ports: Ports, job: RebuildJob): Promise<readonly Rebuild[]> {
  const records = job.records.filter(({ key }) => job.plan.images.some((image) => image.key === key));
  const rebuilds: Rebuild[] = [];
  await inParallel([...records.entries()], atOnce, async ([place, record]) => {
    rebuilds.push(await rebuild(ports, job, record, `${job.scratch}/${place}`));
  });
  return rebuilds;
}

async function rebuild(ports: Ports, job: RebuildJob, record: ImageRecord, folder: string): Promise<Rebuild> {
  const image = builtImage(job.plan, record);
  const why = whyNot(job, record, image);
  if (why !== undefined) return { record, outcome: { kind: 'impossible', why } };
  ports.log.task(record.key, { kind: 'working', text: 'build again for the gate' });
  try {
    const { fragment, store } = await build(ports, {
      image: { ...image, cache: readOnly(image) },
      folder: job.folder,
      storeFolder: `${folder}/image`,
      builder: job.builder,
      bases: await basesOf(ports, job, record, folder),
      origin: { ...job.plan, source: job.source },
      secrets: job.secrets,
      logins: job.logins,
      mayLackSecrets: job.plan.event.untrusted,
    });
    const cache = await refreshed(job, record, image);
    return { record, outcome: { kind: 'built', fragment, source: store }, cache };
  } catch (error) {
    if (!(error instanceof SlipwayError) || error instanceof CancelledError) throw error;
    return { record, outcome: { kind: 'impossible', why: `it could not be built a second time: ${error.what}` } };
  }
}

/** The image as the job of the record saw it: of one in parts, the part. */
function builtImage(plan: Plan, { key, platforms }: ImageRecord): PlannedImage {
  const image = imageOf(plan, key);
  const parts = rowsWith(plan, key).map((row) => partIn(row, image));
  return (
    parts.find((part) => part.platforms.some((one) => platforms.some(({ platform }) => platform === one))) ?? image
  );
}

function whyNot(job: RebuildJob, { key, builder, cache }: ImageRecord, image: PlannedImage): string | undefined {
  if (!isRebuildable(image.cache)) {
    return `The cache for ${key} was not written by this run, so it cannot be built again from it`;
  }
  const isOne = job.isSameMachine || ['remote', 'kubernetes'].includes(builder.driver);
  if (isOne && builder.name === job.builder.name && builder.driver === job.builder.driver) {
    return `the builder ${builder.name} built it the first time, and would only show what it remembers`;
  }
  const failed = cache?.caches.find(({ kind, problem }) => kind === 'write' && problem !== null);
  if (failed === undefined || image.cache.from.length > 0) return undefined;
  return `The cache for ${key} was not used. Cause: cache export failed in the test job (${failed.problem})`;
}

function readOnly(image: PlannedImage): PlannedImage['cache'] {
  const { from, to, fresh } = rebuildCacheOf(image.cache);
  return { from: [...from], to: [...to], fresh };
}

/** The very bases that the first build had, brought from where they were uploaded. */
async function basesOf(
  ports: Ports,
  job: RebuildJob,
  record: ImageRecord,
  folder: string,
): Promise<readonly BaseInStore[]> {
  const { plan, registry } = job;
  const known = [...plan.images, ...plan.carried, ...plan.borrowed];
  const bases: BaseInStore[] = [];
  for (const { key, digest } of record.bases) {
    const image = known.find((one) => one.key === key);
    if (key === null || digest === null || image === undefined) continue;
    const store = await createStore(ports, `${folder}/bases/${key}`, { name: `the store of ${key}` });
    await copyContent(repositoryContent(registry, homeOf(image)), store, { digest });
    bases.push({ key, digest, folder: store.folder });
  }
  return bases;
}

/** The cache that the first build wrote into a registry, where somebody has written another one since. */
async function refreshed(
  { registry }: RebuildJob,
  { cache }: ImageRecord,
  image: PlannedImage,
): Promise<Rebuild['cache']> {
  const written = cache?.caches.filter(({ kind }) => kind === 'write') ?? [];
  const places = image.cache.to.flatMap((argument) => /^type=registry,ref=([^,]+)/.exec(argument)?.[1] ?? []);
  const [a, place] = [written[0]?.digest, places[0]];
  if (a === undefined || place === undefined || written.length > 1 || places.length > 1) return undefined;
  const { repository, tag } = parseImageRef(place, 'the cache of the plan');
  if (tag === undefined) return undefined;
  try {
    const b = (await registry.resolve(repository, tag))?.digest;
    return b === undefined || b === a ? undefined : { place, a, b };
  } catch (error) {
    // It is one reason among others: whoever cannot ask for it has no reason to stop.
    if (error instanceof SlipwayError && !(error instanceof CancelledError)) return undefined;
    throw error;
  }
}
