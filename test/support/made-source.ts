import type { Digest } from '../../src/domain/digest.ts';
import type { ContentSource, RawManifest } from '../../src/ports/content.ts';
import type { MadeImage } from './made-image.ts';

/** Made images as a place that can be read, without a disk; nothing is compared with its digest here. */
export function sourceOf(...images: readonly MadeImage[]): ContentSource {
  const manifests = new Map<Digest, RawManifest>();
  const blobs = new Map<Digest, Uint8Array>();
  const add = (made: MadeImage): void => {
    manifests.set(made.manifest.digest, made.manifest);
    for (const { descriptor, bytes } of made.blobs) blobs.set(descriptor.digest, bytes);
    made.children.forEach(add);
  };
  images.forEach(add);
  return {
    name: 'memory',
    readManifest: async (digest) => manifests.get(digest),
    async readBlob({ digest }) {
      const bytes = blobs.get(digest);
      return bytes === undefined ? undefined : once(bytes);
    },
  };
}

async function* once(bytes: Uint8Array): AsyncIterable<Uint8Array> {
  yield bytes;
}
