import { writePiece } from './flow.ts';

/** A file to be packed; its content must have exactly as many bytes as it says. */
export interface PackedFile {
  readonly name: string;
  readonly size: number;
  readonly open: () => Promise<AsyncIterable<Uint8Array>>;
}

const beginning = new Date(0);

/** Packs files into a tar, in the order of their names and with nothing in it of this machine, user or time. */
export async function* packTar(files: readonly PackedFile[]): AsyncIterable<Uint8Array> {
  const { pack } = await import('tar-stream');
  const tar = pack();
  const fill = async (): Promise<void> => {
    for (const { name, size, open } of files.toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
      const content = await open();
      const fixed = { mode: 0o644, uid: 0, gid: 0, mtime: beginning, type: 'file' } as const;
      const written = new Promise<void>((resolve, reject) => {
        const sink = tar.entry({ name, size, ...fixed }, (error) => (error ? reject(error) : resolve()));
        // It echoes what the callback is told, and an error that nobody hears ends the process.
        sink.on('error', () => {});
        const pour = async (): Promise<void> => {
          for await (const piece of content) {
            if (sink.destroying) return;
            await writePiece(sink, piece);
          }
          sink.end(undefined);
        };
        pour().catch(reject);
      });
      await written;
    }
    tar.finalize();
  };
  let failure: { readonly cause: unknown } | undefined;
  const filled = fill().catch((cause: unknown) => {
    failure = { cause };
    tar.destroy();
  });
  try {
    for await (const piece of tar) {
      if (piece instanceof Uint8Array) yield piece;
    }
  } catch (error) {
    throw failure === undefined ? error : failure.cause;
  } finally {
    tar.destroy();
    await filled;
  }
}
