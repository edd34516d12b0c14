import { algorithmOf, type Digest, hexOf, isDigest } from '../domain/digest.ts';
import type { Files } from '../ports/files.ts';

/** Files named by a digest, each with a short text: that a digest belongs here, and a word about it. */
export interface Marks {
  read(digest: Digest): Promise<string | undefined>;
  write(digest: Digest, text: string): Promise<void>;
  /** Tells whether there was such a mark. */
  remove(digest: Digest): Promise<boolean>;
  /** The digests that have a mark, in order. */
  digests(): Promise<readonly Digest[]>;
}

/** Opens a folder of marks, which may not be there yet. */
export function openMarks(files: Files, folder: string): Marks {
  const fileOf = (digest: Digest): string => `${folder}/${algorithmOf(digest)}/${hexOf(digest)}`;
  return {
    read: (digest) => files.readText(fileOf(digest)),
    write: (digest, text) => files.write(fileOf(digest), text),
    async remove(digest) {
      const wasThere = (await files.facts(fileOf(digest))) !== undefined;
      await files.remove(fileOf(digest));
      return wasThere;
    },
    async digests() {
      const folders = await Promise.all(
        ['sha256', 'sha512'].map(async (algorithm) =>
          (await files.list(`${folder}/${algorithm}`)).map(({ name }) => `${algorithm}:${name}`),
        ),
      );
      return folders.flat().filter(isDigest);
    },
  };
}
