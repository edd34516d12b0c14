import type { Digest } from '../domain/digest.ts';
import { RemoteError } from '../domain/errors.ts';
import type { ReadManifest } from '../formats/manifest.ts';
import { acceptedManifests, type OciDescriptor } from '../formats/oci.ts';

/** More layers than an engine can mount, and so than a builder makes. */
export const maxLayers = 512;

/** What must be in a place before a manifest is; a `subject` need not be. */
export interface References {
  readonly manifests: readonly OciDescriptor[];
  readonly blobs: readonly OciDescriptor[];
}

/** What a manifest or an index refers to. BuildKit's cache index lists layers, so its members may be blobs. */
export function referencesOf(read: ReadManifest, digest: Digest): References {
  if (read.kind === 'index') {
    const isManifest = (member: OciDescriptor): boolean => acceptedManifests.includes(member.mediaType);
    const { manifests } = read.index;
    refuseTwoSizes(manifests, digest);
    return {
      manifests: manifests.filter(isManifest),
      blobs: manifests.filter((member) => !isManifest(member) && isDistributed(member)),
    };
  }
  const { config, layers } = read.manifest;
  if (layers.length > maxLayers) throw tooMany(layers.length, digest);
  refuseTwoSizes([config, ...layers], digest);
  return { manifests: [], blobs: [config, ...layers].filter(isDistributed) };
}

/** Layers that their owner alone hands out (Windows bases) are in no registry and in no store. */
export function isDistributed(descriptor: OciDescriptor): boolean {
  return !/foreign|nondistributable/.test(descriptor.mediaType);
}

function tooMany(count: number, digest: Digest): RemoteError {
  return new RemoteError({
    code: 'layers-too-many',
    what: `the manifest has ${count} layers, more than ${maxLayers}`,
    where: digest,
    state: 'nothing of it was copied',
    next: 'join instructions of the Dockerfile, so that it makes fewer layers',
  });
}

/** One digest can have one size only; where two are named, each copy and each registry would believe another. */
function refuseTwoSizes(descriptors: readonly OciDescriptor[], digest: Digest): void {
  const sizes = new Map<Digest, number>();
  for (const descriptor of descriptors) {
    const size = sizes.get(descriptor.digest) ?? descriptor.size;
    if (size !== descriptor.size) throw invalid(twoSizes(descriptor, size), digest);
    sizes.set(descriptor.digest, size);
  }
}

/** Says that a digest is named with two sizes. */
export function twoSizes({ digest, size }: Pick<OciDescriptor, 'digest' | 'size'>, other: number): string {
  return `${digest} is said to have ${size} bytes, and ${other} bytes`;
}

function invalid(what: string, where: Digest): RemoteError {
  const next = 'look at it with another tool; if it is what was pushed, build and push the image again';
  return new RemoteError({ code: 'manifest-invalid', what, where, state: 'it was not used', next });
}
