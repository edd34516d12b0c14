import type { Digest } from '../../domain/digest.ts';
import { ConfigError } from '../../domain/errors.ts';
import { levelsOf, withBases } from '../../domain/graph.ts';
import { identityOf } from '../../domain/identity.ts';
import { parseImageRef, parseRepository, type Repository } from '../../domain/image-ref.ts';
import { nearestName } from '../../domain/nearest-name.ts';
import { containedPath, joinPath } from '../../domain/path.ts';
import type { PlannedBase, PlannedTest } from '../../domain/plan.ts';
import { comparePlatforms, type Platform, parsePlatform } from '../../domain/platform.ts';
import type { ImageConfig, SlipwayConfig, TestConfig } from '../../formats/config-schema.ts';
import { type DockerfileBase, parseDockerfile } from '../../formats/dockerfile.ts';
import type { Files } from '../../ports/files.ts';
import { readContext } from './context.ts';

/** An image as the configuration and the disk describe it, before anything is compared with a registry. */
export interface Draft {
  readonly key: string;
  readonly repository: Repository;
  readonly context: string;
  readonly dockerfile: string;
  readonly target: string | null;
  readonly platforms: readonly Platform[];
  readonly buildArgs: Readonly<Record<string, string>>;
  readonly bases: readonly PlannedBase[];
  readonly needs: readonly string[];
  readonly tests: readonly PlannedTest[];
  readonly allowUntested: boolean;
  readonly identity: Digest;
}

/** What drafts are made of. */
export interface DraftInputs {
  readonly folder: string;
  readonly config: SlipwayConfig;
  readonly configFile: string;
  readonly prefix: string;
  readonly version: string | null;
  /** What `{tag}` means in this run. */
  readonly tag: string;
  /** Only these, and what they are built on. */
  readonly only: readonly string[] | undefined;
  /** What can be built at all; other platforms are left out. */
  readonly buildable: readonly Platform[] | undefined;
}

type Unlinked = Omit<Draft, 'identity' | 'bases' | 'needs'> & {
  readonly config: ImageConfig;
  readonly text: string;
  readonly found: readonly DockerfileBase[];
};

/** Reads every image of the configuration, finds which are built on which, and gives each its input identity. */
export async function readDrafts(files: Files, inputs: DraftInputs): Promise<readonly Draft[]> {
  const unlinked = await Promise.all(
    Object.entries(inputs.config.images).map(([key, config]) => readImageConfig(files, inputs, key, config)),
  );
  const repositories = new Map<string, string>();
  for (const image of unlinked) {
    const other = repositories.get(image.repository);
    if (other !== undefined) throw sameRepository(inputs.configFile, image, other);
    repositories.set(image.repository, image.key);
  }
  const linked = unlinked.map((image) => {
    const bases = image.found.map((base) => linkBase(base, image, repositories));
    return { ...image, bases, needs: [...new Set(bases.flatMap((base) => base.key ?? []))] };
  });
  const needs = new Map(linked.map((image) => [image.key, image.needs]));
  const wanted = selection(inputs, needs);
  const identities = new Map<string, Digest>();
  const drafts: Draft[] = [];
  for (const key of levelsOf(needs).flat()) {
    const image = linked.find((candidate) => candidate.key === key);
    if (image === undefined || !wanted.has(key)) continue;
    const { config, text, found: _, ...draft } = image;
    const identity = identityOf({
      context: await readContext(
        files,
        joinPath(inputs.folder, image.context),
        joinPath(inputs.folder, image.dockerfile),
      ),
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

async function readImageConfig(files: Files, inputs: DraftInputs, key: string, config: ImageConfig): Promise<Unlinked> {
  const where = `images.${key} in ${inputs.configFile}`;
  const context = containedPath(config.context ?? key, 'the context', where);
  const dockerfile = containedPath(joinPath(context, config.dockerfile ?? 'Dockerfile'), 'the Dockerfile', where);
  const text = await files.readText(joinPath(inputs.folder, dockerfile));
  if (text === undefined) throw noDockerfile(where, dockerfile);
  const values = { registry: inputs.prefix, version: inputs.version ?? '', tag: inputs.tag, key };
  const buildArgs = fillArgs(config, values);
  const target = config.target ?? null;
  const asked = [...new Set(config.platforms.map(parsePlatform))].sort(comparePlatforms);
  const platforms = asked.filter((platform) => inputs.buildable?.includes(platform) ?? true);
  const { bases } = parseDockerfile(text, { file: dockerfile, buildArgs, target, platforms });
  return {
    key,
    repository: parseRepository(`${inputs.prefix}/${config.repository ?? key}`, where),
    context,
    dockerfile,
    target,
    platforms,
    buildArgs,
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

/** A name in a FROM line is an image of the set when it names one's repository, under whatever tag. */
function linkBase(base: DockerfileBase, image: Unlinked, repositories: ReadonlyMap<string, string>): PlannedBase {
  const ref = parseImageRef(base.reference, `${image.dockerfile}:${base.line}`);
  const key = ref.digest === undefined ? repositories.get(ref.repository) : undefined;
  return { reference: base.reference, key: key ?? null, digest: ref.digest ?? null, platforms: {} };
}

function fillArgs(config: ImageConfig, values: Readonly<Record<string, string>>): Record<string, string> {
  const fill = (text: string): string => text.replace(/\{(\w+)\}/g, (whole, name: string) => values[name] ?? whole);
  return Object.fromEntries(Object.entries(config['build-args']).map(([name, value]) => [name, fill(String(value))]));
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

function noDockerfile(where: string, dockerfile: string): ConfigError {
  return new ConfigError({
    code: 'dockerfile-missing',
    what: `there is no Dockerfile at ${dockerfile}`,
    where,
    state: 'nothing was built',
    next: 'write it there, or say with context and dockerfile where it is',
  });
}

function sameRepository(configFile: string, image: Unlinked, other: string): ConfigError {
  return new ConfigError({
    code: 'repository-twice',
    what: `${image.key} and ${other} would both be published to ${image.repository}`,
    where: configFile,
    state: 'nothing was built',
    next: 'give one of them another repository',
  });
}
