import type { HashInputs } from '../domain/devcontainer/content-hash.ts';
import type { Digest } from '../domain/digest.ts';
import { RemoteError } from '../domain/errors.ts';
import type { Repository } from '../domain/image-ref.ts';
import { explainArtifact, explainType, parseExplain } from '../formats/devcontainer-explain.ts';
import { readManifest } from '../formats/manifest.ts';
import { bytesOf, piecesOf } from '../formats/pieces.ts';
import type { Descriptor } from '../ports/content.ts';
import type { RegistryClient } from './registry/client.ts';

const maxBytes = 1024 * 1024;

/** Puts what an image was made of beside it, so that a later run can say what changed. */
export async function attachExplain(
  client: RegistryClient,
  repository: Repository,
  inputs: HashInputs,
  subject: Descriptor,
): Promise<void> {
  const { manifest, blobs } = explainArtifact(inputs, subject);
  await client.attachReferrer(repository, {
    manifest,
    blobs: blobs.map(({ descriptor, bytes }) => ({ descriptor, open: async () => piecesOf(bytes) })),
  });
}

/** What a published image was made of; undefined where nothing says it, or nobody answers. It only explains. */
export async function readExplain(
  client: RegistryClient,
  repository: Repository,
  image: Digest,
): Promise<HashInputs | undefined> {
  try {
    const [referrer] = await client.listReferrers(repository, image, explainType);
    if (referrer === undefined) return undefined;
    const raw = await client.readManifest(repository, referrer.digest);
    const read = raw === undefined ? undefined : readManifest(raw);
    const layer = read?.kind === 'manifest' ? read.manifest.layers[0] : undefined;
    if (layer === undefined || layer.size > maxBytes) return undefined;
    const content = await client.readBlob(repository, layer);
    const bytes = content === undefined ? undefined : await bytesOf(content, layer.size);
    return bytes === undefined ? undefined : parseExplain(bytes);
  } catch (error) {
    if (error instanceof RemoteError) return undefined;
    throw error;
  }
}
