import type { Repository } from '../../domain/image-ref.ts';
import type { Descriptor, OpenContent } from '../../ports/content.ts';

/** A blob to be written. */
export interface BlobWrite {
  readonly descriptor: Descriptor;
  readonly open: OpenContent;
  /** Repositories that may have it already; those on another host are passed over. */
  readonly mountFrom?: readonly Repository[];
  /** Hears how many bytes are on their way; fewer than before when something had to be sent again. */
  readonly onProgress?: ((bytes: number) => void) | undefined;
}
