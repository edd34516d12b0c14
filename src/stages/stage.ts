import { attachRecord } from '../clients/records.ts';
import type { RegistryClient } from '../clients/registry/client.ts';
import { repositoryContent } from '../clients/registry/repository-content.ts';
import type { Digest } from '../domain/digest.ts';
import type { ImageRecord } from '../domain/record.ts';
import { recordBytes } from '../formats/record-artifact.ts';
import type { Descriptor } from '../ports/content.ts';
import { copyContent } from '../store/copy.ts';
import type { Store } from '../store/store.ts';

/** Uploads a proven image by digest, with its record beside it and without any tag. */
export async function stage(
  ports: { readonly registry: RegistryClient },
  inputs: {
    readonly store: Store;
    readonly record: ImageRecord;
    /** Hears how many bytes are on their way to the registry. */
    readonly onProgress?: (bytes: number) => void;
  },
): Promise<{ readonly record: Digest; readonly blobs: number; readonly bytes: number }> {
  const { store, record, onProgress } = inputs;
  const sent = new Map<Digest, number>();
  const target = repositoryContent(ports.registry, record.repository, {
    onProgress({ digest, bytes }) {
      sent.set(digest, bytes);
      onProgress?.([...sent.values()].reduce((sum, one) => sum + one, 0));
    },
  });
  const written = await copyContent(store, target, record);
  // The platforms too: the index may be assembled elsewhere, and a platform may be all that somebody keeps.
  const digests = new Set([record.digest, ...record.platforms.map(({ digest }) => digest)]);
  const subjects = await Promise.all([...digests].map((digest) => descriptorOf(store, digest)));
  await attachRecord(ports.registry, record.repository, record, subjects);
  return { record: recordBytes(record).digest, blobs: written.blobs, bytes: written.bytes };
}

async function descriptorOf(store: Store, digest: Digest): Promise<Descriptor> {
  const raw = await store.readManifest(digest);
  if (raw === undefined) throw new Error(`${digest} was in ${store.name} a moment ago`);
  return { mediaType: raw.mediaType, digest, size: raw.bytes.length };
}
