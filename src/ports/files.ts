/** What a path is. Links are reported as what they are, not as what they point to. */
export interface FileFacts {
  readonly kind: 'file' | 'folder' | 'link' | 'other';
  readonly size: number;
  readonly executable: boolean;
  /** When its content was last written. */
  readonly modified: Date;
}

/** One name in a folder. */
export interface FolderEntry {
  readonly name: string;
  readonly kind: FileFacts['kind'];
}

/** What a path is, with the content of a small file. */
export interface FileEntry {
  readonly facts: FileFacts;
  /** Absent where it is no file, or a large or an empty one. */
  readonly bytes: Uint8Array | undefined;
}

/** A part of a file; what lies behind its end is left out. */
export interface ByteRange {
  readonly start: number;
  readonly size: number;
}

/** A folder that is gone, with all that is in it, when it is disposed of. */
export interface TempFolder extends AsyncDisposable {
  readonly path: string;
  /** From now on it stays: somebody else removes it later. */
  stay(): void;
}

/** The disk. What is missing is `undefined` (or an empty list), never an exception. */
export interface Files {
  readText(path: string): Promise<string | undefined>;
  readBytes(path: string): Promise<Uint8Array | undefined>;
  /** The content piece by piece, all of it or the bytes of a range. */
  readStream(path: string, range?: ByteRange): Promise<AsyncIterable<Uint8Array> | undefined>;
  /** The content in pieces whose memory serves again: each is good until the next but one is asked for, the last one for good. */
  readFleeting(path: string): Promise<AsyncIterable<Uint8Array> | undefined>;
  facts(path: string): Promise<FileFacts | undefined>;
  /** The facts and the content at once: who wants to know both of thousands of files asks once for each. */
  entry(path: string): Promise<FileEntry | undefined>;
  /** The names in a folder, sorted by code unit. */
  list(path: string): Promise<readonly FolderEntry[]>;
  /** The target of a link, as it is written. */
  linkTarget(path: string): Promise<string | undefined>;
  /** The path with every link in it resolved. */
  realPath(path: string): Promise<string | undefined>;
  /** Writes whole or not at all: readers see the old content or the new one. Missing folders are made. */
  write(path: string, content: string | Uint8Array | AsyncIterable<Uint8Array>): Promise<void>;
  /** Adds to the end of a file. */
  append(path: string, content: AsyncIterable<Uint8Array>): Promise<void>;
  /** Makes a file with this content, and answers false where there is one already. */
  create(path: string, content: string): Promise<boolean>;
  makeFolder(path: string): Promise<void>;
  makeLink(path: string, target: string): Promise<void>;
  move(from: string, to: string): Promise<void>;
  /** Removes a file, a link or a folder with all that is in it; nothing there is fine. */
  remove(path: string): Promise<void>;
  /** A new folder, below `parent` or where the system keeps such folders. */
  tempFolder(prefix: string, parent?: string): Promise<TempFolder>;
  freeBytes(path: string): Promise<number>;
}
