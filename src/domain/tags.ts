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

/** The tag of a branch or of a git tag that is no version: legal, and never that of another name. */
export function branchTag(name: string): Tag {
  const clean = name.replace(/[^A-Za-z0-9_.-]+/g, '-').replace(/^[.-]+/, '');
  if (clean === name && clean.length <= maxTagLength && !isReserved(clean)) return tag(clean);
  // Two names may change to the same one, and a reserved name is not a branch's; the hash keeps them apart.
  const suffix = `-${hexOf(digestOf(name)).slice(0, 8)}`;
  return tag(`${clean.slice(0, maxTagLength - suffix.length) || 'branch'}${suffix}`);
}

/** Names with a meaning of their own: versions, ours, those of registries for referrers, and what looks like our hash. */
function isReserved(name: string): boolean {
  return reserved.has(name) || looksLikeVersion(name) || /^sha(256|512)-/.test(name) || /-[0-9a-f]{8}$/.test(name);
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
