import { algorithmOf, type Digest, hexOf } from '../domain/digest.ts';
import { parseTag, type Tag } from '../domain/image-ref.ts';
import { canonicalDescriptor } from '../formats/canonical-descriptor.ts';
import { readJson } from '../formats/json.ts';
import { readManifest } from '../formats/manifest.ts';
import { mediaTypes, type OciDescriptor, OciIndex } from '../formats/oci.ts';
import type { RawManifest } from '../ports/content.ts';

/** What the referrers index of a subject lists about one artifact. */
export interface Referrer {
  readonly subject: Digest;
  readonly descriptor: OciDescriptor;
}

/** Reads which subject a manifest speaks of, if any, and how it is listed there. */
export function referrerOf(raw: RawManifest): Referrer | undefined {
  const read = readManifest(raw);
  const document = read.kind === 'index' ? read.index : read.manifest;
  if (document.subject === undefined) return undefined;
  const artifactType = document.artifactType ?? (read.kind === 'manifest' ? read.manifest.config.mediaType : undefined);
  const { mediaType, digest, bytes } = raw;
  const { annotations } = document;
  return {
    subject: document.subject.digest,
    descriptor: { mediaType, digest, size: bytes.length, artifactType, annotations },
  };
}

/** The tag that holds the referrers where a registry has no API for them; the specification cuts both halves. */
export function referrersTag(subject: Digest): Tag {
  return parseTag(`${algorithmOf(subject).slice(0, 32)}-${hexOf(subject).slice(0, 64)}`, subject);
}

/** The bytes of a referrers index: ordered by digest with fixed fields, so that equal lists have equal bytes. */
export function referrersIndex(descriptors: readonly OciDescriptor[]): Uint8Array {
  const manifests = descriptors.toSorted((a, b) => (a.digest < b.digest ? -1 : 1)).map(canonicalDescriptor);
  return new TextEncoder().encode(JSON.stringify({ schemaVersion: 2, mediaType: mediaTypes.index, manifests }));
}

/** Lists an artifact in the bytes of a referrers index, or in a new one; an entry with its digest is replaced. */
export function addReferrer(index: Uint8Array | undefined, descriptor: OciDescriptor): Uint8Array {
  const others = (index === undefined ? [] : listReferrers(index)).filter((one) => one.digest !== descriptor.digest);
  return referrersIndex([...others, descriptor]);
}

/** Takes an artifact out of the bytes of a referrers index. */
export function removeReferrer(index: Uint8Array, digest: Digest): Uint8Array {
  return referrersIndex(listReferrers(index).filter((one) => one.digest !== digest));
}

/** What a referrers index lists, all or those of one artifact type. */
export function listReferrers(index: Uint8Array, artifactType?: string): readonly OciDescriptor[] {
  const { manifests } = readJson(index, OciIndex, {
    code: 'referrers-invalid',
    what: 'the referrers index',
    where: 'the referrers of an image',
    next: 'look at it with another tool, and remove it if nothing else uses it',
  });
  return artifactType === undefined ? manifests : manifests.filter((one) => one.artifactType === artifactType);
}
