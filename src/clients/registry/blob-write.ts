import type { Repository } from '../../domain/image-ref.ts';
import type { Descriptor } from '../../ports/content.ts';

/** A blob to be written. */
export interface BlobWrite {
  readonly descriptor: Descriptor;
  /** The content from its beginning, each time it is called. */
  readonly open: () => Promise<AsyncIterable<Uint8Array>>;
  /** Repositories that may have it already; those on another host are passed over. */
  readonly mountFrom?: readonly Repository[];
  /** Hears how many bytes are on their way; fewer than before when something had to be sent again. */
  readonly onProgress?: ((bytes: number) => void) | undefined;
}
