import type { Digest } from '../../domain/digest.ts';
import type { Repository } from '../../domain/image-ref.ts';
import type { ContentSink, ContentSource, RawManifest } from '../../ports/content.ts';
import type { RegistryClient } from './client.ts';

/** How far the upload of a blob has come. */
export interface UploadProgress {
  readonly digest: Digest;
  readonly size: number;
  /** Bytes that are on their way; fewer than before when something had to be sent again. */
  readonly bytes: number;
}

/** What a repository that is written to may be told. */
export interface RepositoryContentOptions {
  /** Repositories of the same registry that may have the blobs already. */
  readonly mountFrom?: readonly Repository[];
  readonly onProgress?: (progress: UploadProgress) => void;
}

/** One repository as a place that content is copied from and to. */
export function repositoryContent(
  client: RegistryClient,
  repository: Repository,
  options: RepositoryContentOptions = {},
): ContentSource & ContentSink {
  const { mountFrom = [], onProgress } = options;
  const hasManifest: ContentSink['hasManifest'] = async (digest) =>
    (await client.resolve(repository, digest, 'push')) !== undefined;
  return {
    name: repository,
    readManifest: (digest) => client.readManifest(repository, digest),
    readBlob: (descriptor) => client.readBlob(repository, descriptor),
    hasManifest,
    async writeManifest(manifest) {
      await client.putManifest(repository, manifest.digest, manifest);
    },
    hasBlob: (descriptor) => client.hasBlob(repository, descriptor, 'push'),
    async writeBlob(descriptor, open) {
      const { digest, size } = descriptor;
      const heard = onProgress === undefined ? undefined : (bytes: number) => onProgress({ digest, size, bytes });
      const outcome = await client.writeBlob(repository, { descriptor, open, mountFrom, onProgress: heard });
      return outcome === 'uploaded' ? 'written' : outcome;
    },
  };
}

/** Makes an artifact that lies in a repository found from what it speaks of; one that is found already is left as it is. */
export async function attachOnce(
  client: RegistryClient,
  repository: Repository,
  { manifest, subject }: { readonly manifest: RawManifest; readonly subject: Digest },
): Promise<void> {
  const known = await client.listReferrers(repository, subject);
  if (known.some(({ digest }) => digest === manifest.digest)) return;
  await client.attachReferrer(repository, { manifest, blobs: [] });
}
