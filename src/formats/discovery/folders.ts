import { ImageConfig } from '../config-schema.ts';
import { type Finding, listed } from './finding.ts';
import { keyOf, keysOf, sameKey } from './keys.ts';

/** The key of an image for each folder: its path below the deepest folder that holds them all, `/` becoming `-`. */
export function folderKeys(folders: readonly string[]): ReadonlyMap<string, string> {
  const base = deepestHolder(folders);
  const names = new Map(folders.map((folder) => [folder.slice(base.length).replaceAll('/', '-'), folder]));
  // Two folders may already agree in this name; the second would have replaced the first.
  if (names.size < folders.length) throw twoFolders(folders, base.length);
  const keys = keysOf([...names.keys()], (name) => `${names.get(name)}/Dockerfile`);
  return new Map([...keys].map(([name, key]) => [names.get(name) ?? '', key]));
}

function twoFolders(folders: readonly string[], start: number): Error {
  const seen = new Map<string, string>();
  for (const folder of folders) {
    const name = folder.slice(start).replaceAll('/', '-');
    const other = seen.get(name);
    if (other !== undefined) return sameKey(keyOf(name, folder), `${other}/Dockerfile`, `${folder}/Dockerfile`);
    seen.set(name, folder);
  }
  return new Error('no two folders have the same name');
}

/** The start that all paths share, up to a slash and short of a whole path. */
function deepestHolder(folders: readonly string[]): string {
  const parts = folders.map((folder) => folder.split('/'));
  const [first = []] = parts;
  let depth = 0;
  while (depth + 1 < first.length && parts.every((each) => each.length > depth + 1 && each[depth] === first[depth])) {
    depth += 1;
  }
  return first
    .slice(0, depth)
    .map((part) => `${part}/`)
    .join('');
}

/** An image for every folder that holds a Dockerfile; that of the root has the name of the repository. */
export function findFolders(dockerfiles: readonly string[], repositoryName: string): Finding | undefined {
  const hasRoot = dockerfiles.includes('Dockerfile');
  const folders = dockerfiles.flatMap((path) => (path === 'Dockerfile' ? [] : [path.slice(0, -'/Dockerfile'.length)]));
  if (!hasRoot && folders.length === 0) return undefined;
  const keys = folders.length === 0 ? new Map<string, string>() : folderKeys(folders);
  const rootKey = hasRoot ? keyOf(repositoryName, 'the name of the repository') : undefined;
  const same = [...keys].find(([, key]) => key === rootKey);
  if (rootKey !== undefined && same !== undefined) throw sameKey(rootKey, 'Dockerfile', `${same[0]}/Dockerfile`);
  // Parsed once: a large set shares what nobody says of its images.
  const usual = ImageConfig.parse({});
  const entries = [...keys].map(([folder, key]): readonly [string, ImageConfig] => [
    key,
    { ...usual, context: folder },
  ]);
  const root = rootKey === undefined ? [] : [[rootKey, { ...usual, context: '.' }] as const];
  const rootNote = `Dockerfile: the image ${rootKey}, by the name of the repository`;
  const base = deepestHolder(folders);
  const below = base === '' ? 'in folders' : `in folders below ${base.slice(0, -1)}`;
  return {
    how: folders.length === 0 ? 'dockerfile' : 'folders',
    source: 'Dockerfile',
    files: [],
    images: Object.fromEntries([...root, ...entries]),
    extras: {},
    prefix: undefined,
    pythonVersions: undefined,
    found: [
      ...(folders.length === 0 ? [] : [`${countOf(folders)} ${below}: ${listed([...keys.values()])}`]),
      ...(hasRoot ? [folders.length === 0 ? rootNote : `${rootNote}, as the root is an image of its own`] : []),
    ],
    notTaken: [],
  };
}

function countOf(folders: readonly string[]): string {
  return folders.length === 1 ? '1 Dockerfile' : `${folders.length} Dockerfiles`;
}
