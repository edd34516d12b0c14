import type { Digest } from '../../domain/digest.ts';
import { parseImageRef } from '../../domain/image-ref.ts';
import { isAddress, joinPath } from '../../domain/path.ts';
import type { PlannedImage } from '../../domain/plan.ts';

/** An image of the set, in a store on this machine, that others are built on. */
export interface BaseInStore {
  readonly key: string;
  readonly digest: Digest;
  readonly folder: string;
}

/** What stands in for a name in a Dockerfile, so that nobody edits one: bases by digest, and the folders of the configuration. */
export function namedContexts(inputs: {
  readonly image: PlannedImage;
  readonly folder: string;
  readonly bases: readonly BaseInStore[];
}): Record<string, string> {
  const { image, folder, bases } = inputs;
  const pinned = image.bases.flatMap(({ reference, as = reference, key, digest }): (readonly [string, string])[] => {
    const built = bases.find((candidate) => candidate.key === key);
    if (built !== undefined) return [[as, `oci-layout://${built.folder}@${built.digest}`]];
    // One that names its digest is pinned already, and of one that nobody could look up nothing is known.
    if (digest === null || reference.includes('@')) return [];
    return [[as, `docker-image://${parseImageRef(reference, image.dockerfile).repository}@${digest}`]];
  });
  const folders = Object.entries(image.contexts).map(([name, path]) => {
    return [name, isAddress(path) ? path : joinPath(folder, path)] as const;
  });
  return Object.fromEntries([...folders, ...pinned]);
}
