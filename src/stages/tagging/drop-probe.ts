import type { RegistryClient } from '../../clients/registry/client.ts';
import { type Digest, digestOf } from '../../domain/digest.ts';
import { RemoteError } from '../../domain/errors.ts';
import { parseTag, type Repository, type Tag } from '../../domain/image-ref.ts';
import { stageTag } from '../../domain/staging.ts';
import { mediaTypes } from '../../formats/oci.ts';
import { piecesOf } from '../../formats/pieces.ts';
import type { RawManifest } from '../../ports/content.ts';

/**
 * Finds out whether a registry drops a tag alone: by a manifest of no use to anybody with two tags, of which one is deleted. On some the
 * manifest goes along, with all its tags, and that must not happen to an image. The answer is why not.
 */
export async function canDropTags(
  client: RegistryClient,
  repository: Repository,
  run: string,
): Promise<string | undefined> {
  const [one, other] = ['probe..1', 'probe..2'].map((name) => parseTag(stageTag(run, name), 'the probe'));
  if (one === undefined || other === undefined) return undefined;
  try {
    // Where tags cannot be deleted at all, nothing is written that would have to be.
    if ((await client.deleteTag(repository, one)) === 'unsupported') return 'this registry deletes no tags';
    const digest = await writeProbe(client, repository, [one, other]);
    await client.deleteTag(repository, one);
    const [gone, left] = await Promise.all([client.resolve(repository, one), client.resolve(repository, other)]);
    const isAlone = gone === undefined && left?.digest === digest;
    if (isAlone) await client.deleteTag(repository, other);
    await client.deleteManifest(repository, digest).catch(unlessRemote);
    if (isAlone) return undefined;
    return gone === undefined
      ? 'this registry deletes the image and all its tags along with a tag'
      : 'this registry did not delete the tag that it was asked to';
  } catch (error) {
    return unlessRemote(error);
  }
}

async function writeProbe(client: RegistryClient, repository: Repository, tags: readonly Tag[]): Promise<Digest> {
  const empty = new TextEncoder().encode('{}');
  const descriptor = { mediaType: 'application/vnd.oci.empty.v1+json', digest: digestOf(empty), size: empty.length };
  await client.writeBlob(repository, { descriptor, open: async () => piecesOf(empty), mountFrom: [] });
  const annotations = { 'org.opencontainers.image.title': `${tags[0]}: a probe, which may be deleted` };
  const document = {
    schemaVersion: 2,
    mediaType: mediaTypes.manifest,
    config: descriptor,
    layers: [descriptor],
    annotations,
  };
  const bytes = new TextEncoder().encode(JSON.stringify(document));
  const manifest: RawManifest = { mediaType: mediaTypes.manifest, digest: digestOf(bytes), bytes };
  for (const tag of tags) await client.putManifest(repository, tag, manifest);
  return manifest.digest;
}

function unlessRemote(error: unknown): string {
  if (error instanceof RemoteError) return error.what;
  throw error;
}
