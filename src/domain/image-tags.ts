import { branchOf, type EventFacts } from './event.ts';
import { type GivenTags, givenTagPlan, givenTagsOf } from './given-tags.ts';
import type { Repository, Tag } from './image-ref.ts';
import type { Rights } from './rights.ts';
import type { TagPlan } from './tags.ts';
import { looksLikeVersion, type Version } from './version.ts';
import type { VersionScheme } from './version-reading.ts';

/** What decides about the tags of one image beside those that every image gets. */
export interface ImageTagRules {
  readonly event: EventFacts;
  readonly rights: Rights;
  readonly version: Version | undefined;
  readonly scheme: VersionScheme;
  /** Tags that another tool chose; they stand in for ours. */
  readonly given: GivenTags | undefined;
}

/** The tags of an image: those that were given to it, else those of the set with its own, which follow the default branch. */
export function imageTags(
  image: { readonly repository: Repository; readonly tags: readonly Tag[] },
  ofSet: TagPlan,
  rules: ImageTagRules,
): TagPlan {
  const { event, rights, scheme, given } = rules;
  if (given !== undefined) return givenTagPlan(givenTagsOf(given, image.repository), rights, scheme);
  const isOnDefault = event.name === 'push' && branchOf(event.ref) === event.defaultBranch;
  if (!isOnDefault || !rights.branchTag) return ofSet;
  const own = givenTagPlan(ownTags(image.tags, rules.version), rights, scheme);
  return {
    immutable: [...new Set([...ofSet.immutable, ...own.immutable])],
    floating: [...new Set([...ofSet.floating, ...own.floating])],
  };
}

/** Those that a branch may move: where there is a version, its tags, `latest` and `stable` belong to releases. */
export function ownTags(tags: readonly Tag[], version: Version | undefined): readonly Tag[] {
  return version === undefined ? tags : tags.filter((tag) => !isOfReleases(tag));
}

/** Tells whether a tag speaks of released versions. */
export function isOfReleases(tag: Tag): boolean {
  return tag === 'latest' || tag === 'stable' || looksLikeVersion(tag);
}
