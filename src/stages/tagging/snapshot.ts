import type { RegistryClient } from '../../clients/registry/client.ts';
import type { Digest } from '../../domain/digest.ts';
import type { Repository } from '../../domain/image-ref.ts';
import type { TagNow, TagRequest } from '../../domain/tag-move.ts';
import { compareVersions, looksLikeVersion } from '../../domain/version.ts';

/** How many version tags are looked at to find out which version a digest is. */
const maxVersions = 500;

/** What a tag names now. `withVersion` also finds out which version that is. */
export async function snapshot(
  client: RegistryClient,
  request: TagRequest,
  withVersion: boolean,
): Promise<TagNow | undefined> {
  const found = await client.resolve(request.repository, request.tag);
  if (found === undefined) return undefined;
  const isKnown = !withVersion || request.kind === 'immutable' || found.digest === request.target;
  if (isKnown) return { digest: found.digest };
  return { digest: found.digest, version: await versionOf(client, request.repository, found.digest) };
}

/** The newest version whose tag names a digest. A digest may carry several: an image that did not change between releases. */
async function versionOf(client: RegistryClient, repository: Repository, digest: Digest): Promise<string | undefined> {
  const versions = (await client.listTags(repository))
    .filter((tag) => looksLikeVersion(tag) && compareVersions(tag, tag) === 0)
    .sort((a, b) => compareVersions(b, a) ?? 0)
    .slice(0, maxVersions);
  for (const tag of versions) {
    if ((await client.resolve(repository, tag))?.digest === digest) return tag;
  }
  return undefined;
}
