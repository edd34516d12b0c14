import type { LayerEntry } from './layer-entries.ts';
import { folderOf, placeIn } from './tar/names.ts';

interface Known {
  readonly kind: LayerEntry['kind'];
  readonly target: string;
  readonly setuid: boolean;
}

const whiteout = '.wh.';
const opaque = '.wh..wh..opq';
const setuidBits = 0o6000;
const mostLinks = 40;

/**
 * The files of an image, put together from its layers as an engine does it: https://github.com/opencontainers/image-spec/blob/v1.1.1/layer.md
 * It keeps links, files with setuid or setgid, and what has a name that was asked for; of all else there may be millions.
 */
export class ImageFiles {
  readonly #names: ReadonlySet<string>;
  #known = new Map<string, Known>();
  /** The folders that something known lies in. */
  #folders = new Set<string>();
  #added = new Map<string, Known>();
  readonly #removed = new Set<string>();
  readonly #emptied = new Set<string>();

  /** `wanted` are the absolute paths that will be asked for. */
  constructor(wanted: readonly string[]) {
    this.#names = new Set(wanted.map((path) => nameOf(path)));
  }

  /** Takes an entry of the layer on top. */
  add(entry: LayerEntry): void {
    const { path, kind } = entry;
    const name = nameOf(path);
    if (name === opaque) {
      this.#emptied.add(folderOf(path));
      return;
    }
    if (name.startsWith(whiteout)) {
      this.#removed.add(inFolder(folderOf(path), name.slice(whiteout.length)));
      return;
    }
    this.#addFolders(path);
    if (kind !== 'folder' && this.#folders.has(path)) this.#emptied.add(path);
    const setuid = this.#isSetuid(entry);
    const isKept = setuid || kind === 'link' || this.#names.has(name);
    if (isKept) this.#added.set(path, { kind, target: entry.target, setuid });
    else {
      this.#added.delete(path);
      if (this.#known.has(path)) this.#removed.add(path);
    }
  }

  /** The layer is read to its end: what it removes is gone from those below it, and what it adds is there. */
  endLayer(): void {
    if (this.#removed.size > 0 || this.#emptied.size > 0) {
      for (const path of this.#known.keys()) if (this.#isGone(path)) this.#known.delete(path);
    }
    for (const [path, known] of this.#added) this.#known.set(path, known);
    this.#added = new Map();
    this.#removed.clear();
    this.#emptied.clear();
    this.#folders = new Set([...this.#known.keys()].flatMap((path) => foldersOf(path)));
  }

  /** Whether there is a file, folder or link of this absolute path; the links of its folders are followed, its own is not. */
  has(path: string): boolean {
    const pending = path.split('/').filter((part) => part !== '');
    let at = '';
    for (let links = 0; pending.length > 0; ) {
      const next = placeIn(pending.shift() ?? '', at);
      if (next === undefined) return false;
      const known = this.#known.get(next);
      if (pending.length === 0) return known !== undefined;
      if (known?.kind !== 'link') at = next;
      else {
        links += 1;
        if (links > mostLinks) return false;
        const target = known.target.startsWith('/') ? known.target.replace(/^\/+/, '') : placeIn(known.target, at);
        // Above its root there is the root again.
        pending.unshift(...(target ?? known.target.replace(/^(\.\.\/)+/, '')).split('/').filter((part) => part !== ''));
        at = '';
      }
    }
    return false;
  }

  /** The absolute paths of the files that have setuid or setgid, sorted. */
  setuid(): readonly string[] {
    return [...this.#known].flatMap(([path, { setuid }]) => (setuid ? [`/${path}`] : [])).sort();
  }

  /** Folders need no entry of their own. */
  #addFolders(path: string): void {
    for (const folder of foldersOf(path)) {
      if (!this.#names.has(nameOf(folder)) || this.#added.has(folder)) continue;
      if (this.#known.get(folder)?.kind !== 'link') this.#added.set(folder, plainFolder);
    }
  }

  /** On folders setgid only says who owns what is made in them. Another name of a file has its rights. */
  #isSetuid({ kind, mode, target }: LayerEntry): boolean {
    if (kind === 'file') return (mode & setuidBits) !== 0;
    if (kind !== 'hard-link') return false;
    const place = placeIn(target.replace(/^\/+/, ''));
    const same = place === undefined ? undefined : (this.#added.get(place) ?? this.#known.get(place));
    return (mode & setuidBits) !== 0 || same?.setuid === true;
  }

  #isGone(path: string): boolean {
    if (this.#removed.has(path)) return true;
    return (
      foldersOf(path).some((folder) => this.#removed.has(folder) || this.#emptied.has(folder)) || this.#emptied.has('')
    );
  }
}

const plainFolder: Known = { kind: 'folder', target: '', setuid: false };

function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

function inFolder(folder: string, name: string): string {
  return folder === '' ? name : `${folder}/${name}`;
}

function foldersOf(path: string): readonly string[] {
  const folders: string[] = [];
  for (let at = path.indexOf('/'); at > 0; at = path.indexOf('/', at + 1)) folders.push(path.slice(0, at));
  return folders;
}
