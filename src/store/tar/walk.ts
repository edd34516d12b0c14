import { writePiece } from './flow.ts';

/** What the tar reader says of an entry, as far as anybody here looks at it. */
export type TarHeader = object & {
  readonly name: string;
  readonly size: number;
  readonly type: string;
  readonly linkname: string | null;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly mtime: Date;
};

/** What is done with the entries of a tar. */
export interface TarWalk {
  /** What it throws ends the walk. */
  readonly tell: (header: TarHeader) => void;
  /** Reads a content before the next entry comes; what it does not want it leaves alone, and answers with nothing. */
  readonly read?: (header: TarHeader, content: AsyncIterable<Uint8Array>) => Promise<void> | undefined;
  readonly maxEntries: number;
  /** Makes an error of what is wrong, in words that follow the name of the thing. */
  readonly fail: (what: string) => Error;
}

/** Reads a tar once from its beginning to its end, and tells of every entry; contents that nobody reads are passed over. */
export async function walkTar(content: AsyncIterable<Uint8Array>, walk: TarWalk): Promise<void> {
  const { tell, read, maxEntries, fail } = walk;
  const { extract } = await import('tar-stream');
  const extractor = extract();
  let entries = 0;
  const ended = new Promise<void>((resolve, reject) => {
    extractor.on('entry', (header, stream, next) => {
      // It echoes what the extractor itself fails with, and an error that nobody hears ends the process.
      stream.on('error', () => {});
      try {
        entries += 1;
        if (entries > maxEntries) throw fail(`has more than ${maxEntries} entries`);
        tell(header);
        const reading = read?.(header, bytesOf(stream));
        if (reading !== undefined) {
          reading.then(
            () => next(),
            (error: unknown) => next(asError(error)),
          );
          return;
        }
      } catch (error) {
        next(asError(error));
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
    throw fail(`cannot be read to its end: ${error.message}`);
  } finally {
    extractor.destroy();
  }
}

function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown));
}

async function* bytesOf(stream: AsyncIterable<unknown>): AsyncIterable<Uint8Array> {
  for await (const piece of stream) if (piece instanceof Uint8Array) yield piece;
}
