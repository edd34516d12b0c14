import type { RegistryClient } from '../../clients/registry/client.ts';
import type { BaseImage } from '../../domain/base-image.ts';
import type { Digest } from '../../domain/digest.ts';
import { type ImageRef, meantBy } from '../../domain/image-ref.ts';
import { type Platform, platformOf } from '../../domain/platform.ts';
import { maxDocumentBytes, readJson } from '../../formats/json.ts';
import { readManifest } from '../../formats/manifest.ts';
import {
  isAttestation,
  isImageConfigType,
  isIndexType,
  OciConfig,
  type OciDescriptor,
  type OciPlatform,
} from '../../formats/oci.ts';
import { bytesOf } from '../../formats/pieces.ts';
import type { RawManifest } from '../../ports/content.ts';

/** What a registry is asked for a base. */
export type BaseRegistry = Pick<RegistryClient, 'readManifest' | 'readBlob'>;

/** Indexes within indexes, the outermost counted. */
const maxDepth = 3;

/** Reads what a reference names today, with the digest of each platform: one request for an index, one more for the config of a single image. */
export async function readBase(registry: BaseRegistry, ref: ImageRef): Promise<BaseImage | undefined> {
  const raw = await registry.readManifest(ref.repository, meantBy(ref));
  if (raw === undefined) return undefined;
  const platforms = new Map<Platform, Digest>();
  await addPlatforms(registry, ref, raw, 1, platforms);
  return { digest: raw.digest, platforms };
}

async function addPlatforms(
  registry: BaseRegistry,
  ref: ImageRef,
  raw: RawManifest,
  depth: number,
  platforms: Map<Platform, Digest>,
): Promise<void> {
  const add = (fields: OciPlatform, digest: Digest): void => {
    const platform = platformIn(fields);
    // The first one that fits is the one a builder takes.
    if (platform !== undefined && !platforms.has(platform)) platforms.set(platform, digest);
  };
  const read = readManifest(raw);
  if (read.kind === 'manifest') {
    const { config } = read.manifest;
    const fields = isImageConfigType(config.mediaType) ? await readConfig(registry, ref, config) : undefined;
    if (fields !== undefined) add(fields, raw.digest);
    return;
  }
  for (const member of read.index.manifests) {
    if (isAttestation(member)) continue;
    if (member.platform !== undefined && !isIndexType(member.mediaType)) add(member.platform, member.digest);
    else if (depth < maxDepth) {
      const inner = await registry.readManifest(ref.repository, member.digest);
      if (inner !== undefined) await addPlatforms(registry, ref, inner, depth + 1, platforms);
    }
  }
}

async function readConfig(
  registry: BaseRegistry,
  ref: ImageRef,
  descriptor: OciDescriptor,
): Promise<OciConfig | undefined> {
  const content = descriptor.size > maxDocumentBytes ? undefined : await registry.readBlob(ref.repository, descriptor);
  const bytes = content === undefined ? undefined : await bytesOf(content, descriptor.size);
  if (bytes === undefined) return undefined;
  const about = { code: 'config-invalid', what: 'the config of the image', where: descriptor.digest };
  return readJson(bytes, OciConfig, { ...about, next: 'take another base' });
}

/** What is no platform, such as an artifact that an index lists, is nothing to build on. */
function platformIn(fields: OciPlatform): Platform | undefined {
  if (fields.os === 'unknown' || fields.os === '' || fields.architecture === '') return undefined;
  return platformOf(fields);
}
