import { z } from 'zod';
import { ConfigError } from './errors.ts';
import { parseImageRef, parseTag, type Repository, type Tag } from './image-ref.ts';
import type { Rights } from './rights.ts';
import { shownText } from './shown-text.ts';
import type { TagPlan } from './tags.ts';
import { isVersion, looksLikeVersion, versionLines } from './version.ts';
import type { VersionScheme } from './version-reading.ts';

/** Tags that somebody chose outside of Slipway, as docker/metadata-action hands them on. */
export interface GivenTags {
  readonly byRepository: ReadonlyMap<Repository, readonly Tag[]>;
  /** Those without a repository, which are for every image. */
  readonly everywhere: readonly Tag[];
}

const GivenJson = z.object({ tags: z.array(z.string()) });
/** No longer text can be given to a program in its environment. */
const maxLength = 128 * 1024;

/** Reads tags: one on each line or commas between them, or JSON with a list called `tags`. */
export function parseGivenTags(text: string, where: string): GivenTags {
  if (text.length > maxLength) throw invalid('the tags are longer than 128 KiB', where);
  const byRepository = new Map<Repository, Tag[]>();
  const everywhere: Tag[] = [];
  for (const [entry, place] of text.trim().startsWith('{') ? jsonEntries(text, where) : lineEntries(text)) {
    const at = `${where}, ${place}`;
    // A name with neither a slash nor a colon is a tag, since metadata-action without images gives nothing else.
    if (!/[/:@]/.test(entry)) {
      addOnce(everywhere, parseTag(entry, at));
      continue;
    }
    const { repository, tag, digest } = parseImageRef(entry, at);
    if (tag === undefined) throw invalid(`${shownText(entry)} names no tag`, at);
    if (digest !== undefined)
      throw invalid(`${shownText(entry)} names a digest, which no tag can be given before a build`, at);
    const tags = byRepository.get(repository) ?? [];
    addOnce(tags, tag);
    byRepository.set(repository, tags);
  }
  return { byRepository, everywhere };
}

/** The tags that are given to a repository, in the order in which they were written. */
export function givenTagsOf(given: GivenTags, repository: Repository): readonly Tag[] {
  return [...new Set([...(given.byRepository.get(repository) ?? []), ...given.everywhere])];
}

/** Versions are made once, lines of a given version and all other names move, `latest` last. Without rights there are none. */
export function givenTagPlan(tags: readonly Tag[], rights: Rights, scheme: VersionScheme = 'auto'): TagPlan {
  if (!rights.branchTag && !rights.versionTag && !rights.floating) return { immutable: [], floating: [] };
  const lines = new Set(tags.flatMap((tag) => (isVersion(tag, scheme) ? versionLines(tag, scheme) : [])).map(withoutV));
  const isImmutable = (tag: Tag): boolean => looksLikeVersion(tag) && !lines.has(withoutV(tag));
  const floating = tags.filter((tag) => !isImmutable(tag));
  return {
    immutable: tags.filter(isImmutable),
    floating: [...floating.filter((tag) => tag !== 'latest'), ...floating.filter((tag) => tag === 'latest')],
  };
}

/** Refuses tags for repositories that the set does not publish: they would be lost without a word. */
export function refuseStrayTags(given: GivenTags, repositories: readonly Repository[], where: string): void {
  const stray = [...given.byRepository.keys()].filter((repository) => !repositories.includes(repository));
  if (stray.length === 0) return;
  throw invalid(`no image of the set is published to ${stray.join(', ')}`, where);
}

function* lineEntries(text: string): Iterable<readonly [string, string]> {
  for (const [index, line] of text
    .replace(/^\uFEFF/, '')
    .split(/\r\n?|\n/)
    .entries()) {
    for (const entry of line.split(',')) {
      if (entry.trim() !== '') yield [entry.trim(), `line ${index + 1}`];
    }
  }
}

function* jsonEntries(text: string, where: string): Iterable<readonly [string, string]> {
  const read = GivenJson.safeParse(parsedJson(text, where));
  if (!read.success) throw invalid('the JSON has no list of texts called tags', where);
  let from = 0;
  let line = 1;
  for (const [index, entry] of read.data.tags.entries()) {
    const found = text.indexOf(JSON.stringify(entry), from);
    if (found >= 0) {
      line += text.slice(from, found + 1).split('\n').length - 1;
      from = found + 1;
    }
    yield [entry, `tag ${index + 1} on line ${line}`];
  }
}

function parsedJson(text: string, where: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    const position = cause instanceof Error ? /position (\d+)/.exec(cause.message)?.[1] : undefined;
    const line = text.slice(0, Number(position ?? text.length)).split('\n').length;
    throw invalid(`the tags begin like JSON and are none, from line ${line} on`, where, cause);
  }
}

/** metadata-action takes the `v` from some of its tags and not from others. */
function withoutV(text: string): string {
  return text.replace(/^v/i, '');
}

function addOnce(tags: Tag[], tag: Tag): void {
  if (!tags.includes(tag)) tags.push(tag);
}

function invalid(what: string, where: string, cause?: unknown): ConfigError {
  return new ConfigError({
    code: 'given-tags-invalid',
    what,
    where,
    state: 'nothing was built',
    next: 'give the output tags or json of docker/metadata-action, or a line such as ghcr.io/owner/image:1.2.3 for each tag',
    cause,
  });
}
