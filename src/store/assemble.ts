import type { Digest } from '../domain/digest.ts';
import type { Platform } from '../domain/platform.ts';
import { assembleIndex } from '../formats/index-assembly.ts';
import { readManifest } from '../formats/manifest.ts';
import type { OciDescriptor } from '../formats/oci.ts';
import type { ContentSink, ContentSource, RawManifest } from '../ports/content.ts';
import { type CopyOptions, copyContent } from './copy.ts';
import { type ImageContent, readImage } from './image-content.ts';

/** What one job has built of an image, and where it lies. */
export interface BuiltPart {
  /** How a person would call it; by default as where it lies. */
  readonly name?: string;
  readonly source: ContentSource;
  /** Its index, or its single manifest. */
  readonly digest: Digest;
  /** The platforms that it was to build. */
  readonly platforms: readonly Platform[];
}

/** Makes one image of several parts: copies the members that each contributes, then writes their index, and tells what it is. */
export async function assembleContent(
  parts: readonly BuiltPart[],
  sink: ContentSink,
  options: CopyOptions = {},
): Promise<OciDescriptor> {
  const read = await readParts(parts);
  const index = indexOver(read);
  for (const { digest } of listedBy(index)) {
    const holder = read.find(({ image }) => membersOf(image).some((member) => member.digest === digest));
    if (holder !== undefined) await copyContent(holder.part.source, sink, { digest }, options);
  }
  await sink.writeManifest(index);
  return { mediaType: index.mediaType, digest: index.digest, size: index.bytes.length };
}

/** The index that parts make together; nothing is written. */
export async function indexOfParts(parts: readonly BuiltPart[]): Promise<RawManifest> {
  return indexOver(await readParts(parts));
}

interface ReadPart {
  readonly part: BuiltPart;
  readonly image: ImageContent;
}

function readParts(parts: readonly BuiltPart[]): Promise<readonly ReadPart[]> {
  return Promise.all(parts.map(async (part) => ({ part, image: await readImage(part.source, part.digest) })));
}

function indexOver(read: readonly ReadPart[]): RawManifest {
  return assembleIndex(
    read.map(({ part, image }) => ({
      name: part.name ?? part.source.name,
      members: membersOf(image),
      platforms: part.platforms,
      annotations: image.annotations,
    })),
  );
}

function membersOf(image: ImageContent): readonly OciDescriptor[] {
  return [...image.platforms, ...image.attestations].map((one) => one.descriptor);
}

function listedBy(index: Parameters<typeof readManifest>[0]): readonly OciDescriptor[] {
  const read = readManifest(index);
  return read.kind === 'index' ? read.index.manifests : [];
}
