import type { PrebuildOrigin } from '../domain/devcontainer/origin.ts';
import type { Digest } from '../domain/digest.ts';
import { RemoteError } from '../domain/errors.ts';
import type { Repository } from '../domain/image-ref.ts';
import { explainArtifact, explainType, parseExplain } from '../formats/devcontainer-explain.ts';
import { readManifest } from '../formats/manifest.ts';
import { bytesOf, piecesOf } from '../formats/pieces.ts';
import type { Descriptor } from '../ports/content.ts';
import type { RegistryClient } from './registry/client.ts';

const maxBytes = 1024 * 1024;
/** An image that was built again byte for byte has one more each time. */
const mostRead = 10;

/** Puts what an image was made of beside it, so that a later run can say what changed. */
export async function attachExplain(
  client: RegistryClient,
  repository: Repository,
  origin: PrebuildOrigin,
  subject: Descriptor,
): Promise<void> {
  const { manifest, blobs } = explainArtifact(origin, subject);
  await client.attachReferrer(repository, {
    manifest,
    blobs: blobs.map(({ descriptor, bytes }) => ({ descriptor, open: async () => piecesOf(bytes) })),
  });
}

/** What a published image was made of, when it was last built; undefined where nothing says it, or nobody answers. */
export async function readOrigin(
  client: RegistryClient,
  repository: Repository,
  image: Digest,
): Promise<PrebuildOrigin | undefined> {
  try {
    const referrers = await client.listReferrers(repository, image, explainType);
    const read = await Promise.all(referrers.slice(-mostRead).map(({ digest }) => readOne(client, repository, digest)));
    const found = read.filter((origin) => origin !== undefined);
    return found.sort((a, b) => Date.parse(a.built) - Date.parse(b.built)).at(-1);
  } catch (error) {
    if (error instanceof RemoteError) return undefined;
    throw error;
  }
}

async function readOne(
  client: RegistryClient,
  repository: Repository,
  referrer: Digest,
): Promise<PrebuildOrigin | undefined> {
  const raw = await client.readManifest(repository, referrer);
  const read = raw === undefined ? undefined : readManifest(raw);
  const layer = read?.kind === 'manifest' ? read.manifest.layers[0] : undefined;
  if (layer === undefined || layer.size > maxBytes) return undefined;
  const content = await client.readBlob(repository, layer);
  const bytes = content === undefined ? undefined : await bytesOf(content, layer.size);
  return bytes === undefined ? undefined : parseExplain(bytes);
}
