import { RemoteError } from '../domain/errors.ts';
import { placeIn } from './tar/names.ts';
import { walkTar } from './tar/walk.ts';

/** One entry of a layer, by its path without a leading slash. */
export interface LayerEntry {
  readonly path: string;
  readonly kind: 'file' | 'hard-link' | 'link' | 'folder' | 'other';
  /** Where a link leads, as it is written. */
  readonly target: string;
  readonly mode: number;
}

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
    tell({ name, type, linkname, mode }) {
      if (name.length > maxPathLength) throw broken('a path in it is too long', where);
      const path = placeIn(name.replace(/^\/+/, ''));
      // What leads out of the layer is no file of the image: engines refuse it too.
      if (path === undefined) throw broken('a path in it leads out of the image', where);
      if (path !== '') tell({ path, kind: kindOf(type), target: linkname ?? '', mode });
    },
    maxEntries,
    fail: (what) => broken(`it ${what}`, where),
  });
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
