import type { Digest } from './digest.ts';
import type { Repository } from './image-ref.ts';
import type { ImageRecord } from './record.ts';

/** The record of one part, with the digest of its document. */
export interface PartRecord {
  readonly record: ImageRecord;
  readonly recordDigest: Digest;
}

/** An image that was built in parts, on its way to be one. */
export interface SplitImage {
  readonly key: string;
  readonly repository: Repository;
  /** Where its parts lie, if that is another repository. */
  readonly stagedIn?: Repository | undefined;
  readonly parts: readonly PartRecord[];
  /** Its index and what speaks for it; or why there can be none. */
  readonly whole: AssembledWhole | PartsFault;
}

/** The index of the parts, in its one form. */
export interface AssembledWhole extends PartRecord {
  readonly kind: 'assembled';
  readonly index: { readonly mediaType: string; readonly digest: Digest; readonly bytes: Uint8Array };
}

/** Why parts make no image. */
export interface PartsFault {
  readonly kind: 'faulty';
  readonly why: string;
}
