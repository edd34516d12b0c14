import { readRecords } from '../clients/records.ts';
import type { RegistryClient } from '../clients/registry/client.ts';
import { type Digest, parseDigest } from '../domain/digest.ts';
import { ConfigError, RefusedError } from '../domain/errors.ts';
import { parseRepository, parseTag, type Repository, type Tag } from '../domain/image-ref.ts';
import { isVersion } from '../domain/version.ts';
import type { ProjectConfig } from '../formats/config-schema.ts';
import { furtherRegistries } from '../stages/planning/further-registries.ts';
import type { Repointed } from '../stages/repoint.ts';

/** What is to be moved back: a tag, and for each image the digest that it names and the one that it is to name. */
export interface RepointWish {
  readonly tag: string;
  readonly from: readonly string[];
  readonly to: readonly string[];
}

/** Finds the image of each pair by what its tag names, and makes sure that what it is to name was proven once. */
export async function findRepointed(
  registry: RegistryClient,
  project: { readonly config: ProjectConfig; readonly configFile: string; readonly prefix: string },
  wish: RepointWish,
): Promise<readonly Repointed[]> {
  const tag = parseTag(wish.tag, 'repoint');
  refuseImmutable(tag);
  if (wish.from.length === 0 || wish.from.length !== wish.to.length) throw unpaired(wish);
  const pairs = wish.from.map((from, place) => ({
    from: parseDigest(from, 'from'),
    to: parseDigest(wish.to[place] ?? '', 'to'),
  }));
  const { config, configFile, prefix } = project;
  const images = await Promise.all(
    Object.entries(config.images).map(async ([key, image]) => {
      const repository = parseRepository(`${prefix}/${image.repository ?? key}`, `images.${key} in ${configFile}`);
      return { key, repository, digest: (await registry.resolve(repository, tag))?.digest };
    }),
  );
  const further = furtherRegistries(project);
  const found = await Promise.all(
    pairs.map(async ({ from, to }) => {
      // One that was moved already is found as well, so that a second attempt changes nothing.
      const found =
        images.find(({ digest }) => digest === from) ??
        (await firstOf(images, async ({ repository, digest }) => {
          return digest === to && (await registry.resolve(repository, from)) !== undefined;
        }));
      if (found === undefined) throw notThere(tag, from);
      await requireProof(registry, found.repository, to);
      return { key: found.key, repository: found.repository, tag, from, to };
    }),
  );
  const elsewhere = await Promise.all(found.map((one) => repointedIn(registry, further.of(one.key), one)));
  return [...found, ...elsewhere.flat()];
}

/** The same move in further registries; one that has no such tag yet has nothing to move back. */
async function repointedIn(
  registry: RegistryClient,
  repositories: readonly Repository[],
  one: Repointed,
): Promise<readonly Repointed[]> {
  const tags = await Promise.all(
    repositories.map(async (repository): Promise<readonly Repointed[]> => {
      if ((await registry.resolve(repository, one.tag)) === undefined) return [];
      return [{ ...one, repository, source: one.repository }];
    }),
  );
  return tags.flat();
}

/** What was never built and tested by anybody is no place to go back to. */
async function requireProof(registry: RegistryClient, repository: Repository, digest: Digest): Promise<void> {
  const { records } = await readRecords(registry, repository, digest);
  if (records.some(({ record }) => record.digest === digest && record.test !== 'failed')) return;
  throw new RefusedError({
    code: 'record-missing',
    what: `nothing proves ${digest}: there is no record of a build that passed`,
    where: repository,
    state: 'no tag was written',
    next: 'name a digest that was released before',
  });
}

async function firstOf<T>(items: readonly T[], isWanted: (item: T) => Promise<boolean>): Promise<T | undefined> {
  for (const item of items) if (await isWanted(item)) return item;
  return undefined;
}

function refuseImmutable(tag: Tag): void {
  if (!isVersion(tag) || !/\d+\.\d+\.\d+/.test(tag)) return;
  throw new ConfigError({
    code: 'repoint-version',
    what: `${tag} is a version, and a released version never moves`,
    where: 'repoint',
    state: 'no tag was written',
    next: 'move latest or another floating tag back, or release a new version',
  });
}

function unpaired({ from, to }: RepointWish): ConfigError {
  return new ConfigError({
    code: 'repoint-unpaired',
    what: `there are ${from.length} digests to move from, and ${to.length} to move to`,
    where: 'repoint',
    state: 'no tag was written',
    next: 'give from and to once for each image, in the same order: exact digests, as `slipway inspect` shows them',
  });
}

function notThere(tag: Tag, from: string): ConfigError {
  return new ConfigError({
    code: 'repoint-other-digest',
    what: `no image of the set has a tag ${tag} that names ${from}`,
    where: 'repoint',
    state: 'no tag was written',
    next: 'look at what the tag names now, with `slipway inspect`',
  });
}
