import { type Digest, digestOf } from '../../domain/digest.ts';
import { ConfigError } from '../../domain/errors.ts';
import { levelsOf, withBases } from '../../domain/graph.ts';
import { type ContextEntry, type IdentityInputs, identityOf } from '../../domain/identity.ts';
import { nearestName } from '../../domain/nearest-name.ts';
import { isAddress, joinPath } from '../../domain/path.ts';
import type { PlannedBase } from '../../domain/plan.ts';
import type { Files } from '../../ports/files.ts';
import { inParallel } from '../../store/parallel.ts';
import { readContext } from './context.ts';
import { indexSet, linkBase, type SetIndex } from './edges.ts';
import { fillArgs, type ImageInputs, type ImageReading, readImageInputs } from './image-inputs.ts';

const readsAtOnce = 32;

/** An image as the configuration and the disk describe it, before anything is compared with a registry. */
export interface Draft extends Omit<ImageInputs, 'config' | 'text' | 'named'> {
  readonly bases: readonly PlannedBase[];
  readonly needs: readonly string[];
  readonly identity: Digest;
}

/** What drafts are made of. */
export interface DraftInputs extends ImageReading {
  /** Only these, and what they are built on. */
  readonly only: readonly string[] | undefined;
}

/** Reads every image of the configuration, finds which are built on which, and gives each its input identity. */
export async function readDrafts(files: Files, inputs: DraftInputs): Promise<readonly Draft[]> {
  const unlinked = await Promise.all(
    Object.entries(inputs.config.images).map((entry) => readImageInputs(files, inputs, entry)),
  );
  const repositories = new Map<string, string>();
  for (const image of unlinked) {
    const other = repositories.get(image.repository);
    if (other !== undefined) throw sameRepository(inputs.configFile, image, other);
    repositories.set(image.repository, image.key);
  }
  const set = indexSet(unlinked);
  const linked = unlinked.map((image) => {
    const bases = basesOf(image, set);
    return { ...image, bases, needs: [...new Set(bases.flatMap((base) => base.key ?? []))] };
  });
  const byKey = new Map(linked.map((image) => [image.key, image]));
  const needs = new Map(linked.map((image) => [image.key, image.needs]));
  const wanted = selection(inputs, needs);
  const read = await readAll(
    files,
    inputs.folder,
    linked.filter(({ key }) => wanted.has(key)),
  );
  const identities = new Map<string, Digest>();
  const drafts: Draft[] = [];
  for (const key of levelsOf(needs).flat()) {
    const image = byKey.get(key);
    const content = read.get(key);
    if (image === undefined || content === undefined) continue;
    const { config, text, named: _, ...draft } = image;
    const identity = identityOf({
      ...content,
      dockerfile: text,
      target: image.target,
      // Where an image is published, and under which tag, does not change what is in it.
      buildArgs: fillArgs(config, { version: inputs.version ?? '', key }),
      platforms: image.platforms,
      bases: Object.fromEntries(image.needs.flatMap((base) => entry(base, identities.get(base)))),
    });
    identities.set(key, identity);
    drafts.push({ ...draft, identity });
  }
  return drafts;
}

type Content = Pick<IdentityInputs, 'context' | 'more'>;

/** What lies on disk for each image; a large set would take long one after the other. */
async function readAll(files: Files, folder: string, images: readonly ImageInputs[]): Promise<Map<string, Content>> {
  const found = new Map<string, Content>();
  await inParallel(images, readsAtOnce, async (image) => {
    const context = await readContext(files, joinPath(folder, image.context), {
      dockerfile: joinPath(folder, image.dockerfile),
    });
    found.set(image.key, { context, more: await readMore(files, folder, image) });
  });
  return found;
}

/** A base under a name of the configuration, else what the FROM line means by itself. */
function basesOf(image: ImageInputs, set: SetIndex): readonly PlannedBase[] {
  return image.found.flatMap((base): readonly PlannedBase[] => {
    if (image.contexts[base.reference] !== undefined) return [];
    const key = image.named.get(base.reference);
    if (key !== undefined) return [{ reference: base.reference, key, digest: null, platforms: {} }];
    return [linkBase(base, { key: image.key, file: image.dockerfile }, set)];
  });
}

/** What else the configuration says that an image is made of. */
async function readMore(
  files: Files,
  folder: string,
  { contexts, config }: ImageInputs,
): Promise<Record<string, readonly ContextEntry[]>> {
  const more: Record<string, readonly ContextEntry[]> = {};
  for (const [name, path] of Object.entries(contexts)) {
    more[`context ${name}`] = isAddress(path)
      ? [{ path, kind: 'link', executable: false, digest: digestOf(path) }]
      : await readContext(files, joinPath(folder, path));
  }
  if (config.paths.length > 0) more.paths = await readContext(files, folder, { only: config.paths });
  return more;
}

function selection(inputs: DraftInputs, needs: ReadonlyMap<string, readonly string[]>): ReadonlySet<string> {
  if (inputs.only === undefined) return new Set(needs.keys());
  const unknown = inputs.only.find((key) => !needs.has(key));
  if (unknown === undefined) return withBases(needs, inputs.only);
  const nearest = nearestName(unknown, [...needs.keys()]);
  throw new ConfigError({
    code: 'image-unknown',
    what: `there is no image ${JSON.stringify(unknown)}`,
    where: inputs.configFile,
    state: 'nothing was built',
    next: nearest === undefined ? `choose from: ${[...needs.keys()].join(', ')}` : `did you mean ${nearest}?`,
  });
}

function entry(key: string, value: Digest | undefined): readonly (readonly [string, Digest])[] {
  return value === undefined ? [] : [[key, value]];
}

function sameRepository(configFile: string, image: ImageInputs, other: string): ConfigError {
  return new ConfigError({
    code: 'repository-twice',
    what: `${image.key} and ${other} would both be published to ${image.repository}`,
    where: configFile,
    state: 'nothing was built',
    next: 'give one of them another repository',
  });
}
