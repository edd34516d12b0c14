import { RemoteError } from '../domain/errors.ts';
import { writePiece } from './tar/flow.ts';
import { placeIn } from './tar/names.ts';

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
export async function readLayer(
  content: AsyncIterable<Uint8Array>,
  where: string,
  tell: (entry: LayerEntry) => void,
): Promise<void> {
  const { extract } = await import('tar-stream');
  const extractor = extract();
  let entries = 0;
  const ended = new Promise<void>((resolve, reject) => {
    extractor.on('entry', (header, stream, next) => {
      // It echoes what the extractor itself fails with, and an error that nobody hears ends the process.
      stream.on('error', () => {});
      try {
        entries += 1;
        if (entries > maxEntries) throw broken(`it has more than ${maxEntries} entries`, where);
        if (header.name.length > maxPathLength) throw broken('a path in it is too long', where);
        const path = placeIn(header.name.replace(/^\/+/, ''));
        // What leads out of the layer is no file of the image: engines refuse it too.
        if (path === undefined) throw broken('a path in it leads out of the image', where);
        const { type, linkname, mode = 0 } = header;
        if (path !== '') tell({ path, kind: kindOf(type), target: linkname ?? '', mode });
      } catch (error) {
        next(error instanceof Error ? error : new Error(String(error)));
        return;
      }
      stream.on('end', () => next());
      stream.resume();
    });
    extractor.on('finish', resolve);
    extractor.on('error', reject);
  });
  // Whoever feeds it may fail first; then this one's failure is only an echo.
  ended.catch(() => undefined);
  try {
    for await (const piece of content) {
      if (extractor.destroying) break;
      await writePiece(extractor, piece);
    }
    extractor.end(undefined);
    await ended;
  } catch (error) {
    // Errors of the tar reader have no code; those of the disk and ours do.
    if (!(error instanceof Error) || 'code' in error) throw error;
    throw broken(`it cannot be read to its end: ${error.message}`, where);
  } finally {
    extractor.destroy();
  }
}

function kindOf(type: string | null | undefined): LayerEntry['kind'] {
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
