import { readRecords } from '../clients/records.ts';
import type { Digest } from '../domain/digest.ts';
import type { ImageRecord, PlatformRecord } from '../domain/record.ts';
import type { ContentSource } from '../ports/content.ts';
import type { Ports } from '../ports/ports.ts';
import { platformRecord } from '../stages/build.ts';
import { type ImageContent, type PassOver, readImage } from '../store/image-content.ts';
import { checkLayers, type LayerCheck } from '../store/layer-check.ts';
import { nameOfMember } from './places/missing.ts';
import { readPlace } from './places/place.ts';
import { type ImageSource, openSource } from './places/source.ts';

/** What there is to know about an image without running it. */
export interface InspectedImage {
  readonly digest: Digest;
  readonly mediaType: string;
  readonly platforms: readonly PlatformRecord[];
  /** Members of the index that the place does not have. */
  readonly missing: readonly string[];
  readonly record: ImageRecord | null;
  /** What a check of every byte found; not there where nobody asked for one. */
  readonly check?: LayerCheck;
}

/** Looks at an image in a registry or an engine, or at every image of a store or an archive. */
export async function inspect(
  ports: Ports,
  subject: string,
  options: { readonly check?: boolean } = {},
): Promise<readonly InspectedImage[]> {
  const place = await readPlace(ports.files, subject);
  // Engines, and so their archives, keep an index whole and only those of its members that they pulled.
  const isPartial = place.kind === 'archive' || place.kind === 'engine';
  await using source = await openSource(ports, place);
  const images: InspectedImage[] = [];
  for (const { descriptor } of source.images) {
    const missing: string[] = [];
    const passOver: PassOver = (member) => missing.push(nameOfMember(member));
    const image = await readImage(source.content, descriptor.digest, isPartial ? passOver : undefined);
    const platforms = image.platforms.map(platformRecord);
    const record = await recordOf(source, descriptor.digest);
    const found = { digest: image.digest, mediaType: image.mediaType, platforms, missing, record };
    images.push(options.check === true ? { ...found, check: await checkAll(source.content, image) } : found);
  }
  return images;
}

/** Reads every byte of every platform. */
async function checkAll(content: ContentSource, { platforms }: ImageContent): Promise<LayerCheck> {
  const checks: LayerCheck[] = [];
  for (const platform of platforms) checks.push(await checkLayers(content, platform));
  return { problems: checks.flatMap((one) => one.problems), unchecked: checks.flatMap((one) => one.unchecked) };
}

async function recordOf({ remote }: ImageSource, digest: Digest): Promise<ImageRecord | null> {
  if (remote === undefined) return null;
  const { records } = await readRecords(remote.registry, remote.repository, digest);
  return records.at(-1)?.record ?? null;
}
