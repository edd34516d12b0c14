/** The part of a stream that a writer needs. */
interface Sink {
  readonly destroying: boolean;
  write(piece: Uint8Array): boolean;
  on(event: 'drain' | 'close', listener: () => void): unknown;
  off(event: 'drain' | 'close', listener: () => void): unknown;
}

/** Writes a piece, and waits until the stream takes more, or takes no more ever. */
export async function writePiece(stream: Sink, piece: Uint8Array): Promise<void> {
  if (stream.write(piece) || stream.destroying) return;
  await new Promise<void>((resolve) => {
    const done = (): void => {
      stream.off('drain', done);
      stream.off('close', done);
      resolve();
    };
    stream.on('drain', done);
    stream.on('close', done);
  });
}
