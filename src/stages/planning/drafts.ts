import { ownOptions } from '../../domain/build-options.ts';
import type { Digest } from '../../domain/digest.ts';
import { ConfigError } from '../../domain/errors.ts';
import { levelsOf, withBases } from '../../domain/graph.ts';
import { identityOf } from '../../domain/identity.ts';
import { nearestName } from '../../domain/nearest-name.ts';
import { fillTexts } from '../../domain/placeholders.ts';
import type { PlannedBase } from '../../domain/plan.ts';
import type { Waiver } from '../../domain/waiver.ts';
import type { Files } from '../../ports/files.ts';
import { inParallel } from '../../store/parallel.ts';
import { buildOptionsOf } from './build-options.ts';
import { type Content, contentReader } from './contents.ts';
import { indexSet, linkBase, type SetIndex } from './edges.ts';
import type { ImageInputs, ImageReading } from './image-inputs.ts';
import { readImages } from './image-reading.ts';

const readsAtOnce = 32;

/** An image as the configuration and the disk describe it, before anything is compared with a registry. */
export interface Draft extends Omit<ImageInputs, 'config' | 'text' | 'named'> {
  readonly bases: readonly PlannedBase[];
  readonly needs: readonly string[];
  readonly identity: Digest;
  /** What somebody answers for today. */
  readonly waivers?: readonly Waiver[] | undefined;
}

/** What drafts are made of. */
export interface DraftInputs extends ImageReading {
  /** Only these, and what they are built on. */
  readonly only: readonly string[] | undefined;
}

/** The images of a set, and what a person should know of how they were read. */
export interface Drafts {
  readonly drafts: readonly Draft[];
  readonly notes: readonly string[];
}

/** Reads every image of the configuration, finds which are built on which, and gives each its input identity. */
export async function readDrafts(files: Files, inputs: DraftInputs): Promise<Drafts> {
  const { images: unlinked, notes } = await readImages(files, inputs);
  const repositories = new Map<string, string>();
  for (const image of unlinked) {
    const other = repositories.get(image.repository);
    if (other !== undefined) throw sameRepository(inputs.configFile, image, other);
    repositories.set(image.repository, image.key);
  }
  const set = indexSet(unlinked, { prefix: inputs.prefix, home: inputs.config.home });
  const linked = unlinked.map((image) => {
    const bases = basesOf(image, set);
    return { image, bases, needs: [...new Set(bases.flatMap((base) => base.key ?? []))] };
  });
  const byKey = new Map(linked.map((one) => [one.image.key, one]));
  const needs = new Map(linked.map((one) => [one.image.key, one.needs]));
  const wanted = selection(inputs, needs);
  const chosen = unlinked.filter(({ key }) => wanted.has(key));
  const read = contentReader(files, inputs.folder, chosen);
  const identities = new Map<string, Digest>();
  const drafts: Draft[] = [];
  for (const level of levelsOf(needs)) {
    const made: Draft[] = [];
    const images = level.flatMap((key) => (wanted.has(key) ? (byKey.get(key) ?? []) : []));
    // What was read of an image is forgotten with its level: together it would be every file that there is.
    await inParallel([...images.entries()], readsAtOnce, async ([place, one]) => {
      made[place] = draftOf(one, await read(one.image), { version: inputs.version, identities });
    });
    for (const { key, identity } of made) identities.set(key, identity);
    drafts.push(...made);
  }
  return { drafts, notes };
}

/** An image with what it is built on. */
interface LinkedImage extends Pick<Draft, 'bases' | 'needs'> {
  readonly image: ImageInputs;
}

function draftOf(
  { image, bases, needs }: LinkedImage,
  content: Content,
  known: { readonly version: string | null; readonly identities: ReadonlyMap<string, Digest> },
): Draft {
  const { config } = image;
  const values = { version: known.version ?? '', key: image.key };
  const identity = identityOf({
    ...content,
    dockerfile: image.text,
    target: image.target,
    // Where an image is published, and under which tag, does not change what is in it.
    buildArgs: fillTexts(config['build-args'], values),
    options: ownOptions(hasTexts(config) ? buildOptionsOf(config, values) : image.options),
    platforms: image.platforms,
    bases: Object.fromEntries(needs.flatMap((base) => entry(base, known.identities.get(base)))),
  });
  // Written out: to copy all members but some of thousands of images takes longer than to hash them.
  return {
    key: image.key,
    repository: image.repository,
    context: image.context,
    dockerfile: image.dockerfile,
    dockerfileText: image.dockerfileText,
    target: image.target,
    platforms: image.platforms,
    buildArgs: image.buildArgs,
    contexts: image.contexts,
    tests: image.tests,
    expect: image.expect,
    logName: image.logName,
    allowUntested: image.allowUntested,
    options: image.options,
    scan: image.scan,
    matrix: image.matrix,
    jobMinutes: image.jobMinutes,
    ownTags: image.ownTags,
    found: image.found,
    bases,
    needs,
    identity,
  };
}

/** Where nothing is filled in, the options are the same with any values. */
function hasTexts({ labels, annotations }: ImageInputs['config']): boolean {
  return Object.keys(labels).length > 0 || Object.keys(annotations).length > 0;
}

/** A base under a name of the configuration, else what the FROM line means by itself. */
function basesOf(image: ImageInputs, set: SetIndex): readonly PlannedBase[] {
  return image.found.flatMap((base): readonly PlannedBase[] => {
    const { as, reference } = base;
    if (as === undefined && image.contexts[reference] !== undefined) return [];
    const key = image.named.get(reference);
    if (as === undefined && key !== undefined) return [{ reference, key, digest: null, platforms: {} }];
    const linked = linkBase(base, { key: image.key, file: image.dockerfile }, set);
    return [as === undefined ? linked : { ...linked, as }];
  });
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
