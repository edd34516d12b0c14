import type { Digest } from '../../domain/digest.ts';
import type { ImageSet } from '../../domain/image-set.ts';
import type { Plan } from '../../domain/plan.ts';
import type { TagRequest } from '../../domain/tag-move.ts';

/** The tags of one kind that a plan gives to a set, tag by tag in the order in which they move. */
export function tagRequests(plan: Plan, set: ImageSet, kind: TagRequest['kind']): readonly TagRequest[] {
  const images = [...plan.images, ...plan.carried].map(({ key, repository, tags }) => ({
    key,
    repository,
    tags: tags[kind],
  }));
  const places = Math.max(0, ...images.map(({ tags }) => tags.length));
  return Array.from({ length: places }, (_, place) =>
    images.flatMap(({ key, repository, tags }): TagRequest[] => {
      const tag = tags[place];
      return tag === undefined ? [] : [{ key, repository, tag, kind, target: digestIn(set, key) }];
    }),
  ).flat();
}

function digestIn(set: ImageSet, key: string): Digest {
  const image = set.images.find((candidate) => candidate.key === key);
  if (image === undefined) throw new Error(`the set has no ${key}, and passed the gate`);
  return image.digest;
}
