import type { OciDescriptor } from './oci.ts';

/** A descriptor with its fields in one order, so that equal descriptors have equal bytes; empty fields are left out. */
export function canonicalDescriptor(descriptor: OciDescriptor): OciDescriptor {
  const { mediaType, digest, size, artifactType, platform, annotations = {} } = descriptor;
  return {
    mediaType,
    digest,
    size,
    ...(artifactType === undefined ? {} : { artifactType }),
    ...(platform === undefined ? {} : { platform }),
    ...(Object.keys(annotations).length === 0 ? {} : { annotations: sortedAnnotations(annotations) }),
  };
}

/** Annotations in the order of their names. */
export function sortedAnnotations(annotations: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(annotations).sort(([a], [b]) => (a < b ? -1 : 1)));
}
