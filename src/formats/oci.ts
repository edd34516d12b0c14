import { z } from 'zod';
import { type Digest, isDigest } from '../domain/digest.ts';

/** The media types of manifests and indexes, OCI's and Docker's. */
export const mediaTypes = {
  index: 'application/vnd.oci.image.index.v1+json',
  manifest: 'application/vnd.oci.image.manifest.v1+json',
  dockerIndex: 'application/vnd.docker.distribution.manifest.list.v2+json',
  dockerManifest: 'application/vnd.docker.distribution.manifest.v2+json',
  config: 'application/vnd.oci.image.config.v1+json',
  empty: 'application/vnd.oci.empty.v1+json',
} as const;

/** What a reader must say it takes, lest an old registry converts a manifest and so changes its digest. */
export const acceptedManifests: readonly string[] = [
  mediaTypes.index,
  mediaTypes.manifest,
  mediaTypes.dockerIndex,
  mediaTypes.dockerManifest,
];

/** Tells whether a media type is that of a list of manifests. */
export function isIndexType(mediaType: string): boolean {
  return mediaType === mediaTypes.index || mediaType === mediaTypes.dockerIndex;
}

/** Tells whether a media type is that of the config of an image; artifacts have others. */
export function isImageConfigType(mediaType: string): boolean {
  return mediaType === mediaTypes.config || mediaType === 'application/vnd.docker.container.image.v1+json';
}

const DigestText = z.custom<Digest>(isDigest, { error: 'not a digest' });
const Annotations = z.record(z.string(), z.string());

/** A platform as OCI documents write it. */
export const OciPlatform = z.object({
  os: z.string(),
  architecture: z.string(),
  variant: z.string().optional(),
  'os.version': z.string().optional(),
  'os.features': z.array(z.string()).optional(),
});
export type OciPlatform = z.infer<typeof OciPlatform>;

/** A descriptor as OCI documents write it. */
export const OciDescriptor = z.object({
  mediaType: z.string(),
  digest: DigestText,
  size: z.number().int().nonnegative(),
  platform: OciPlatform.optional(),
  annotations: Annotations.optional(),
  artifactType: z.string().optional(),
});
export type OciDescriptor = z.infer<typeof OciDescriptor>;

/** An image manifest. */
export const OciManifest = z.object({
  schemaVersion: z.literal(2),
  mediaType: z.string().optional(),
  artifactType: z.string().optional(),
  config: OciDescriptor,
  layers: z.array(OciDescriptor),
  subject: OciDescriptor.optional(),
  annotations: Annotations.optional(),
});
export type OciManifest = z.infer<typeof OciManifest>;

/** An index of manifests; the `index.json` of a layout has the same form. */
export const OciIndex = z.object({
  schemaVersion: z.literal(2),
  mediaType: z.string().optional(),
  artifactType: z.string().optional(),
  manifests: z.array(OciDescriptor),
  subject: OciDescriptor.optional(),
  annotations: Annotations.optional(),
});
export type OciIndex = z.infer<typeof OciIndex>;

/** The part of an image config that we read; the raw bytes carry the rest. */
export const OciConfig = z.looseObject({
  os: z.string(),
  architecture: z.string(),
  variant: z.string().optional(),
  'os.version': z.string().optional(),
  'os.features': z.array(z.string()).optional(),
  config: z.record(z.string(), z.unknown()).nullish(),
  rootfs: z.object({ type: z.string(), diff_ids: z.array(DigestText) }),
});
export type OciConfig = z.infer<typeof OciConfig>;

/** The annotation by which a layout and BuildKit name a manifest. */
export const refNameAnnotation = 'org.opencontainers.image.ref.name';

/** BuildKit marks the attestations that it puts into an index with this annotation. */
export const referenceTypeAnnotation = 'vnd.docker.reference.type';

const referenceDigestAnnotation = 'vnd.docker.reference.digest';

/** Tells whether a member of an index is an attestation and no image. */
export function isAttestation(descriptor: OciDescriptor): boolean {
  return (
    descriptor.annotations?.[referenceTypeAnnotation] !== undefined ||
    (descriptor.platform?.os === 'unknown' && descriptor.platform.architecture === 'unknown')
  );
}

/** The image that an attestation in an index speaks of, where it says so. */
export function attestedDigest(descriptor: OciDescriptor): Digest | undefined {
  const subject = descriptor.annotations?.[referenceDigestAnnotation];
  return isDigest(subject) ? subject : undefined;
}
