import { refuseStrayTags } from '../../domain/given-tags.ts';
import { imageTags } from '../../domain/image-tags.ts';
import type { TagPlan } from '../../domain/tags.ts';
import type { Draft } from './drafts.ts';
import type { PlanInputs } from './plan-inputs.ts';
import type { RunRules } from './run-rules.ts';

/** The tags of an image that gets none. */
export const noTags: TagPlan = { immutable: [], floating: [] };

/** The tags of each image; those that were given must all be for an image of the set. */
export function imageTagger(
  drafts: readonly Draft[],
  { event, config, givenTags }: PlanInputs,
  { rights, version, tags, given }: RunRules,
): (draft: Draft) => TagPlan {
  const scheme = config['version-scheme'];
  if (given !== undefined) {
    const repositories = drafts.map(({ repository }) => repository);
    refuseStrayTags(given, repositories, givenTags?.where ?? 'the given tags');
  }
  const ruled = { event, rights, version, scheme, given };
  const plans = new Map(
    drafts.map(({ key, repository, ownTags }) => [key, imageTags({ repository, tags: ownTags }, tags, ruled)]),
  );
  return ({ key }) => plans.get(key) ?? noTags;
}
