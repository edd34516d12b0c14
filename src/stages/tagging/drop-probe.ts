import type { RegistryClient } from '../../clients/registry/client.ts';
import { type Digest, digestOf } from '../../domain/digest.ts';
import { RemoteError } from '../../domain/errors.ts';
import { parseTag, type Repository, type Tag } from '../../domain/image-ref.ts';
import { stageTag } from '../../domain/staging.ts';
import { mediaTypes } from '../../formats/oci.ts';
import { piecesOf } from '../../formats/pieces.ts';
import type { Clock } from '../../ports/clock.ts';
import type { RawManifest } from '../../ports/content.ts';

/** A replica that lags shows for a moment what is gone. */
const looksMs = [0, 500];

/**
 * Finds out whether a registry drops a tag alone: by a manifest of no use to anybody with two tags, of which one is deleted, and then
 * the other. On some the manifest goes along with the first, with all its tags, and on others with its last one. Neither may happen to
 * what an image consists of, most of which has no other tag. The answer is why not.
 */
export async function canDropTags(
  client: RegistryClient,
  repository: Repository,
  { run, clock }: { readonly run: string; readonly clock: Clock },
): Promise<string | undefined> {
  const [one, other] = ['probe..1', 'probe..2'].map((name) => parseTag(stageTag(run, name), 'the probe'));
  if (one === undefined || other === undefined) return undefined;
  try {
    // Where tags cannot be deleted at all, nothing is written that would have to be.
    if ((await client.deleteTag(repository, one)) === 'unsupported') return 'this registry deletes no tags';
    const digest = await writeProbe(client, repository, [one, other]);
    const why = await whyNotAlone(client, repository, { digest, one, other, clock });
    await client.deleteManifest(repository, digest).catch(unlessRemote);
    return why;
  } catch (error) {
    return unlessRemote(error);
  }
}

async function whyNotAlone(
  client: RegistryClient,
  repository: Repository,
  {
    digest,
    one,
    other,
    clock,
  }: { readonly digest: Digest; readonly one: Tag; readonly other: Tag; readonly clock: Clock },
): Promise<string | undefined> {
  await client.deleteTag(repository, one);
  const [gone, left] = await Promise.all([client.resolve(repository, one), client.resolve(repository, other)]);
  if (gone !== undefined) return 'this registry did not delete the tag that it was asked to';
  if (left?.digest !== digest) return 'this registry deletes the image and all its tags along with a tag';
  await client.deleteTag(repository, other);
  for (const waitMs of looksMs) {
    await clock.sleep(waitMs);
    if ((await client.resolve(repository, digest)) === undefined)
      return 'this registry deletes what loses its last tag';
  }
  return undefined;
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
