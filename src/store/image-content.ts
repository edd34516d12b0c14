import { type Digest, isDigest } from '../domain/digest.ts';
import { RemoteError } from '../domain/errors.ts';
import { comparePlatforms, type Platform, platformOf } from '../domain/platform.ts';
import { maxDocumentBytes, readJson } from '../formats/json.ts';
import { readManifest } from '../formats/manifest.ts';
import { isAttestation, mediaTypes, OciConfig, type OciDescriptor, type OciManifest } from '../formats/oci.ts';
import { bytesOf } from '../formats/pieces.ts';
import type { ContentSource, RawManifest } from '../ports/content.ts';

/** One platform of an image. */
export interface PlatformContent {
  readonly platform: Platform;
  readonly digest: Digest;
  readonly mediaType: string;
  readonly size: number;
  readonly configDigest: Digest;
  readonly config: OciConfig;
  readonly layers: readonly OciDescriptor[];
}

/** A manifest that speaks about a platform and is no image. */
export interface Attestation {
  readonly digest: Digest;
  readonly subject?: Digest;
}

/** What an image consists of. */
export interface ImageContent {
  readonly digest: Digest;
  readonly mediaType: string;
  readonly platforms: readonly PlatformContent[];
  readonly attestations: readonly Attestation[];
}

const configTypes: readonly string[] = [mediaTypes.config, 'application/vnd.docker.container.image.v1+json'];
const subjectAnnotation = 'vnd.docker.reference.digest';

/** Reads an image, index or single manifest. Members of an index that are no images (artifacts) are passed over. */
export async function readImage(source: ContentSource, digest: Digest): Promise<ImageContent> {
  const raw = await manifestFrom(source, digest);
  const read = readManifest(raw);
  const platforms: PlatformContent[] = [];
  const attestations: Attestation[] = [];
  if (read.kind === 'manifest') {
    const content = await platformContent(source, raw, read.manifest);
    if (content !== undefined) platforms.push(content);
  } else {
    for (const member of read.index.manifests) {
      if (isAttestation(member)) {
        attestations.push(attestationOf(member));
        continue;
      }
      const child = await manifestFrom(source, member.digest);
      const childRead = readManifest(child);
      if (childRead.kind === 'index') throw failure('not-an-image', `${digest} holds another index`, source);
      const content = await platformContent(source, child, childRead.manifest, member);
      if (content !== undefined) platforms.push(content);
    }
  }
  if (platforms.length === 0) throw failure('not-an-image', `${digest} holds no image`, source);
  platforms.sort((a, b) => comparePlatforms(a.platform, b.platform));
  return { digest, mediaType: raw.mediaType, platforms, attestations };
}

async function platformContent(
  source: ContentSource,
  raw: RawManifest,
  manifest: OciManifest,
  member?: OciDescriptor,
): Promise<PlatformContent | undefined> {
  if (!configTypes.includes(manifest.config.mediaType)) return undefined;
  const config = await configFrom(source, manifest.config);
  const fields = member?.platform ?? config;
  if (fields.os === 'unknown') return undefined;
  return {
    platform: platformOf(fields),
    digest: raw.digest,
    mediaType: raw.mediaType,
    size: raw.bytes.length,
    configDigest: manifest.config.digest,
    config,
    layers: manifest.layers,
  };
}

async function manifestFrom(source: ContentSource, digest: Digest): Promise<RawManifest> {
  const raw = await source.readManifest(digest);
  if (raw === undefined) throw failure('content-missing', `${digest} is not there`, source);
  return raw;
}

async function configFrom(source: ContentSource, descriptor: OciDescriptor): Promise<OciConfig> {
  if (descriptor.size > maxDocumentBytes) {
    throw failure('config-too-large', `the config ${descriptor.digest} has ${descriptor.size} bytes`, source);
  }
  const content = await source.readBlob(descriptor);
  const bytes = content === undefined ? undefined : await bytesOf(content, descriptor.size);
  if (bytes === undefined) throw failure('content-missing', `the config ${descriptor.digest} is not there`, source);
  const about = { code: 'config-invalid', what: 'the config of the image', where: descriptor.digest };
  return readJson(bytes, OciConfig, { ...about, next: 'build the image again' });
}

function attestationOf(member: OciDescriptor): Attestation {
  const subject = member.annotations?.[subjectAnnotation];
  return { digest: member.digest, ...(isDigest(subject) ? { subject } : {}) };
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
