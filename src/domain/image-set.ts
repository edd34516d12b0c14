import { z } from 'zod';
import { canonicalJson } from './canonical-json.ts';
import { type Digest, digestOf } from './digest.ts';
import type { Plan } from './plan.ts';
import { DigestField, KeyField, RepositoryField } from './schemas.ts';

/** One image of a release. */
export const SetImage = z.strictObject({
  key: KeyField,
  repository: RepositoryField,
  /** Where it lies until it is released, if that is another repository. */
  stagedIn: RepositoryField.optional(),
  digest: DigestField,
  commit: z.string().nullable(),
  record: DigestField,
  from: z.enum(['built', 'carried']),
});
export type SetImage = z.infer<typeof SetImage>;

/** All images of a release: released together or not at all. */
export const ImageSet = z.strictObject({ schema: z.literal('slipway.set/1'), images: z.array(SetImage) });
export type ImageSet = z.infer<typeof ImageSet>;

/** A record with the digest of its document. */
export interface ProvenImage {
  readonly key: string;
  readonly digest: Digest;
  readonly record: Digest;
}

/** The set of a plan: what was built in this run, and what the plan carries over. */
export function setOf(plan: Plan, built: readonly ProvenImage[]): ImageSet {
  const builtImages = plan.images.flatMap((image): SetImage[] => {
    const proven = built.find((candidate) => candidate.key === image.key);
    if (proven === undefined) return [];
    const { digest, record } = proven;
    const { key, repository, stagedIn } = image;
    const place = stagedIn === undefined ? { repository } : { repository, stagedIn };
    return [{ key, ...place, digest, record, commit: plan.commit, from: 'built' }];
  });
  const carried = plan.carried.map(({ key, repository, digest, record, commit }): SetImage => {
    return { key, repository, digest, record, commit, from: 'carried' };
  });
  const images = [...builtImages, ...carried].sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0));
  return { schema: 'slipway.set/1', images };
}

/** The identity of a set, fixed before the gate. */
export function setIdentity(set: ImageSet): Digest {
  return digestOf(canonicalJson(set));
}
