import { isRepositoryPath } from '../domain/image-ref.ts';
import { type BlobFolder, openBlobs } from './blobs.ts';
import { openRepository, type RepositoryFolder } from './repository.ts';
import { createStore, type StorePorts } from './store.ts';

/** The folder of a registry: one pool of blobs, and the repositories that use it. */
export interface RegistryFolder {
  /** A repository that something was pushed to. */
  repository(path: string): Promise<RepositoryFolder | undefined>;
  /** The same, made where it is not there. `path` must be one by the grammar. */
  makeRepository(path: string): Promise<RepositoryFolder>;
}

/**
 * Opens a registry's folder: `blobs/` and `repositories/NAME/`. What belongs to a repository lies in folders that begin with `_`,
 * with which no component of a name can begin, so `app` and `app/debug` stay apart.
 * Serving collects nothing; `pruneRegistry` does.
 */
export function openRegistryFolder(ports: StorePorts, folder: string): RegistryFolder {
  const blobs = openBlobs(ports.files, `${folder}/blobs`, folder);
  const open = new Map<string, Promise<RepositoryFolder>>();
  const once = (path: string): Promise<RepositoryFolder> => {
    const known = open.get(path);
    if (known !== undefined) return known;
    const made = make(ports, folder, path, blobs);
    open.set(path, made);
    made.catch(() => open.delete(path));
    return made;
  };
  return {
    async repository(path) {
      if (!isRepositoryPath(path)) return undefined;
      const index = `${layoutOf(folder, path)}/index.json`;
      return open.has(path) || (await ports.files.facts(index)) !== undefined ? once(path) : undefined;
    },
    async makeRepository(path) {
      if (!isRepositoryPath(path)) throw new Error(`no repository can be called ${JSON.stringify(path)}`);
      return once(path);
    },
  };
}

function layoutOf(folder: string, path: string): string {
  return `${folder}/repositories/${path}/_layout`;
}

async function make(ports: StorePorts, folder: string, path: string, blobs: BlobFolder): Promise<RepositoryFolder> {
  const layout = layoutOf(folder, path);
  const store = await createStore(ports, layout, { name: path, blobsFolder: blobs.path });
  await linkBlobs(ports, layout, path);
  return openRepository(ports, { folder: `${folder}/repositories/${path}`, path, blobs, store });
}

/** With the link, other tools can read the repository as a layout (`oci-layout://`); we go to the pool ourselves. */
async function linkBlobs({ files }: StorePorts, layout: string, path: string): Promise<void> {
  const link = `${layout}/blobs`;
  if ((await files.facts(link)) !== undefined) return;
  const upwards = '../'.repeat(path.split('/').length + 2);
  try {
    await files.makeLink(link, `${upwards}blobs`);
  } catch (failure) {
    if ((await files.facts(link)) === undefined) throw failure;
  }
}
