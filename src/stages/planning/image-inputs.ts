import { ConfigError } from '../../domain/errors.ts';
import { parseRepository, type Repository } from '../../domain/image-ref.ts';
import { nearestName } from '../../domain/nearest-name.ts';
import { containedPath, isAddress, joinPath } from '../../domain/path.ts';
import type { PlannedTest } from '../../domain/plan.ts';
import { comparePlatforms, type Platform, parsePlatform } from '../../domain/platform.ts';
import type { ImageConfig, ProjectConfig, TestConfig } from '../../formats/config-schema.ts';
import { type DockerfileBase, parseDockerfile } from '../../formats/dockerfile.ts';
import type { Files } from '../../ports/files.ts';

/** What the texts of an image are read with. */
export interface ImageReading {
  readonly folder: string;
  readonly config: ProjectConfig;
  readonly configFile: string;
  readonly prefix: string;
  readonly version: string | null;
  /** What `{tag}` means in this run. */
  readonly tag: string;
  /** What can be built at all; other platforms are left out. */
  readonly buildable: readonly Platform[] | undefined;
  /** Dockerfiles that were generated for this plan, by path. */
  readonly generated: ReadonlyMap<string, string>;
}

/** An image as its configuration and its Dockerfile describe it, by itself. */
export interface ImageInputs {
  readonly key: string;
  readonly repository: Repository;
  readonly context: string;
  readonly dockerfile: string;
  readonly dockerfileText: string | null;
  readonly target: string | null;
  readonly platforms: readonly Platform[];
  readonly buildArgs: Readonly<Record<string, string>>;
  readonly contexts: Readonly<Record<string, string>>;
  readonly tests: readonly PlannedTest[];
  readonly allowUntested: boolean;
  readonly config: ImageConfig;
  readonly text: string;
  readonly found: readonly DockerfileBase[];
  /** Images of the set that the Dockerfile knows under a name of the configuration. */
  readonly named: ReadonlyMap<string, string>;
}

const imagePrefix = 'image:';

/** Reads one image of the configuration with its Dockerfile. */
export async function readImageInputs(
  files: Files,
  inputs: ImageReading,
  [key, config]: readonly [string, ImageConfig],
): Promise<ImageInputs> {
  const where = `images.${key} in ${inputs.configFile}`;
  const context = containedPath(config.context ?? key, 'the context', where);
  const inline = inputs.config.texts[key];
  const dockerfile =
    inline === undefined
      ? containedPath(joinPath(context, config.dockerfile ?? 'Dockerfile'), 'the Dockerfile', where)
      : `.slipway/dockerfiles/${key}`;
  const generated = inline ?? inputs.generated.get(dockerfile);
  const text = generated ?? (await files.readText(joinPath(inputs.folder, dockerfile)));
  if (text === undefined) throw noDockerfile(where, dockerfile);
  const values = { registry: inputs.prefix, version: inputs.version ?? '', tag: inputs.tag, key };
  const buildArgs = fillArgs(config, values);
  const target = config.target ?? null;
  const asked = [...new Set(config.platforms.map(parsePlatform))].sort(comparePlatforms);
  const platforms = asked.filter((platform) => inputs.buildable?.includes(platform) ?? true);
  const { contexts, named } = readContexts(config, where, inputs.config.images);
  const { bases } = parseDockerfile(text, { file: dockerfile, buildArgs, target, platforms });
  return {
    key,
    repository: parseRepository(`${inputs.prefix}/${config.repository ?? key}`, where),
    context,
    dockerfile,
    dockerfileText: generated ?? null,
    target,
    platforms,
    buildArgs,
    contexts,
    named,
    tests: config.tests.map(plannedTest),
    allowUntested: inputs.config['allow-untested'].includes(key),
    config,
    text,
    found: bases,
  };
}

function plannedTest(test: TestConfig): PlannedTest {
  const command = typeof test.run === 'string' ? ['sh', '-c', test.run] : test.run;
  const shown = typeof test.run === 'string' ? test.run : test.run.join(' ');
  return {
    name: test.name ?? shown.split('\n')[0]?.slice(0, 80) ?? 'test',
    command,
    timeoutMinutes: test['timeout-minutes'],
  };
}

/** Named contexts are other images of the set, or folders of the repository. */
function readContexts(
  config: ImageConfig,
  where: string,
  images: ProjectConfig['images'],
): Pick<ImageInputs, 'contexts' | 'named'> {
  const all = Object.entries(config.contexts);
  const named = all.filter(([, value]) => value.startsWith(imagePrefix));
  const folders = all.filter(([, value]) => !value.startsWith(imagePrefix));
  for (const [name, value] of named) {
    const key = value.slice(imagePrefix.length);
    if (!Object.hasOwn(images, key)) throw unknownContext(name, key, { where, keys: Object.keys(images) });
  }
  return {
    named: new Map(named.map(([name, value]) => [name, value.slice(imagePrefix.length)])),
    contexts: Object.fromEntries(
      folders.map(([name, path]) => [name, isAddress(path) ? path : containedPath(path, `the context ${name}`, where)]),
    ),
  };
}

/** Arguments with what is known put in the place of `{name}`. */
export function fillArgs(config: ImageConfig, values: Readonly<Record<string, string>>): Record<string, string> {
  const fill = (text: string): string => text.replace(/\{(\w+)\}/g, (whole, name: string) => values[name] ?? whole);
  return Object.fromEntries(Object.entries(config['build-args']).map(([name, value]) => [name, fill(String(value))]));
}

function noDockerfile(where: string, dockerfile: string): ConfigError {
  return new ConfigError({
    code: 'dockerfile-missing',
    what: `there is no Dockerfile at ${dockerfile}`,
    where,
    state: 'nothing was built',
    next: 'write it there, or say with context and dockerfile where it is',
  });
}

function unknownContext(
  name: string,
  key: string,
  { where, keys }: { readonly where: string; readonly keys: readonly string[] },
): ConfigError {
  const nearest = nearestName(key, keys);
  return new ConfigError({
    code: 'context-unknown',
    what: `the context ${name} is the image ${JSON.stringify(key)}, and there is none of that key`,
    where,
    state: 'nothing was built',
    next: nearest === undefined ? `choose from: ${keys.join(', ')}` : `did you mean image:${nearest}?`,
  });
}
