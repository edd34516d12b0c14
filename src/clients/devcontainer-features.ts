import { ConfigError, RemoteError } from '../domain/errors.ts';
import { parseImageRef } from '../domain/image-ref.ts';
import { featureNeeds } from '../formats/devcontainer-feature.ts';
import { readManifest } from '../formats/manifest.ts';
import type { RegistryClient } from './registry/client.ts';

/** Who publishes a Feature says here what stands in its devcontainer-feature.json. */
const metadata = 'dev.containers.metadata';

/** What a Feature needs that its digest names, as its manifest says; undefined where nothing says it, or nobody answers. */
export async function readFeatureNeeds(
  registry: Pick<RegistryClient, 'readManifest'>,
  id: string,
): Promise<readonly string[] | undefined> {
  try {
    const { repository, digest } = parseImageRef(id, 'features');
    const raw = digest === undefined ? undefined : await registry.readManifest(repository, digest);
    const read = raw === undefined ? undefined : readManifest(raw);
    const text = read?.kind === 'manifest' ? read.manifest.annotations?.[metadata] : undefined;
    return text === undefined ? undefined : featureNeeds(text, id);
  } catch (error) {
    if (error instanceof RemoteError || error instanceof ConfigError) return undefined;
    throw error;
  }
}
