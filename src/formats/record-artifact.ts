import { canonicalJson } from '../domain/canonical-json.ts';
import { type Digest, digestOf } from '../domain/digest.ts';
import { ImageRecord, recordType } from '../domain/record.ts';
import type { Descriptor, RawManifest } from '../ports/content.ts';
import { readJson } from './json.ts';
import { mediaTypes } from './oci.ts';

/** A document with the bytes that it travels as. */
export interface DocumentBytes {
  readonly digest: Digest;
  readonly bytes: Uint8Array;
}

/** A record as an artifact that refers to an image. */
export interface RecordArtifact {
  readonly manifest: RawManifest;
  readonly blobs: readonly { readonly descriptor: Descriptor; readonly bytes: Uint8Array }[];
}

const encoder = new TextEncoder();

/** The bytes of a record; equal records have equal ones. */
export function recordBytes(record: ImageRecord): DocumentBytes {
  const bytes = encoder.encode(canonicalJson(record));
  return { bytes, digest: digestOf(bytes) };
}

/** Reads a record that was found somewhere. */
export function parseRecord(bytes: Uint8Array, where: string): ImageRecord {
  return readJson(bytes, ImageRecord, {
    code: 'record-invalid',
    what: 'the record',
    where,
    next: 'it may come from a newer Slipway or from something else; build the image again',
  });
}

/** Makes the artifact by which a record stays beside its image: https://github.com/opencontainers/image-spec (artifacts). */
export function recordArtifact(record: ImageRecord, subject: Descriptor): RecordArtifact {
  return documentArtifact(recordBytes(record).bytes, recordType, subject);
}

/** The same for any document of ours, under the type by which it is found. */
export function documentArtifact(content: Uint8Array, type: string, subject: Descriptor): RecordArtifact {
  const empty = encoder.encode('{}');
  const config = { mediaType: mediaTypes.empty, digest: digestOf(empty), size: empty.length };
  const layer = { mediaType: type, digest: digestOf(content), size: content.length };
  const { mediaType, digest, size } = subject;
  const bytes = encoder.encode(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: mediaTypes.manifest,
      artifactType: type,
      config,
      layers: [layer],
      subject: { mediaType, digest, size },
    }),
  );
  return {
    manifest: { mediaType: mediaTypes.manifest, digest: digestOf(bytes), bytes },
    blobs: [
      { descriptor: config, bytes: empty },
      { descriptor: layer, bytes: content },
    ],
  };
}
