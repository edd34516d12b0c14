import type { Digest } from '../domain/digest.ts';

/** What a manifest says about one piece of content. */
export interface Descriptor {
  readonly mediaType: string;
  readonly digest: Digest;
  readonly size: number;
  readonly annotations?: Readonly<Record<string, string>> | undefined;
}

/** A manifest or index exactly as it was written; the bytes are never made again from parsed JSON. */
export interface RawManifest {
  readonly mediaType: string;
  readonly digest: Digest;
  readonly bytes: Uint8Array;
}

/**
 * How long the bytes of a piece stay what they are: for good, or until the next piece but one is asked for. The last piece
 * stays good. Whoever asks for fleeting pieces may get lasting ones.
 */
export type PieceLife = 'lasting' | 'fleeting';

/** Gives a content from its beginning, each time it is called; in lasting pieces, unless fleeting ones are asked for. */
export type OpenContent = (life?: PieceLife) => Promise<AsyncIterable<Uint8Array>>;

/** Where content can be read by digest. What is read was compared with its digest; absent content is `undefined`. */
export interface ContentSource {
  /** How a person would call this place. */
  readonly name: string;
  readManifest(digest: Digest): Promise<RawManifest | undefined>;
  /** The content of a blob, piece by piece; it throws before its end when the bytes are not those of the digest. */
  readBlob(descriptor: Descriptor, life?: PieceLife): Promise<AsyncIterable<Uint8Array> | undefined>;
}

/** How a blob came to be where it is: it was there, the place took it from itself, or it was written. */
export type BlobArrival = 'present' | 'mounted' | 'written';

/** Where content can be written by digest. Writing what is there already changes nothing. */
export interface ContentSink {
  readonly name: string;
  hasManifest(digest: Digest): Promise<boolean>;
  writeManifest(manifest: RawManifest): Promise<void>;
  hasBlob(descriptor: Descriptor): Promise<boolean>;
  /** `open` is not called for what is there. */
  writeBlob(descriptor: Descriptor, open: OpenContent): Promise<BlobArrival>;
}
