import { algorithmOf, type Digest, hexOf, isDigest } from '../domain/digest.ts';
import { RemoteError } from '../domain/errors.ts';
import { bytesOf } from '../formats/pieces.ts';
import { verifiedContent } from '../formats/verified-content.ts';
import type { Descriptor, PieceLife } from '../ports/content.ts';
import type { Files } from '../ports/files.ts';

/** One blob as it lies on the disk. */
export interface BlobFacts {
  readonly digest: Digest;
  readonly size: number;
  readonly modified: Date;
}

/** The `blobs` folder of a layout: content by digest, compared with its digest whenever it is read or written. */
export interface BlobFolder {
  readonly path: string;
  size(digest: Digest): Promise<number | undefined>;
  read(
    descriptor: Pick<Descriptor, 'digest' | 'size'>,
    life?: PieceLife,
  ): Promise<AsyncIterable<Uint8Array> | undefined>;
  /** The whole content of a small blob; a larger one is an error. */
  readBytes(digest: Digest, maxBytes: number): Promise<Uint8Array | undefined>;
  /** Tells whether it had to be written. */
  write(
    descriptor: Pick<Descriptor, 'digest' | 'size'>,
    open: () => Promise<AsyncIterable<Uint8Array>>,
  ): Promise<boolean>;
  /** Takes over a file whose bytes were compared with the digest. */
  adopt(digest: Digest, from: string): Promise<void>;
  /** All blobs; files that are none, such as those on their way in, are not among them. */
  list(): Promise<readonly BlobFacts[]>;
  remove(digest: Digest): Promise<void>;
}

/** Opens a `blobs` folder, which may not be there yet. `name` says in errors which place this is. */
export function openBlobs(files: Files, path: string, name: string): BlobFolder {
  const folderOf = (digest: Digest): string => `${path}/${algorithmOf(digest)}`;
  const fileOf = (digest: Digest): string => `${folderOf(digest)}/${hexOf(digest)}`;
  const size = async (digest: Digest): Promise<number | undefined> => {
    const facts = await files.facts(fileOf(digest));
    return facts?.kind === 'file' ? facts.size : undefined;
  };
  const read: BlobFolder['read'] = async (descriptor, life = 'lasting') => {
    const file = fileOf(descriptor.digest);
    const content = await (life === 'fleeting' ? files.readFleeting(file) : files.readStream(file));
    return content === undefined ? undefined : verifiedContent(descriptor, content, name);
  };
  return {
    path,
    size,
    read,
    async readBytes(digest, maxBytes) {
      const found = await size(digest);
      if (found === undefined) return undefined;
      if (found > maxBytes) throw tooLarge(digest, found, name);
      const content = await read({ digest, size: found });
      return content === undefined ? undefined : bytesOf(content, maxBytes);
    },
    async write(descriptor, open) {
      if ((await size(descriptor.digest)) === descriptor.size) return false;
      await files.write(fileOf(descriptor.digest), verifiedContent(descriptor, await open(), name));
      return true;
    },
    async adopt(digest, from) {
      await files.makeFolder(folderOf(digest));
      await files.move(from, fileOf(digest));
    },
    async list() {
      const found: BlobFacts[] = [];
      for (const algorithm of ['sha256', 'sha512']) {
        for (const { name } of await files.list(`${path}/${algorithm}`)) {
          const digest = `${algorithm}:${name}`;
          const facts = isDigest(digest) ? await files.facts(`${path}/${algorithm}/${name}`) : undefined;
          if (isDigest(digest) && facts?.kind === 'file')
            found.push({ digest, size: facts.size, modified: facts.modified });
        }
      }
      return found;
    },
    remove: (digest) => files.remove(fileOf(digest)),
  };
}

function tooLarge(digest: Digest, size: number, name: string): RemoteError {
  return new RemoteError({
    code: 'manifest-too-large',
    what: `${digest} has ${size} bytes, which no manifest may have`,
    where: name,
    state: 'it was not read',
    next: 'check the digest: it seems to be that of a layer and not of an image',
  });
}
