import type { CachePlan } from '../../domain/cache-plan.ts';
import { ConfigError } from '../../domain/errors.ts';
import type { CarriedImage, PlannedImage } from '../../domain/plan.ts';
import type { TagPlan } from '../../domain/tags.ts';
import type { ProjectConfig } from '../../formats/config-schema.ts';
import type { Draft } from './drafts.ts';
import type { Proof } from './proof.ts';
import type { Reason } from './reasons.ts';

/** Says which platforms are left out because nothing here can build them; an image without any is an error. */
export function* platformNotes(
  inputs: { readonly config: ProjectConfig; readonly configFile: string },
  drafts: readonly Draft[],
): Iterable<string> {
  for (const { key, platforms } of drafts) {
    const asked = inputs.config.images[key]?.platforms ?? [];
    if (platforms.length === 0) {
      throw new ConfigError({
        code: 'platform-not-buildable',
        what: `the builder can build none of the platforms of ${key}: ${asked.join(', ')}`,
        where: `images.${key}.platforms in ${inputs.configFile}`,
        state: 'nothing was built',
        next: 'set up emulation (QEMU) for it, or use a builder that has that platform',
      });
    }
    if (platforms.length < asked.length) {
      const left = asked.filter((platform) => !platforms.some((one) => one === platform));
      yield `${key} is built without ${left.join(', ')}: this builder has no emulation for it`;
    }
  }
}

/** An image that this run builds, as the plan says it. */
export function plannedImage(
  draft: Draft,
  reason: Reason | undefined,
  { tags, cache }: { readonly tags: TagPlan; readonly cache: CachePlan },
): PlannedImage {
  if (reason === undefined) throw new Error(`${draft.key} is built for no reason`);
  // Written out, as drafts are: the members that are left over from others are slow to copy.
  return {
    key: draft.key,
    repository: draft.repository,
    context: draft.context,
    dockerfile: draft.dockerfile,
    dockerfileText: draft.dockerfileText,
    target: draft.target,
    platforms: [...draft.platforms],
    buildArgs: draft.buildArgs,
    contexts: draft.contexts,
    matrix: draft.matrix,
    needs: [...draft.needs],
    bases: [...draft.bases],
    identity: draft.identity,
    reason: reason.reason,
    why: reason.why,
    tests: [...draft.tests],
    expect: draft.expect,
    scan: draft.scan,
    logName: draft.logName,
    allowUntested: draft.allowUntested,
    tags: { immutable: [...tags.immutable], floating: [...tags.floating] },
    cache: { from: [...cache.from], to: [...cache.to], fresh: cache.fresh },
    options: draft.options,
    jobMinutes: draft.jobMinutes,
    ...(draft.waivers === undefined ? {} : { waivers: [...draft.waivers] }),
  };
}

/** An image that an earlier run proved, as the plan says it; none where it is built, or left out. */
export function carriedImage(
  draft: Draft,
  tags: TagPlan,
  reasons: ReadonlyMap<string, Reason>,
  proof: Proof | undefined,
): readonly CarriedImage[] {
  if (reasons.has(draft.key) || proof?.kind !== 'proven') return [];
  const { key, repository, identity } = draft;
  const { digest, recordDigest: record } = proof;
  const { commit } = proof.record;
  const why = `${proof.found} was proven for the same inputs (record: unsigned)`;
  const own = { immutable: [...tags.immutable], floating: [...tags.floating] };
  return [{ key, repository, identity, digest, record, commit, why, tags: own }];
}
