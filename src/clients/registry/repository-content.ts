import type { Repository } from '../../domain/image-ref.ts';
import type { ContentSink, ContentSource } from '../../ports/content.ts';
import type { RegistryClient } from './client.ts';

/** One repository as a place that content is copied from and to. */
export function repositoryContent(
  client: RegistryClient,
  repository: Repository,
  options: { readonly mountFrom?: readonly Repository[] } = {},
): ContentSource & ContentSink {
  const { mountFrom = [] } = options;
  const hasManifest: ContentSink['hasManifest'] = async (digest) =>
    (await client.resolve(repository, digest, 'push')) !== undefined;
  return {
    name: repository,
    readManifest: (digest) => client.readManifest(repository, digest),
    readBlob: (descriptor) => client.readBlob(repository, descriptor),
    hasManifest,
    async writeManifest(manifest) {
      if (await hasManifest(manifest.digest)) return;
      await client.putManifest(repository, manifest.digest, manifest);
    },
    hasBlob: (descriptor) => client.hasBlob(repository, descriptor, 'push'),
    async writeBlob(descriptor, open) {
      await client.writeBlob(repository, { descriptor, open, mountFrom });
    },
  };
}
