import { repositoryContent } from '../clients/registry/repository-content.ts';
import { shortDigest } from '../domain/digest.ts';
import { ConfigError } from '../domain/errors.ts';
import { parseRepository, type Repository } from '../domain/image-ref.ts';
import { sourceOfRemote } from '../domain/oci-labels.ts';
import type { ImageOutcome } from '../domain/outcome.ts';
import { imageOf, type Plan, type PlannedImage } from '../domain/plan.ts';
import type { Platform } from '../domain/platform.ts';
import type { Ports } from '../ports/ports.ts';
import type { BuilderWish } from './builder.ts';
import { impatient, openDestination, registryFor } from './destination.ts';
import { findInRun } from './from-run.ts';
import { unpackStore } from './kept-artifact.ts';
import { buildAndKeep } from './kept-build.ts';
import { findKept, type HeldImage, keepStore, keptPath } from './kept-stores.ts';
import { strangerImage } from './stranger.ts';
import { takeStore, takeUploaded } from './taken-store.ts';
import { planStep, prefixOf, type Workbench } from './workbench.ts';

/** Which images are wanted, and whose bytes. */
export interface HeldWish {
  readonly images: readonly string[] | undefined;
  readonly builder: BuilderWish;
  readonly platforms: readonly Platform[];
  /** A run that built them. */
  readonly fromRun: string | undefined;
  /** A folder that somebody downloaded. */
  readonly store: string | undefined;
  /** What is done with the images needs nothing that the files here say of them. */
  readonly mayBeStrangers: boolean;
}

/** An image on this machine with what the files of the repository ask of it. */
export interface WantedImage extends HeldImage {
  readonly image: PlannedImage;
  readonly plan: Plan;
  /** Where its bytes are from, in words. */
  readonly from: string;
}

/** What can be worked with, and what could not be built. */
export interface HeldImages {
  readonly wanted: readonly WantedImage[];
  readonly unbuilt: readonly ImageOutcome[];
}

/** Finds the bytes of images: those of a run or a folder that is named, else what is kept here for the same inputs; what is nowhere is built. */
export async function holdImages(ports: Ports, bench: Workbench, wish: HeldWish): Promise<HeldImages> {
  const isNamed = wish.fromRun !== undefined || wish.store !== undefined;
  const buildable = isNamed ? undefined : await buildableBefore(ports, bench, wish.images);
  const plan = await planStep(ports, bench, { only: wish.images, buildable, looksUp: false }).catch(
    (error: unknown) => {
      const isStranger = error instanceof ConfigError && error.code === 'image-unknown';
      if (!isStranger || !isNamed || !wish.mayBeStrangers) throw error;
      return planStep(ports, bench, { only: [], buildable, looksUp: false });
    },
  );
  const keys = wish.images ?? plan.images.map(({ key }) => key);
  const wanted: WantedImage[] = [];
  const missing: string[] = [];
  for (const key of keys) {
    const image = plan.images.find((one) => one.key === key) ?? strangerImage(key, prefixOf(bench.desk));
    const found = isNamed ? await takeNamed(ports, bench, { ...wish, image }) : await keptFor(ports, bench, image);
    if (found === undefined) missing.push(key);
    else wanted.push({ ...found, image, plan });
  }
  if (missing.length === 0) return { wanted, unbuilt: [] };
  ports.log.notice(`${missing.join(', ')}: nothing is kept here for these files, so it is built first`);
  const built = await buildAndKeep(ports, bench, { builder: wish.builder, only: missing });
  for (const key of missing) {
    const held = await findKept(ports, bench.work, key);
    if (held === undefined || !isProven(built.outcomes, key)) continue;
    wanted.push({ ...held, image: imageOf(built.plan, key), plan: built.plan, from: 'built now' });
  }
  const unbuilt = built.outcomes.filter((outcome) => outcome.kind !== 'proven');
  return { wanted: wanted.sort((a, b) => keys.indexOf(a.image.key) - keys.indexOf(b.image.key)), unbuilt };
}

function isProven(outcomes: readonly ImageOutcome[], key: string): boolean {
  return outcomes.some((outcome) => outcome.key === key && outcome.kind === 'proven');
}

type Found = Omit<WantedImage, 'image' | 'plan'>;

/** The identity of an image knows its platforms, and a builder may have left some of them out. */
async function buildableBefore(
  ports: Ports,
  { work }: Workbench,
  images: readonly string[] | undefined,
): Promise<readonly Platform[] | undefined> {
  const keys = images ?? (await ports.files.list(`${work}/stores`)).map(({ name }) => name);
  for (const key of keys) {
    const held = await findKept(ports, work, key);
    if (held !== undefined) return held.kept.buildable ?? undefined;
  }
  return undefined;
}

async function keptFor(ports: Ports, { work }: Workbench, image: PlannedImage): Promise<Found | undefined> {
  const held = await findKept(ports, work, image.key);
  if (held?.kept.identity !== image.identity) return undefined;
  return { ...held, from: `kept in .slipway/stores/${image.key}` };
}

type Named = HeldWish & { readonly image: PlannedImage };

/** The bytes count that were named, whatever the files here are by now; where they are others, it is said. */
async function takeNamed(ports: Ports, bench: Workbench, named: Named): Promise<Found> {
  const { image } = named;
  const found = await takeBytes(ports, bench, named);
  const { built, identity, commit } = found.kept;
  if (identity !== image.identity) {
    const of = commit === null ? '' : ` (commit ${commit.slice(0, 12)})`;
    ports.log.warning(
      `${image.key}: the files here are not those that ${shortDigest(built.digest)} was built of${of}; its bytes are taken as they are, with the tests of the files here`,
    );
  }
  return found;
}

/** Finds the bytes that somebody named, wherever they are. */
export async function takeBytes(
  ports: Ports,
  bench: Pick<Workbench, 'work' | 'runFolder' | 'desk'>,
  { image, store, ...wish }: Pick<Named, 'image' | 'store' | 'fromRun' | 'platforms'>,
): Promise<Found> {
  const { work, runFolder, desk } = bench;
  const { key } = image;
  const layout = `${runFolder}/${key}`;
  if (store !== undefined) return { ...(await takeStore(ports, store, key, layout)), from: store };
  const id = wish.fromRun ?? '';
  const before = await findKept(ports, work, key);
  if (before?.kept.run.id === id) return { ...before, from: `run ${id}, kept in .slipway/stores/${key}` };
  const isDesk = id.startsWith('desk-');
  // What runs at this desk have published lies in a registry of its own.
  await using embedded = await openDestination(ports, { ...desk, to: undefined, configured: desk.config.registry });
  const published = isDesk
    ? { registry: embedded.registry, repository: below(embedded.prefix, image, desk) }
    : // Who is asked may be anywhere; what is fetched from there may take its time.
      { registry: registryFor(impatient(ports)), repository: image.repository };
  const found = await findInRun(
    ports,
    {
      key,
      id,
      platforms: wish.platforms,
      source: sourceOfRemote(desk.git.remote),
      published: isDesk || desk.config.registry !== undefined ? published : undefined,
    },
    `${runFolder}/${key}..artifact`,
  );
  if (found.kind === 'registry') {
    const from = isDesk
      ? repositoryContent(published.registry, published.repository)
      : repositoryContent(registryFor(ports), found.record.repository);
    const taken = await takeUploaded(ports, { record: found.record, from }, layout);
    return { ...taken, from: `run ${id}, from ${found.record.repository}` };
  }
  await unpackStore(ports, found.folder, found.kept, layout);
  await keepStore(ports, { work, runFolder, layout }, found.kept);
  const held = await findKept(ports, work, key);
  if (held === undefined) throw new Error(`${keptPath(work, key)} was written a moment ago`);
  return { ...held, from: `run ${id}, kept in .slipway/stores/${key}` };
}

/** The name of an image below another prefix than its own. */
function below(prefix: string, { repository }: PlannedImage, desk: Workbench['desk']): Repository {
  return parseRepository(`${prefix}${repository.slice(prefixOf(desk).length)}`, repository);
}
