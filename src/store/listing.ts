import type { Digest } from '../domain/digest.ts';
import { readManifest } from '../formats/manifest.ts';
import { acceptedManifests, type OciDescriptor } from '../formats/oci.ts';
import type { ContentSource } from '../ports/content.ts';
import { nameAnnotations, nameOf } from './names.ts';

/** An image that a place lists, with all the names that it has there. */
export interface ListedImage {
  readonly descriptor: Pick<OciDescriptor, 'mediaType' | 'digest' | 'size'>;
  readonly names: readonly string[];
}

/** What a layout lists: its images, and what is attached to a digest. */
export interface Listing {
  readonly images: readonly ListedImage[];
  referrersOf(digest: Digest): readonly OciDescriptor[];
}

/** Sorts the entries of a layout: what has a subject is attached to it, everything else is an image. */
export async function listImages(source: ContentSource, entries: readonly OciDescriptor[]): Promise<Listing> {
  const images = new Map<Digest, { descriptor: ListedImage['descriptor']; names: string[] }>();
  const attached = new Map<Digest, Map<Digest, OciDescriptor>>();
  for (const entry of entries) {
    const known = images.get(entry.digest);
    const subject = known === undefined ? await subjectOf(source, entry) : undefined;
    if (subject !== undefined) {
      attached.set(subject, (attached.get(subject) ?? new Map()).set(entry.digest, entry));
      continue;
    }
    const { mediaType, digest, size } = entry;
    const image = known ?? { descriptor: { mediaType, digest, size }, names: [] };
    const name = nameOf(entry);
    if (name !== undefined && !image.names.includes(name)) image.names.push(name);
    images.set(digest, image);
  }
  return {
    images: [...images.values()],
    referrersOf: (digest) => [...(attached.get(digest)?.values() ?? [])],
  };
}

/** The entries by which an index lists an image, one for each of its names. */
export function entriesOf({ descriptor, names }: ListedImage): readonly OciDescriptor[] {
  if (names.length === 0) return [descriptor];
  return names.map((name) => ({ ...descriptor, annotations: nameAnnotations(name) }));
}

async function subjectOf(source: ContentSource, entry: OciDescriptor): Promise<Digest | undefined> {
  if (!acceptedManifests.includes(entry.mediaType)) return undefined;
  const raw = await source.readManifest(entry.digest);
  if (raw === undefined) return undefined;
  const read = readManifest(raw);
  return (read.kind === 'index' ? read.index : read.manifest).subject?.digest;
}
