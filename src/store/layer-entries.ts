import { RemoteError } from '../domain/errors.ts';
import { placeIn } from './tar/names.ts';
import { type TarHeader, walkTar } from './tar/walk.ts';

/** One entry of a layer, by its path without a leading slash. */
export interface LayerEntry {
  readonly path: string;
  readonly kind: 'file' | 'hard-link' | 'link' | 'folder' | 'other';
  /** Where a link leads, as it is written. */
  readonly target: string;
  readonly mode: number;
}

/** An entry with all that its header says. */
export interface FullEntry extends LayerEntry {
  readonly uid: number;
  readonly gid: number;
  readonly size: number;
  /** Seconds since 1970. */
  readonly mtime: number;
  /** Extended attributes, in one text. */
  readonly attributes: string;
}

/** Takes the entries of a layer; a content that it does not want it leaves alone. */
export type EntryReader = (entry: FullEntry, content: AsyncIterable<Uint8Array>) => Promise<void> | undefined;

/** A layer of more entries is made to keep us busy. */
const maxEntries = 5_000_000;
const maxPathLength = 4096;

/** Reads an unpacked layer once from its beginning to its end, and tells of every entry; contents are passed over. */
export function readLayer(
  content: AsyncIterable<Uint8Array>,
  where: string,
  tell: (entry: LayerEntry) => void,
): Promise<void> {
  return walkTar(content, {
    tell(header) {
      const entry = entryOf(header, where);
      if (entry !== undefined) tell(entry);
    },
    maxEntries,
    fail: (what) => broken(`it ${what}`, where),
  });
}

/** Reads an unpacked layer once from its beginning to its end, with those contents that the reader wants. */
export function readLayerFully(content: AsyncIterable<Uint8Array>, where: string, read: EntryReader): Promise<void> {
  return walkTar(content, {
    tell() {},
    read(header, file) {
      const entry = entryOf(header, where);
      if (entry === undefined) return undefined;
      const { uid, gid, size, mtime } = header;
      const times = { mtime: Math.floor(mtime.getTime() / 1000) };
      return read({ ...entry, uid, gid, size, ...times, attributes: attributesOf(header) }, file);
    },
    maxEntries,
    fail: (what) => broken(`it ${what}`, where),
  });
}

function entryOf({ name, type, linkname, mode }: TarHeader, where: string): LayerEntry | undefined {
  if (name.length > maxPathLength) throw broken('a path in it is too long', where);
  const path = placeIn(name.replace(/^\/+/, ''));
  // What leads out of the layer is no file of the image: engines refuse it too.
  if (path === undefined) throw broken('a path in it leads out of the image', where);
  return path === '' ? undefined : { path, kind: kindOf(type), target: linkname ?? '', mode };
}

/** Of the extensions of the format, those that reach the file system. */
function attributesOf(header: TarHeader): string {
  const pax = 'pax' in header ? header.pax : undefined;
  if (typeof pax !== 'object' || pax === null) return '';
  const own = Object.entries(pax).filter(([key]) => key.startsWith('SCHILY.xattr.'));
  return own
    .map(([key, value]) => `${key}=${String(value)}`)
    .sort()
    .join('\n');
}

function kindOf(type: string): LayerEntry['kind'] {
  if (type === 'file' || type === 'contiguous-file') return 'file';
  if (type === 'link') return 'hard-link';
  if (type === 'symlink') return 'link';
  return type === 'directory' ? 'folder' : 'other';
}

function broken(what: string, where: string): RemoteError {
  return new RemoteError({
    code: 'layer-broken',
    what: `a layer is no archive that an engine could unpack: ${what}`,
    where,
    state: 'nothing of this image was published',
    next: 'build the image again; if it stays, look at what made this layer',
  });
}
