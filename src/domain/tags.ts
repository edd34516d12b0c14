import { digestOf, hexOf } from './digest.ts';
import { branchOf, type EventFacts, gitTagOf } from './event.ts';
import { isTag, type Tag } from './image-ref.ts';
import type { Rights } from './rights.ts';
import { isPrerelease, looksLikeVersion, type Version, versionLines } from './version.ts';

/** The tags that a run gives to each of its images. */
export interface TagPlan {
  /** Made once, never moved. */
  readonly immutable: readonly Tag[];
  /** Moved by rule; in the order in which they move, `latest` last. */
  readonly floating: readonly Tag[];
}

const reserved = new Set(['latest', 'stable']);
const maxTagLength = 128;

/** The tag of a branch or of a git tag that is no version: legal, and never another's name. */
export function branchTag(name: string): Tag {
  const clean = name
    .replace(/[^A-Za-z0-9_.-]+/g, '-')
    .replace(/^[.-]+/, '')
    .slice(0, maxTagLength);
  // A name that had to change could meet another that changes to the same; the hash keeps them apart.
  const isPlain = clean === name && !reserved.has(clean) && !looksLikeVersion(clean);
  const suffix = `-${hexOf(digestOf(name)).slice(0, 8)}`;
  const slashOnly = clean === name.replaceAll('/', '-') && !reserved.has(clean) && !looksLikeVersion(clean);
  return tag(isPlain || slashOnly ? clean : `${clean.slice(0, maxTagLength - suffix.length) || 'branch'}${suffix}`);
}

/** The tags that an event's rights lead to. */
export function tagsOf(
  event: EventFacts,
  rights: Rights,
  version: Version | undefined,
  run: { readonly number: number | null; readonly date: Date },
): TagPlan {
  if (event.name === 'push' && rights.versionTag && version !== undefined) {
    const floating = isPrerelease(version) ? [] : [...versionLines(version), 'latest'];
    return { immutable: [tag(version)], floating: floating.map(tag) };
  }
  if (event.name === 'release') {
    const name = gitTagOf(event.ref);
    const immutable = name === undefined ? [] : [isTag(name) ? name : branchTag(name)];
    return { immutable, floating: name === undefined ? [] : [tag('stable')] };
  }
  if (rights.versionTag && version !== undefined) {
    const day = run.date.toISOString().slice(0, 10).replaceAll('-', '');
    return { immutable: [tag(`${version}-r${day}${run.number === null ? '' : `.${run.number}`}`)], floating: [] };
  }
  const name = branchOf(event.ref) ?? gitTagOf(event.ref);
  if (rights.branchTag && name !== undefined) return { immutable: [], floating: [branchTag(name)] };
  return { immutable: [], floating: [] };
}

function tag(text: string): Tag {
  if (!isTag(text)) throw new Error(`a rule made a tag that is none: ${text}`);
  return text;
}
