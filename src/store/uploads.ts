import { algorithmOf, type Digest, Hasher } from '../domain/digest.ts';
import type { Clock } from '../ports/clock.ts';
import type { Files } from '../ports/files.ts';
import type { Random } from '../ports/random.ts';
import type { BlobFolder } from './blobs.ts';

const idDigits = 32;
const pollMs = 10;
const patienceMs = 1_000;

/** Blobs on their way in. An upload is a file, and how far it has come is the size of that file, so it outlives the server. */
export interface UploadFolder {
  start(): Promise<string>;
  /** How many bytes have arrived, or `undefined` if there is no such upload. */
  size(id: string): Promise<number | undefined>;
  /** Adds bytes and tells the new size; `undefined` if another request is adding to this upload right now. */
  append(id: string, content: AsyncIterable<Uint8Array>): Promise<number | undefined>;
  /** Makes the upload a blob if its bytes are those of the digest; if not it is dropped. */
  finish(id: string, digest: Digest): Promise<boolean>;
  cancel(id: string): Promise<void>;
}

/** Keeps uploads below `path` and moves finished ones to `blobs`, which must be on the same disk. */
export function createUploads(
  { files, random, clock }: { readonly files: Files; readonly random: Random; readonly clock: Clock },
  path: string,
  blobs: BlobFolder,
): UploadFolder {
  const busy = new Set<string>();
  const fileOf = (id: string): string => `${path}/${id}`;
  return {
    async start() {
      const id = random.hex(idDigits);
      await files.write(fileOf(id), '');
      return id;
    },
    async size(id) {
      if (!new RegExp(`^[0-9a-f]{${idDigits}}$`).test(id)) return undefined;
      // Bytes of a client that has left may still be on their way to the disk; who asks now wants to go on after them.
      for (let waitedMs = 0; busy.has(id) && waitedMs < patienceMs; waitedMs += pollMs) await clock.sleep(pollMs);
      return (await files.facts(fileOf(id)))?.size;
    },
    async append(id, content) {
      if (busy.has(id)) return undefined;
      busy.add(id);
      try {
        await files.append(fileOf(id), content);
      } finally {
        busy.delete(id);
      }
      return (await files.facts(fileOf(id)))?.size;
    },
    async finish(id, digest) {
      const content = await files.readStream(fileOf(id));
      if (content === undefined) return false;
      const hasher = new Hasher(algorithmOf(digest));
      for await (const piece of content) hasher.add(piece);
      const isRight = hasher.digest() === digest;
      if (isRight) await blobs.adopt(digest, fileOf(id));
      else await files.remove(fileOf(id));
      return isRight;
    },
    cancel: (id) => files.remove(fileOf(id)),
  };
}
