import { writePiece } from './flow.ts';

/** What the tar reader says of an entry, as far as anybody here looks at it. */
export type TarHeader = object & {
  readonly name: string;
  readonly size: number;
  readonly type: string;
  readonly linkname: string | null;
  readonly mode: number;
};

/** What is done with the entries of a tar. */
export interface TarWalk {
  /** What it throws ends the walk. */
  readonly tell: (header: TarHeader) => void;
  readonly maxEntries: number;
  /** Makes an error of what is wrong, in words that follow the name of the thing. */
  readonly fail: (what: string) => Error;
}

/** Reads a tar once from its beginning to its end, and tells of every entry; contents are passed over. */
export async function walkTar(content: AsyncIterable<Uint8Array>, walk: TarWalk): Promise<void> {
  const { tell, maxEntries, fail } = walk;
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
    throw fail(`cannot be read to its end: ${error.message}`);
  } finally {
    extractor.destroy();
  }
}
