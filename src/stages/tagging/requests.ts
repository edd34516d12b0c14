import type { Tag } from '../../domain/image-ref.ts';
import type { ImageSet, SetImage } from '../../domain/image-set.ts';
import { floatingVersion, type Plan } from '../../domain/plan.ts';
import type { TagPolicy, TagRequest } from '../../domain/tag-move.ts';

/** The tags of one kind that a plan gives to a set, tag by tag in the order in which they move. */
export function tagRequests(plan: Plan, set: ImageSet, kind: TagRequest['kind']): readonly TagRequest[] {
  const images = [...plan.images, ...plan.carried];
  const tags = [...new Set(images.flatMap((image) => image.tags[kind]))];
  // The sort is stable: of equal rank, the order of the plan stays.
  return tags
    .sort((a, b) => rankOf(a) - rankOf(b))
    .flatMap((tag) => images.filter((image) => image.tags[kind].includes(tag)).map((image) => ({ ...image, tag })))
    .flatMap(({ key, repository, alsoIn = [], tag }): TagRequest[] => {
      const { digest, stagedIn } = imageIn(set, key);
      const own = { key, repository, tag, kind, target: digest };
      const copied = { ...own, source: stagedIn ?? repository };
      const further = alsoIn.map((other) => ({ ...copied, repository: other }));
      return [stagedIn === undefined ? own : copied, ...further];
    });
}

/** The fixed order: the line of a minor version, that of a major one, all others, and `latest` when all else is done. */
function rankOf(tag: Tag): number {
  if (tag === 'latest') return 3;
  if (/^v?\d+\.\d+/.test(tag)) return 0;
  return /^v?\d+$/.test(tag) ? 1 : 2;
}

/** What the floating tags of a plan follow. */
export function policyOf(plan: Plan): TagPolicy {
  const version = floatingVersion(plan);
  const { rights, commit, run } = plan;
  // A rebuild that overwrites its version follows neither versions nor commits.
  const followsCommits = version === null && (rights.branchTag || rights.floating) && commit !== null;
  return {
    version,
    unknown: plan.release?.unknown,
    ours: followsCommits ? { commit, run: run.number } : undefined,
  };
}

function imageIn(set: ImageSet, key: string): SetImage {
  const image = set.images.find((candidate) => candidate.key === key);
  if (image === undefined) throw new Error(`the set has no ${key}, and passed the gate`);
  return image;
}
