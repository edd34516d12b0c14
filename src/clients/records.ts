import type { Digest } from '../domain/digest.ts';
import { RemoteError } from '../domain/errors.ts';
import type { Repository } from '../domain/image-ref.ts';
import { type ImageRecord, recordType } from '../domain/record.ts';
import { readManifest } from '../formats/manifest.ts';
import { bytesOf, piecesOf } from '../formats/pieces.ts';
import { parseRecord, recordArtifact } from '../formats/record-artifact.ts';
import type { Descriptor } from '../ports/content.ts';
import type { RegistryClient } from './registry/client.ts';

/** A record that stands beside an image, with the digest of its document. */
export interface FoundRecord {
  readonly digest: Digest;
  readonly record: ImageRecord;
}

const maxRecordBytes = 1024 * 1024;

/** Puts a record beside every digest that it speaks of. */
export async function attachRecord(
  client: RegistryClient,
  repository: Repository,
  record: ImageRecord,
  subjects: readonly Descriptor[],
): Promise<void> {
  // One after another: where a registry keeps no list of its own, each changes the list of its subject.
  for (const subject of subjects) {
    const artifact = recordArtifact(record, subject);
    await client.attachReferrer(repository, {
      manifest: artifact.manifest,
      blobs: artifact.blobs.map(({ descriptor, bytes }) => ({ descriptor, open: async () => piecesOf(bytes) })),
    });
  }
}

/** The records beside a digest; what is there and is no record of ours is passed over with its reason. */
export async function readRecords(
  client: RegistryClient,
  repository: Repository,
  digest: Digest,
): Promise<{ readonly records: readonly FoundRecord[]; readonly unreadable: readonly string[] }> {
  const referrers = await client.listReferrers(repository, digest, recordType);
  const records: FoundRecord[] = [];
  const unreadable: string[] = [];
  for (const referrer of referrers) {
    const found = await readRecord(client, repository, referrer.digest);
    if (typeof found === 'string') unreadable.push(found);
    else records.push(found);
  }
  return { records, unreadable };
}

/** What says something about one record, and not about the way to the registry. */
const damages = new Set(['content-damaged', 'content-missing', 'manifest-invalid', 'record-invalid']);

/** A record of another version, or of somebody who may push here: it proves nothing, and it hides nothing. */
async function readRecord(
  client: RegistryClient,
  repository: Repository,
  artifact: Digest,
): Promise<FoundRecord | string> {
  try {
    return await recordIn(client, repository, artifact);
  } catch (error) {
    if (error instanceof RemoteError && damages.has(error.code)) return error.message;
    throw error;
  }
}

async function recordIn(
  client: RegistryClient,
  repository: Repository,
  artifact: Digest,
): Promise<FoundRecord | string> {
  const raw = await client.readManifest(repository, artifact);
  if (raw === undefined) return `${artifact} is listed and not there`;
  const read = readManifest(raw);
  const layer = read.kind === 'manifest' ? read.manifest.layers.find((one) => one.mediaType === recordType) : undefined;
  if (layer === undefined || layer.size > maxRecordBytes) return `${artifact} holds no record`;
  const content = await client.readBlob(repository, layer);
  if (content === undefined) return `${layer.digest} is listed and not there`;
  const bytes = await bytesOf(content, layer.size);
  if (bytes === undefined) return `${layer.digest} is larger than its artifact says`;
  return { digest: layer.digest, record: parseRecord(bytes, `${repository}@${layer.digest}`) };
}
