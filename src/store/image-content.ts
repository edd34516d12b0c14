import type { Digest } from '../domain/digest.ts';
import { RemoteError } from '../domain/errors.ts';
import { comparePlatforms, type Platform, platformOf } from '../domain/platform.ts';
import { maxDocumentBytes, readJson } from '../formats/json.ts';
import { attestedDigest, isImageConfigType, OciConfig, type OciDescriptor } from '../formats/oci.ts';
import { bytesOf } from '../formats/pieces.ts';
import type { ContentSource } from '../ports/content.ts';
import { type Leaf, type PassOver, readTree } from './manifest-tree.ts';

export type { PassOver };

/** One platform of an image. */
export interface PlatformContent {
  readonly platform: Platform;
  readonly digest: Digest;
  readonly mediaType: string;
  readonly size: number;
  readonly configDigest: Digest;
  readonly config: OciConfig;
  readonly layers: readonly OciDescriptor[];
  /** How its index lists it; for an image without an index, how one would. */
  readonly descriptor: OciDescriptor;
}

/** A manifest that speaks about a platform and is no image. */
export interface Attestation {
  readonly digest: Digest;
  readonly subject?: Digest;
  readonly descriptor: OciDescriptor;
}

/** What an image consists of. */
export interface ImageContent {
  readonly digest: Digest;
  readonly mediaType: string;
  readonly platforms: readonly PlatformContent[];
  readonly attestations: readonly Attestation[];
  /** Those of its index. */
  readonly annotations: Readonly<Record<string, string>>;
}

/** Reads an image: a single manifest, or an index, also of indexes. Members that are no images (artifacts) are passed over. */
export async function readImage(source: ContentSource, digest: Digest, passOver?: PassOver): Promise<ImageContent> {
  const { root, annotations, leaves, attestations } = await readTree(source, digest, passOver);
  const platforms: PlatformContent[] = [];
  for (const leaf of leaves) {
    const content = await platformContent(source, leaf, passOver);
    if (content !== undefined) platforms.push(content);
  }
  if (platforms.length === 0) throw failure('not-an-image', `${digest} holds no image`, source);
  platforms.sort((a, b) => comparePlatforms(a.platform, b.platform));
  return { digest, mediaType: root.mediaType, platforms, attestations: attestations.map(attestationOf), annotations };
}

async function platformContent(
  source: ContentSource,
  { raw, manifest, member }: Leaf,
  passOver: PassOver | undefined,
): Promise<PlatformContent | undefined> {
  if (!isImageConfigType(manifest.config.mediaType)) return undefined;
  const bytes = await configBytes(source, manifest.config);
  if (bytes === undefined) {
    // Engines keep an index whole and of its members only what they pulled: sometimes the manifest, and not the config.
    if (passOver === undefined || member === undefined) throw noConfig(manifest.config.digest, source);
    passOver(member);
    return undefined;
  }
  const about = { code: 'config-invalid', what: 'the config of the image', where: manifest.config.digest };
  const config = readJson(bytes, OciConfig, { ...about, next: 'build the image again' });
  const fields = member?.platform ?? config;
  if (fields.os === 'unknown') return undefined;
  const { os, architecture, variant, 'os.version': version, 'os.features': features } = fields;
  const platform = { os, architecture, variant, 'os.version': version, 'os.features': features };
  const { mediaType, digest } = raw;
  return {
    platform: platformOf(fields),
    digest,
    mediaType,
    size: raw.bytes.length,
    configDigest: manifest.config.digest,
    config,
    layers: manifest.layers,
    descriptor: { ...member, mediaType, digest, size: raw.bytes.length, platform },
  };
}

async function configBytes(source: ContentSource, descriptor: OciDescriptor): Promise<Uint8Array | undefined> {
  if (descriptor.size > maxDocumentBytes) {
    throw failure('config-too-large', `the config ${descriptor.digest} has ${descriptor.size} bytes`, source);
  }
  const content = await source.readBlob(descriptor);
  return content === undefined ? undefined : bytesOf(content, descriptor.size);
}

function attestationOf(descriptor: OciDescriptor): Attestation {
  const subject = attestedDigest(descriptor);
  return { digest: descriptor.digest, ...(subject === undefined ? {} : { subject }), descriptor };
}

function noConfig(digest: Digest, source: ContentSource): RemoteError {
  return failure('content-missing', `the config ${digest} is not there`, source);
}

function failure(code: string, what: string, source: ContentSource): RemoteError {
  return new RemoteError({
    code,
    what,
    where: source.name,
    state: 'the image was not used',
    next: 'check the digest; if it is right, build the image again',
  });
}
