import { z } from 'zod';
import { type Plan, type PlannedImage, RunFacts } from './plan.ts';
import { BuildFragment, type ImageRecord } from './record.ts';
import { DigestField, KeyField, PlatformField, RepositoryField } from './schemas.ts';

/** What lies beside an image that was built and not published, so that the very bytes can be tested again. */
export const KeptStore = z.strictObject({
  schema: z.literal('slipway.kept/1'),
  key: KeyField,
  repository: RepositoryField,
  identity: DigestField,
  commit: z.string().nullable(),
  dirty: z.boolean(),
  run: RunFacts,
  /** What alone could be built there, and so decided the identity; null where the configuration alone did. */
  buildable: z.array(PlatformField).nullable(),
  built: BuildFragment,
  /** The code of the error that it is kept for; null where nobody has tested it yet. */
  why: z.string().nullable(),
});
export type KeptStore = z.infer<typeof KeptStore>;

/** The document that is kept with an image. */
export function keptStore(
  { plan, run }: { readonly plan: Pick<Plan, 'commit' | 'dirty'>; readonly run: RunFacts },
  { key, repository, identity }: PlannedImage,
  found: Pick<KeptStore, 'built' | 'why' | 'buildable'>,
): KeptStore {
  const { commit, dirty } = plan;
  const { built, why, buildable } = found;
  return { schema: 'slipway.kept/1', key, repository, identity, commit, dirty, run, buildable, built, why };
}

/** Why a store that was kept in the run of this job may not take the place of a build; undefined where it may. */
export function whyNotAdopted(
  kept: KeptStore,
  { plan, image, run }: { readonly plan: Pick<Plan, 'commit'>; readonly image: PlannedImage; readonly run: RunFacts },
): string | undefined {
  if (kept.run.id !== run.id) return `it is of run ${kept.run.id}`;
  if (kept.run.attempt > run.attempt) return `it is of attempt ${kept.run.attempt}, and this is ${run.attempt}`;
  if (kept.key !== image.key || kept.repository !== image.repository) return `it is of ${kept.repository}`;
  if (kept.identity !== image.identity || kept.commit !== plan.commit) return 'it was built of other files';
  const platforms = kept.built.platforms.map(({ platform }) => platform).sort();
  return platforms.join() === [...image.platforms].sort().join() ? undefined : `it is for ${platforms.join(', ')}`;
}

/** Why an image that a run before has built may not stand in for a build of now; undefined where it may. */
export function whyNotTaken(
  { identity, built }: KeptStore,
  { image, carried }: { readonly image: PlannedImage; readonly carried: Plan['carried'] },
): string | undefined {
  if (identity !== image.identity) return 'it was built of other files';
  const platforms = built.platforms.map(({ platform }) => platform).sort();
  if (platforms.join() !== [...image.platforms].sort().join()) return `it is for ${platforms.join(', ')}`;
  for (const { key } of image.bases) {
    if (key === null) continue;
    const now = carried.find((one) => one.key === key)?.digest;
    // A base that is built anew may come out with another digest.
    if (now === undefined || built.bases.find((base) => base.key === key)?.digest !== now)
      return `${key} is another one`;
  }
  return undefined;
}

/** What a build left, as the record of its image says it. */
export function builtIn(record: ImageRecord): BuildFragment {
  const { digest, mediaType, platforms, bases, builder, cache, durationMs } = record;
  const use = cache === undefined ? {} : { cache };
  return { digest, mediaType, platforms, bases, builder, ...use, durationMs };
}
