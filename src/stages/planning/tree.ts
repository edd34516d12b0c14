import { isDefinitionName } from '../../formats/discovery/definition-files.ts';
import type { Files } from '../../ports/files.ts';

/** What a repository holds that discovery could want; paths are relative to it and sorted. */
export interface Tree {
  /** The names of the files in the root. */
  readonly root: readonly string[];
  /** Files that are named `Dockerfile`. */
  readonly dockerfiles: readonly string[];
  /** Files whose names look like that of a Dockerfile: `Dockerfile.dev`, `app.Dockerfile`, `Containerfile`. */
  readonly likeDockerfiles: readonly string[];
  /** Files that docker would look for, if they were in the root. */
  readonly nestedDefinitions: readonly string[];
  /** Dockerfiles in hidden folders, which are not searched, and links that lead out of the repository. */
  readonly passedOver: readonly string[];
}

const ours = ['.git', '.slipway'];
const likeDockerfile = /^(?:dockerfile(?:[._-].*)?|.*\.dockerfile|containerfile(?:\..*)?)$/i;

/** Walks through a repository; links to folders are not followed. */
export async function readTree(files: Files, folder: string): Promise<Tree> {
  const root: string[] = [];
  const named: string[] = [];
  const links: string[] = [];
  const passedOver: string[] = [];
  const walk = async (relative: string): Promise<void> => {
    // One folder after the other: thousands of walks at once would all stay in memory until the last has ended.
    for (const { name, kind } of await files.list(relative === '' ? folder : `${folder}/${relative}`)) {
      const path = relative === '' ? name : `${relative}/${name}`;
      if (kind === 'folder') {
        if (name.startsWith('.')) await look(path, name);
        else if (name !== 'node_modules') await walk(path);
      } else if (kind === 'file' || kind === 'link') {
        if (relative === '') root.push(name);
        if (likeDockerfile.test(name) || (relative !== '' && isDefinitionName(name))) {
          (kind === 'file' ? named : links).push(path);
        }
      }
    }
  };
  const look = async (path: string, name: string): Promise<void> => {
    if (ours.includes(name)) return;
    const entries = await files.list(`${folder}/${path}`);
    if (entries.some((entry) => entry.name === 'Dockerfile' && entry.kind !== 'folder')) {
      passedOver.push(`${path}/Dockerfile was not taken: hidden folders are not searched`);
    }
  };
  await walk('');
  for (const path of links) {
    const target = await files.realPath(`${folder}/${path}`);
    const isInside = target?.startsWith(`${folder}/`) === true && (await files.facts(target))?.kind === 'file';
    if (isInside) named.push(path);
    else passedOver.push(`${path} was not taken: it is a link that leads to no file of the repository`);
  }
  const nameOf = (path: string): string => path.slice(path.lastIndexOf('/') + 1);
  const sorted = named.filter((path) => !path.endsWith('.dockerignore')).sort();
  return {
    root: root.sort(),
    dockerfiles: sorted.filter((path) => nameOf(path) === 'Dockerfile'),
    likeDockerfiles: sorted.filter((path) => nameOf(path) !== 'Dockerfile' && likeDockerfile.test(nameOf(path))),
    nestedDefinitions: sorted.filter((path) => isDefinitionName(nameOf(path))),
    passedOver: passedOver.sort(),
  };
}
