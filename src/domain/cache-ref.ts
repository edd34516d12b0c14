import { digestOf, hexOf } from './digest.ts';
import { ConfigError } from './errors.ts';
import { isTag, parseImageRef, refText } from './image-ref.ts';
import { nearestName } from './nearest-name.ts';
import type { Platform } from './platform.ts';
import { branchTag } from './tags.ts';

/** Where caches lie unless the project says otherwise. */
export const defaultCacheTemplate = '{registry}/slipway-cache:{key}';

/** What a cache belongs to: the default branch and what comes of it, or one other branch or tag. */
export type CacheDomain = { readonly kind: 'default' } | { readonly kind: 'own'; readonly name: string };

/** An image, as far as its caches are concerned. */
export interface CacheSubject {
  readonly key: string;
  readonly registry: string;
  readonly defaultBranch: string;
}

const placeholders = ['registry', 'key', 'branch'] as const;
const maxTagLength = 128;
/** No key has two dots in a row, so an image called app-topic does not share the cache of app on the branch topic. */
const between = '..';

/** Refuses a template that names an unknown placeholder, or under which images would overwrite each other's caches. */
export function checkCacheTemplate(template: string, where: string, imageCount: number): void {
  for (const [, name = ''] of template.matchAll(/\{([^{}]*)\}/g)) {
    if (placeholders.some((known) => known === name)) continue;
    const nearest = nearestName(name, placeholders);
    throw templateError(`{${name}} stands for nothing`, where, {
      next: `use ${placeholders.map((known) => `{${known}}`).join(', ')}${nearest === undefined ? '' : ` (did you mean {${nearest}}?)`}`,
    });
  }
  if (imageCount < 2 || template.includes('{key}')) return;
  throw templateError(`${imageCount} images would write one cache`, where, { next: 'put {key} into it' });
}

/** The reference of the cache of an image in a domain. */
export function cacheRef(template: string, subject: CacheSubject, domain: CacheDomain, where: string): string {
  const branch = domain.kind === 'default' ? subject.defaultBranch : domain.name;
  const tagStart = template.indexOf(':', template.lastIndexOf('/') + 1);
  const fill = (text: string, branchText: string): string =>
    text.replace(/\{([^{}]*)\}/g, (whole, name: string) => {
      if (name === 'registry') return subject.registry;
      if (name === 'key') return subject.key;
      return name === 'branch' ? branchText : whole;
    });
  const path = fill(tagStart < 0 ? template : template.slice(0, tagStart), pathPart(branch));
  // A branch has a name of any length, so the tag is cut after it is filled.
  const tag = fittingTag(
    [
      tagStart < 0 ? 'latest' : fill(template.slice(tagStart + 1), branchTag(branch)),
      ...(domain.kind === 'own' && !template.includes('{branch}') ? [branchTag(domain.name)] : []),
    ].join(between),
  );
  return refText(parseImageRef(`${path}:${tag}`, where));
}

/** The name of a cache that lies in no registry. */
export function cacheScope({ key }: CacheSubject, domain: CacheDomain): string {
  return fittingTag(domain.kind === 'default' ? key : `${key}${between}${branchTag(domain.name)}`);
}

/** The name of the cache of some platforms, beside that of the whole image. */
export function nameOfPart(name: string, platforms: readonly Platform[]): string {
  return fittingTag(`${name}${between}${platforms.join('-').replaceAll('/', '-')}`);
}

function fittingTag(text: string): string {
  if (isTag(text) || text.length <= maxTagLength) return text;
  const suffix = `-${hexOf(digestOf(text)).slice(0, 8)}`;
  return `${text.slice(0, maxTagLength - suffix.length)}${suffix}`;
}

/** A branch in the path of a repository, whose grammar knows lower case alone; the hash keeps two branches apart. */
function pathPart(branch: string): string {
  const clean = branch
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '')
    .slice(0, 64);
  if (clean === branch) return clean;
  return `${clean.replace(/-$/, '') || 'branch'}-${hexOf(digestOf(branch)).slice(0, 8)}`;
}

function templateError(what: string, where: string, { next }: { readonly next: string }): ConfigError {
  return new ConfigError({ code: 'cache-ref-invalid', what, where, state: 'nothing was built', next });
}
