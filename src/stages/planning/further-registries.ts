import type { RegistryClient } from '../../clients/registry/client.ts';
import { ConfigError, RemoteError } from '../../domain/errors.ts';
import { hostOf, parseRepository, type Repository } from '../../domain/image-ref.ts';
import type { PlanInputs } from './plan-inputs.ts';
import { refuseTakenTags } from './published.ts';

/** Where the images of a plan are published beside its registry. */
export interface FurtherRegistries {
  /** The further repositories of an image. */
  of(key: string): readonly Repository[];
  /** An image of a plan, with its further repositories where it has some. */
  add<T extends { readonly key: string }>(image: T): T & { alsoIn?: Repository[] };
  readonly notes: readonly string[];
}

/**
 * Reads `registries`. They go with the `registry` beside them: a run that publishes elsewhere, to the registry of a desk or where
 * an option says, leaves them alone.
 */
export function furtherRegistries({
  config,
  configFile,
  prefix,
}: Pick<PlanInputs, 'config' | 'configFile' | 'prefix'>): FurtherRegistries {
  const prefixes = config.registries.map((text, place) => {
    return { text, home: homeOf(text, `registries[${place}] in ${configFile}`) };
  });
  const primary = config.registry === undefined ? undefined : homeOf(config.registry, `registry in ${configFile}`);
  refuseTwice([...(primary === undefined ? [] : [primary]), ...prefixes.map(({ home }) => home)], configFile);
  const isOurs = primary !== undefined && primary === homeOf(prefix, 'the registry prefix');
  const notes = isOurs || prefixes.length === 0 ? [] : [leftNote(prefix, config.registries)];
  const found = new Map<string, Repository[]>();
  if (isOurs && prefixes.length > 0) {
    for (const [key, image] of Object.entries(config.images)) {
      const where = `images.${key} in ${configFile}`;
      const path = image.repository ?? key;
      found.set(
        key,
        prefixes.map(({ text }) => parseRepository(`${text}/${path}`, where)),
      );
    }
    refuseShared(
      Object.entries(config.images).flatMap(([key, image]) => {
        const own = parseRepository(`${prefix}/${image.repository ?? key}`, `images.${key} in ${configFile}`);
        return [own, ...(found.get(key) ?? [])].map((repository) => ({ key, repository }));
      }),
      configFile,
    );
  }
  const of = (key: string): readonly Repository[] => found.get(key) ?? [];
  return {
    of,
    add: (image) => (of(image.key).length === 0 ? image : { ...image, alsoIn: [...of(image.key)] }),
    notes,
  };
}

/** Tells whether two texts are one registry with one path. */
export function isSamePrefix(one: string, other: string): boolean {
  return homeOf(one, 'the registry prefix') === homeOf(other, 'the registry prefix');
}

/** What a person should know where `registries` are left alone. */
export function leftNote(prefix: string, registries: readonly string[]): string {
  return `this run publishes to ${prefix} and not to the registry of the configuration: nothing is written to ${registries.join(', ')}`;
}

/**
 * Stops where an immutable tag names something else in a further registry. One that does not answer now stops nothing: it is
 * asked again before the first write, and not every job that plans is signed in everywhere.
 */
export async function refuseTakenFurther(
  registry: RegistryClient | undefined,
  further: FurtherRegistries,
  decided: Parameters<typeof refuseTakenTags>[1],
): Promise<readonly string[]> {
  const drafts = decided.drafts.flatMap((draft) =>
    further.of(draft.key).map((repository) => ({ ...draft, repository })),
  );
  if (registry === undefined || drafts.length === 0) return [];
  try {
    await refuseTakenTags(registry, { ...decided, drafts });
    return [];
  } catch (error) {
    if (!(error instanceof RemoteError)) throw error;
    const hosts = [...new Set(drafts.map(({ repository }) => hostOf(repository)))].join(', ');
    return [`which versions ${hosts} has already is not known yet, and is asked before the first tag: ${error.what}`];
  }
}

/** The one spelling of a prefix. */
function homeOf(text: string, where: string): Repository {
  return parseRepository(`${text}/image`, where);
}

function refuseTwice(homes: readonly Repository[], configFile: string): void {
  const twice = homes.find((home, place) => homes.indexOf(home) !== place);
  if (twice === undefined) return;
  throw new ConfigError({
    code: 'registry-twice',
    what: `${twice.replace(/\/image$/, '')} is named twice`,
    where: `registry and registries in ${configFile}`,
    state: 'nothing was built',
    next: 'name each registry once: registry is where images are tested and gated, registries are all others',
  });
}

function refuseShared(
  places: readonly { readonly key: string; readonly repository: Repository }[],
  configFile: string,
): void {
  const taken = new Map<Repository, string>();
  for (const { key, repository } of places) {
    const other = taken.get(repository);
    if (other !== undefined && other !== key) {
      throw new ConfigError({
        code: 'repository-twice',
        what: `${key} and ${other} would both be published to ${repository}`,
        where: `registries in ${configFile}`,
        state: 'nothing was built',
        next: 'give one of them another repository, or the registry another path',
      });
    }
    taken.set(repository, key);
  }
}
