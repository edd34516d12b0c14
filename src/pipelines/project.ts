import { ConfigError } from '../domain/errors.ts';
import { withChecks } from '../formats/config/checks.ts';
import type { ProjectConfig, SlipwayConfig } from '../formats/config-schema.ts';
import type { Finding } from '../formats/discovery/finding.ts';
import { choosePrefix } from '../formats/discovery/registry-prefix.ts';
import { parseSlipwayYml } from '../formats/slipway-yml.ts';
import type { Ports } from '../ports/ports.ts';
import { configuredImages } from '../stages/planning/configured.ts';
import { discover } from '../stages/planning/discovery.ts';
import { isSamePrefix, leftNote } from '../stages/planning/further-registries.ts';

/** What a repository says of itself, in a file or by what lies in it. */
export interface Project {
  readonly config: ProjectConfig;
  /** The file that says it, for the words of errors. */
  readonly configFile: string;
}

/** Where to look, and what is known of the repository. */
export interface ProjectWish {
  /** The configuration that somebody named. */
  readonly asked?: string | undefined;
  /** The registry prefix that somebody gave, which wins over all that is written. */
  readonly registry?: string | undefined;
  /** The address of its git remote. */
  readonly remote?: string | null | undefined;
}

type ProjectPorts = Pick<Ports, 'files' | 'exec' | 'env'>;

const configNames = ['slipway.yml', '.github/slipway.yml'];

/** Reads the configuration of a repository; images that it does not name are discovered. */
export async function readProject(ports: ProjectPorts, folder: string, wish: ProjectWish = {}): Promise<Project> {
  const { config, configFile } = await readImages(ports, folder, wish);
  return { config: { ...config, images: withChecks(config.images, config.checks, configFile) }, configFile };
}

async function readImages(ports: ProjectPorts, folder: string, wish: ProjectWish): Promise<Project> {
  const written = await readConfigFile(ports, folder, wish.asked);
  const own = written?.config ?? parseSlipwayYml('', 'no configuration');
  const left = leftRegistries(own, wish.registry);
  const config = { ...own, ...withRegistry(wish.registry), ...(left === undefined ? {} : { registries: [] }) };
  const names = { repository: ports.env.GITHUB_REPOSITORY || undefined, remote: wish.remote ?? undefined, folder };
  if (written !== undefined && (config.images !== undefined || Object.keys(config.families).length > 0)) {
    const { images, matrix, pythonVersions, sources } = await configuredImages(ports.files, folder, written);
    const { registry, note } = choosePrefix(config.registry, { prefix: undefined, source: written.configFile }, names);
    const notes = [...(left ?? []), ...(registry === undefined || note === undefined ? [] : [note])];
    const found = { images, matrix, pythonVersions, sources, isDiscovered: false, texts: {}, notes };
    const home = own.registry ?? registry;
    return { config: { ...config, ...withRegistry(registry), ...found, home }, configFile: written.configFile };
  }
  const found = await discover(ports, { ...names, env: ports.env, registry: config.registry });
  return {
    config: {
      ...{ ...config, ...withRegistry(found.registry), ...withNotes(foundImages(found), left) },
      home: own.registry ?? found.registry,
    },
    configFile: written?.configFile ?? found.source,
  };
}

/** What was found, as a configuration would say it. */
export function foundImages(
  found: Omit<Finding, 'prefix'>,
): Omit<ProjectConfig, keyof SlipwayConfig> & Pick<ProjectConfig, 'images'> {
  const texts = Object.entries(found.extras).flatMap(([key, { dockerfileInline: text }]) =>
    text === undefined ? [] : [[key, text] as const],
  );
  return {
    images: withNamedContexts(found),
    texts: Object.fromEntries(texts),
    pythonVersions: found.pythonVersions ?? [],
    sources: found.files,
    isDiscovered: true,
    matrix: {},
    notes: [...found.found, ...found.notTaken, ...unused(found.extras)],
  };
}

async function readConfigFile(
  { files }: Pick<Ports, 'files'>,
  folder: string,
  asked: string | undefined,
): Promise<{ readonly config: SlipwayConfig; readonly configFile: string } | undefined> {
  for (const name of asked === undefined ? configNames : [asked]) {
    const path = name.startsWith('/') ? name : `${folder}/${name}`;
    const text = await files.readText(path);
    if (text !== undefined) return { config: parseSlipwayYml(text, name), configFile: name };
  }
  if (asked === undefined) return undefined;
  throw new ConfigError({
    code: 'config-missing',
    what: `there is no file ${asked}`,
    where: folder,
    state: 'nothing was built',
    next: 'name a file below the repository, or leave it out',
  });
}

/** Further registries go with the registry that stands beside them; where another one is asked for, they are left alone, and that is said. */
function leftRegistries(own: SlipwayConfig, asked: string | undefined): readonly string[] | undefined {
  const { registry, registries } = own;
  if (asked === undefined || registry === undefined || registries.length === 0) return undefined;
  return isSamePrefix(asked, registry) ? undefined : [leftNote(asked, registries)];
}

function withNotes<T extends { readonly notes: readonly string[] }>(found: T, more: readonly string[] = []): T {
  return { ...found, notes: [...more, ...found.notes] };
}

function withRegistry(registry: string | undefined): { readonly registry?: string } {
  return registry === undefined ? {} : { registry };
}

type Found = Pick<Finding, 'images' | 'extras'>;

/** Contexts that are neither a folder nor an image of the set stand beside those that are. */
function withNamedContexts({ images, extras }: Found): ProjectConfig['images'] {
  const all = { ...images };
  for (const [key, { namedContexts }] of Object.entries(extras)) {
    const image = all[key];
    if (image !== undefined) all[key] = { ...image, contexts: { ...image.contexts, ...namedContexts } };
  }
  return all;
}

/** What a bake or compose file says and nobody heeds is said, lest anybody counts on it. */
function unused(extras: Found['extras']): readonly string[] {
  const note = (name: string, why: string, is: (one: Found['extras'][string]) => boolean): readonly string[] => {
    const keys = Object.entries(extras).flatMap(([key, one]) => (is(one) ? [key] : []));
    return keys.length === 0 ? [] : [`${name} of ${keys.join(', ')} was not taken: ${why}`];
  };
  return [
    ...note('cache_to', 'where caches are written, cache.ref says', ({ cacheTo }) => cacheTo.length > 0),
    ...note('pull', 'bases are looked up in the plan, and taken by digest', ({ pull }) => pull),
    ...Object.entries(extras).flatMap(([key, { unheeded }]) => unheeded.map((one) => `not taken of ${key}: ${one}`)),
  ];
}
