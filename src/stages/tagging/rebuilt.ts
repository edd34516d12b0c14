import type { RegistryClient } from '../../clients/registry/client.ts';
import { repositoryContent } from '../../clients/registry/repository-content.ts';
import type { Digest } from '../../domain/digest.ts';
import { fingerprintOf, rebuildLabels } from '../../domain/fingerprint.ts';
import type { Repository, Tag } from '../../domain/image-ref.ts';
import type { ImageSet } from '../../domain/image-set.ts';
import type { Plan } from '../../domain/plan.ts';
import { homeOf } from '../../domain/staging.ts';
import type { TagRequest } from '../../domain/tag-move.ts';
import { isRebuild, renewedTag } from '../../domain/tags.ts';
import { isVersion } from '../../domain/version.ts';
import { isContentFault } from '../../store/content-fault.ts';
import { readImage } from '../../store/image-content.ts';
import { rebuildTags } from '../planning/published.ts';
import { tagRequests } from './requests.ts';

/** An image that was built anew, and is what is published already. */
interface Unchanged {
  readonly key: string;
  readonly note: string;
}

/** The tags that a set is to get, and what a person should know of those that it does not get. */
export interface WantedTags {
  readonly immutable: readonly TagRequest[];
  readonly floating: readonly TagRequest[];
  readonly notes: readonly string[];
}

/** The tags of a plan, without those of images that were built anew for nothing. */
export async function wantedTags(registry: RegistryClient, plan: Plan, set: ImageSet): Promise<WantedTags> {
  const unchanged = await unchangedRebuilds(registry, plan, set);
  const keys = new Set(unchanged.map(({ key }) => key));
  const of = (kind: TagRequest['kind']): readonly TagRequest[] =>
    tagRequests(plan, set, kind).filter(({ key }) => !keys.has(key));
  return { immutable: of('immutable'), floating: of('floating'), notes: unchanged.map(({ note }) => note) };
}

/**
 * The images of a rebuild that came out as what they renew, or as its last rebuild: they get no tag. Compared are
 * the fingerprints of all platforms, without the labels that say when and from which commit an image was built.
 */
async function unchangedRebuilds(registry: RegistryClient, plan: Plan, set: ImageSet): Promise<readonly Unchanged[]> {
  const { event, version, rights } = plan;
  const known = version !== null && isVersion(version) ? version : undefined;
  const renewed = renewedTag(event, rights, known);
  if (renewed === undefined || !isRebuild(event, known) || !(rights.versionTag || rights.branchTag)) return [];
  const found = await Promise.all(
    plan.images.map(async (image): Promise<readonly Unchanged[]> => {
      const { key, repository, tags } = image;
      const digest = set.images.find((one) => one.key === key)?.digest;
      if (digest === undefined) return [];
      // Where the tag itself is to move, a rebuild beside it says nothing of what it names.
      const beside = tags.floating.includes(renewed) ? [] : await rebuildTags(registry, repository, renewed);
      for (const tag of [...beside, renewed]) {
        const published = await registry.resolve(repository, tag);
        // The newest of them is what users have; an older one says nothing.
        if (published === undefined) continue;
        if (published.digest === digest) return [];
        const [ours, theirs] = await Promise.all([
          printsOf(registry, homeOf(image), digest),
          printsOf(registry, repository, published.digest),
        ]);
        return ours !== undefined && ours === theirs ? [unchanged(key, tag)] : [];
      }
      return [];
    }),
  );
  return found.flat();
}

function unchanged(key: string, tag: Tag): Unchanged {
  return { key, note: `${key} is unchanged: it was built anew, and has the fingerprint of ${tag}; it gets no tag` };
}

/** The fingerprints of all platforms in one text; nothing where the image cannot be read. */
async function printsOf(registry: RegistryClient, repository: Repository, digest: Digest): Promise<string | undefined> {
  try {
    const { platforms } = await readImage(repositoryContent(registry, repository), digest);
    return platforms
      .map(({ platform, config }) => {
        return `${platform} ${fingerprintOf({ ...config, diffIds: config.rootfs.diff_ids }, rebuildLabels)}`;
      })
      .join('\n');
  } catch (error) {
    // What cannot be compared is not called the same.
    if (!isContentFault(error)) throw error;
    return undefined;
  }
}
