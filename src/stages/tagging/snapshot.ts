import type { RegistryClient } from '../../clients/registry/client.ts';
import type { Digest } from '../../domain/digest.ts';
import type { Repository } from '../../domain/image-ref.ts';
import type { TagNow, TagRequest } from '../../domain/tag-move.ts';
import { compareVersions, looksLikeVersion } from '../../domain/version.ts';

/** The tag of a rebuild names no version of its own. */
const rebuilt = /-r\d{8}(?:\.\d+)?$/;

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
    .filter((tag) => looksLikeVersion(tag) && compareVersions(tag, tag) === 0 && !rebuilt.test(tag))
    // Of equal ones the longest first: 1.1.0 is a version, and 1.1 the line that follows it.
    .sort((a, b) => compareVersions(b, a) || b.length - a.length)
    .slice(0, maxVersions);
  for (const tag of versions) {
    if ((await client.resolve(repository, tag))?.digest === digest) return tag;
  }
  return undefined;
}
