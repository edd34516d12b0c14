import { ConfigError } from '../../domain/errors.ts';
import { containedPath } from '../../domain/path.ts';
import { shownText } from '../../domain/shown-text.ts';
import { ImageConfig } from '../config-schema.ts';
import type { BakeDefinition, BakeTarget } from './bake-definition.ts';
import { bakeOptions, unheededOptions } from './bake-options.ts';
import { type Finding, type ImageExtras, listed } from './finding.ts';
import { keysOf } from './keys.ts';
import { readTagNames } from './tag-names.ts';

/** Where a definition is from. */
export interface BakeSource {
  readonly how: 'bake' | 'compose';
  readonly files: readonly string[];
  /** The folder of the repository, for paths that bake made absolute. */
  readonly folder: string;
}

const mostTargets = 10_000;
const targetPrefix = 'target:';
/** What a builder fetches by itself. */
const remote = /^(?:[a-z][a-z0-9+.-]*:|git@|github\.com\/)/i;
/** An image for every target that bake printed; those that others are built on come with them. */
export function findBakeImages(definition: BakeDefinition, source: BakeSource): Finding {
  const file = source.files.join(' with ');
  const names = Object.keys(definition.target).sort();
  if (names.length > mostTargets) {
    throw new ConfigError({
      code: 'definition-invalid',
      what: `it has ${names.length} targets, more than ${mostTargets}`,
      where: { file, line: 1 },
      state: 'nothing was built',
      next: 'split it, or name fewer targets in the group default',
    });
  }
  const keys = keysOf(names, (name) => `${name} in ${file}`);
  const targets = names.flatMap((name) => {
    const target = definition.target[name];
    const key = keys.get(name);
    return target === undefined || key === undefined ? [] : [{ name, key, target }];
  });
  const tags = readTagNames(new Map(targets.map(({ key, target }) => [key, target.tags])), file);
  const images: Record<string, ImageConfig> = {};
  const extras: Record<string, ImageExtras> = {};
  for (const { key, name, target } of targets) {
    const where = `${name} in ${file}`;
    const contexts = Object.entries(target.contexts);
    images[key] = imageOf(target, keys, {
      folder: source.folder,
      where,
      repository: tags.repositories.get(key),
    });
    extras[key] = extrasOf(target, Object.fromEntries(contexts.filter(([, value]) => isForeign(value))));
  }
  const grouped = new Set(Object.values(definition.group).flatMap((group) => group.targets));
  const linked = targets.filter(({ name }) => !grouped.has(name)).map(({ key }) => key);
  const what = source.how === 'bake' ? 'target' : 'service';
  const count = `${targets.length} ${what}${targets.length === 1 ? '' : 's'}${source.how === 'bake' ? '' : ' with a build'}`;
  return {
    how: source.how,
    source: file,
    files: source.files,
    images,
    extras,
    prefix: tags.prefix,
    pythonVersions: undefined,
    found: [
      `${file}: ${count} (${listed(targets.map(({ key }) => key))})`,
      ...(linked.length === 0 ? [] : [`${file}: ${listed(linked)} is there because others are built on it`]),
    ],
    notTaken: [...tags.notTaken],
  };
}

function imageOf(
  target: BakeTarget,
  keys: ReadonlyMap<string, string>,
  about: { readonly folder: string; readonly where: string; readonly repository: string | undefined },
): ImageConfig {
  const { where, folder, repository } = about;
  const context = localPath(target.context, 'the context', where, folder);
  const dockerfile = dockerfileIn(context, target, where, folder);
  const platforms = target.platforms.filter((platform) => platform !== 'local');
  const contexts = Object.entries(target.contexts).flatMap(([name, value]) => {
    if (value.startsWith(targetPrefix)) return [[name, `image:${keys.get(value.slice(targetPrefix.length))}`]];
    return isForeign(value) ? [] : [[name, localPath(value, `the context ${name}`, where, folder)]];
  });
  return ImageConfig.parse({
    ...bakeOptions(target),
    context,
    contexts: Object.fromEntries(contexts),
    'build-args': Object.fromEntries(Object.entries(target.args).filter(([, value]) => value !== null)),
    ...(dockerfile === undefined ? {} : { dockerfile }),
    ...(target.target === undefined || target.target === '' ? {} : { target: target.target }),
    ...(repository === undefined ? {} : { repository }),
    ...(platforms.length === 0 ? {} : { platforms }),
  });
}

function extrasOf(target: BakeTarget, namedContexts: Readonly<Record<string, string>>): ImageExtras {
  return {
    cacheTo: target['cache-to'],
    pull: target.pull === true,
    namedContexts,
    dockerfileInline: target['dockerfile-inline'],
    unheeded: unheededOptions(target),
  };
}

/** Neither a folder nor another target: `docker-image://…`, `https://…`, `oci-layout://…`. */
function isForeign(context: string): boolean {
  return remote.test(context) && !/^(?:target|cwd):/.test(context);
}

/** The Dockerfile relative to the context; bake takes an absolute path as it is. */
function dockerfileIn(context: string, target: BakeTarget, where: string, folder: string): string | undefined {
  const written = target.dockerfile;
  if (target['dockerfile-inline'] !== undefined || written === 'Dockerfile' || written === '') return undefined;
  if (!written.startsWith('/') && !isForeign(written)) {
    containedPath(context === '.' ? written : `${context}/${written}`, 'the Dockerfile', where);
    return written;
  }
  const path = localPath(written, 'the Dockerfile', where, folder);
  const up = context === '.' ? [] : context.split('/').map(() => '..');
  return [...up, path].join('/');
}

function localPath(path: string, what: string, where: string, folder: string): string {
  if (isForeign(path) || path === '-') {
    throw new ConfigError({
      code: 'context-remote',
      what: `${what} ${shownText(path)} is no folder of the repository, so nobody can tell when it changes`,
      where,
      state: 'nothing was built',
      next: 'build it from a folder, or list in slipway.yml the images that are built from one',
    });
  }
  const local = path.replace(/^cwd:\/\//, '');
  const below = local === folder ? '.' : local.startsWith(`${folder}/`) ? local.slice(folder.length + 1) : local;
  return containedPath(below, what, where);
}
