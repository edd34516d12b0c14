import { hostOf, type Repository } from '../../domain/image-ref.ts';
import type { Descriptor } from '../../ports/content.ts';
import type { BlobWrite } from './blob-write.ts';
import type { BlobOutcome } from './blobs.ts';
import type { RegistryClient } from './client.ts';

/**
 * A client for images that have layers in common: each blob is sent to a registry once, and mounted wherever else it is
 * needed. Who needs a blob that is on its way waits for it.
 */
export function sharingBlobs(client: RegistryClient): RegistryClient {
  const places = new BlobPlaces();
  return {
    ...client,
    async hasBlob(repository, descriptor, right) {
      const isThere = await client.hasBlob(repository, descriptor, right);
      if (isThere) places.add(repository, descriptor);
      return isThere;
    },
    writeBlob: (repository, write) =>
      places.write(repository, write, (mountFrom) => client.writeBlob(repository, { ...write, mountFrom })),
  };
}

/** Where blobs are, or will be in a moment; undefined where one did not arrive. */
class BlobPlaces {
  readonly #places = new Map<string, Promise<Repository | undefined>>();

  add(repository: Repository, descriptor: Descriptor): void {
    this.#places.set(keyOf(repository, descriptor), Promise.resolve(repository));
  }

  async write(
    repository: Repository,
    { descriptor, mountFrom = [] }: BlobWrite,
    send: (mountFrom: readonly Repository[]) => Promise<BlobOutcome>,
  ): Promise<BlobOutcome> {
    const key = keyOf(repository, descriptor);
    const arriving = this.#places.get(key);
    if (arriving === undefined) {
      const sent = send(mountFrom);
      this.#places.set(
        key,
        sent.then(
          () => repository,
          () => undefined,
        ),
      );
      return sent;
    }
    const place = await arriving;
    return send(place === undefined ? mountFrom : [place, ...mountFrom]);
  }
}

function keyOf(repository: Repository, { digest }: Descriptor): string {
  return `${hostOf(repository)} ${digest}`;
}
