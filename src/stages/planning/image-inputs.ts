import type { BuildOptions } from '../../domain/build-options.ts';
import { ConfigError } from '../../domain/errors.ts';
import type { Expectation } from '../../domain/expectation.ts';
import { parseRepository, parseTag, type Repository, type Tag } from '../../domain/image-ref.ts';
import { nearestName } from '../../domain/nearest-name.ts';
import { containedPath, imageInContext, isAddress, joinPath } from '../../domain/path.ts';
import { fillText, fillTexts } from '../../domain/placeholders.ts';
import type { PlannedTest } from '../../domain/planned-test.ts';
import { comparePlatforms, type Platform, parsePlatform } from '../../domain/platform.ts';
import type { ScanPolicy } from '../../domain/scan.ts';
import type { ImageConfig, ProjectConfig } from '../../formats/config-schema.ts';
import { type DockerfileBase, parseDockerfile } from '../../formats/dockerfile.ts';
import type { Files } from '../../ports/files.ts';
import { buildOptionsOf } from './build-options.ts';
import { plannedScan } from './planned-scan.ts';
import { plannedExpectation, plannedTest } from './planned-tests.ts';

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

/** A base as the Dockerfile names it, or what the configuration puts in the place of that name. */
export interface FoundBase extends DockerfileBase {
  /** That name. */
  readonly as?: string;
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
  readonly expect: Expectation | null;
  readonly logName: string;
  readonly allowUntested: boolean;
  readonly scan: ScanPolicy | null;
  readonly matrix: Readonly<Record<string, string>>;
  readonly options: BuildOptions;
  readonly jobMinutes: number;
  /** Tags of its own, beside those of the set. */
  readonly ownTags: readonly Tag[];
  readonly config: ImageConfig;
  readonly text: string;
  readonly found: readonly FoundBase[];
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
  const buildArgs = fillTexts(config['build-args'], values);
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
    tests: config.tests.map((one) => plannedTest(one, values, where)),
    expect: plannedExpectation(config.expect, values),
    logName: fillText(config['log-name'], { key }),
    allowUntested: inputs.config['allow-untested'].includes(key),
    scan: plannedScan(inputs.config.scan, config.scan),
    matrix: inputs.config.matrix[key] ?? {},
    options: buildOptionsOf(config, values),
    jobMinutes: config['job-minutes'],
    ownTags: config.tags.map((tag) => parseTag(fillText(tag, { key }), `tags of ${where}`)),
    config,
    text,
    found: contexts === noContexts.contexts ? bases : bases.map((base) => standIn(base, contexts)),
  };
}

/** Most images have none, and share this one. */
const noContexts: Pick<ImageInputs, 'contexts' | 'named'> = { contexts: {}, named: new Map() };

/** An image from elsewhere that has a name of the configuration is looked up and recorded like any other base. */
function standIn(base: DockerfileBase, contexts: ImageInputs['contexts']): FoundBase {
  const reference = imageInContext(contexts[base.reference] ?? '');
  if (reference === undefined) return base;
  return { ...base, reference, as: base.reference, fromVariable: false, fixedEnd: '', unset: [] };
}

/** Named contexts are other images of the set, or folders of the repository. */
function readContexts(
  config: ImageConfig,
  where: string,
  images: ProjectConfig['images'],
): Pick<ImageInputs, 'contexts' | 'named'> {
  const all = Object.entries(config.contexts);
  if (all.length === 0) return noContexts;
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
