import type { Files, FolderEntry } from '../ports/files.ts';

/** A disk for somebody who looks twice at every folder, and gets the second time what was there the first. */
export interface ListedOnce {
  /** For the first look. */
  readonly first: Files;
  /** For the second; each list is kept until it is asked for again. What a generator writes in between must be seen. */
  second(config: { readonly generate?: unknown }): Files;
}

/** Keeps what folders hold from the search for images to the reading of their contexts: a large set has thousands. */
export function listOnce(files: Files): ListedOnce {
  const lists = new Map<string, readonly FolderEntry[]>();
  return {
    first: {
      ...files,
      async list(path) {
        const entries = await files.list(path);
        lists.set(path, entries);
        return entries;
      },
    },
    second: ({ generate }) => (generate === undefined ? { ...files, list } : files),
  };

  async function list(path: string): Promise<readonly FolderEntry[]> {
    const known = lists.get(path);
    lists.delete(path);
    return known ?? files.list(path);
  }
}
