import { type Dirent, lstatSync, readdirSync, readFileSync, type Stats, statSync } from 'node:fs';
import { mkdir, open, readFile, readlink, realpath, rename, rm, statfs, symlink, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { ByteRange, FileFacts, Files } from '../ports/files.ts';
import { createFile, replaceFile } from './atomic-write.ts';
import { ifPresent, onDisk } from './file-error.ts';
import { makeTempFolder } from './temp-folder.ts';

/** The disk of this machine. */
export function createFiles(): Files {
  return {
    readText: (path) => ifPresent(path, undefined, async () => (await readWhole(path))?.toString('utf8')),
    readBytes: (path) => ifPresent(path, undefined, () => readWhole(path)),
    readStream: (path, range) => ifPresent(path, undefined, () => readStream(path, range)),
    facts: (path) =>
      ifPresent(path, undefined, async () => {
        await breathe();
        const stats = lstatSync(path, { throwIfNoEntry: false });
        return stats === undefined ? undefined : factsOf(stats);
      }),
    list: (path) =>
      ifPresent(path, [], async () => {
        await breathe();
        const entries = readdirSync(path, { withFileTypes: true });
        return entries.map((entry) => ({ name: entry.name, kind: kindOf(entry) })).sort(byName);
      }),
    linkTarget: (path) => ifPresent(path, undefined, () => readlink(path)),
    realPath: (path) => ifPresent(path, undefined, () => realpath(path)),
    write: (path, content) => onDisk(path, () => replaceFile(path, content)),
    append: (path, content) => onDisk(path, () => appendTo(path, content)),
    create: (path, content) => onDisk(path, () => createFile(path, content)),
    makeFolder: (path) => onDisk(path, () => makeFolder(path)),
    makeLink: (path, target) => onDisk(path, () => inFolder(path, () => symlink(target, path))),
    move: (from, to) => onDisk(from, () => inFolder(to, () => rename(from, to))),
    remove: (path) => ifPresent(path, undefined, () => rm(path, { recursive: true, force: true })),
    tempFolder: (prefix, parent) => onDisk(parent ?? prefix, () => makeTempFolder(prefix, parent)),
    freeBytes: (path) => onDisk(path, () => freeBytes(path)),
  };
}

/**
 * A look at the disk and a small file take some microseconds; the way through a thread and back takes ten times that,
 * which a set of thousands of images would wait for. What is larger goes that way.
 */
const smallBytes = 256 * 1024;

/** Who only looks would otherwise never let anybody else of this process do anything. */
const looksAtOnce = 64;
let looks = 0;

async function breathe(): Promise<void> {
  looks += 1;
  if (looks % looksAtOnce === 0) await new Promise(setImmediate);
}

async function readWhole(path: string): Promise<Buffer | undefined> {
  await breathe();
  const stats = statSync(path, { throwIfNoEntry: false });
  if (stats === undefined) return undefined;
  return stats.isFile() && stats.size <= smallBytes ? readFileSync(path) : readFile(path);
}

/** Large enough that a copy is as fast as the disk, and small enough for several at once. */
const pieceBytes = 1024 * 1024;

async function readStream(path: string, range: ByteRange | undefined): Promise<AsyncIterable<Uint8Array>> {
  // Opened here, so that a missing file is an answer and not an error in the middle of reading.
  const file = await open(path);
  if (range?.size === 0) {
    await file.close();
    return nothing();
  }
  const part = range === undefined ? {} : { start: range.start, end: range.start + range.size - 1 };
  // No larger than the file: each stream has a buffer of this size.
  const { size } = await file.stat();
  const highWaterMark = Math.min(pieceBytes, Math.max(size, 1));
  return pieces(path, file.createReadStream({ ...part, highWaterMark }));
}

async function* nothing(): AsyncIterable<Uint8Array> {}

async function* pieces(path: string, stream: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
  const source = stream[Symbol.asyncIterator]();
  try {
    while (true) {
      const next = await onDisk(path, () => source.next());
      if (next.done) return;
      yield next.value;
    }
  } finally {
    // Closes the file when the reader stops early.
    await source.return?.();
  }
}

function factsOf(stats: Stats): FileFacts {
  const executable = stats.isFile() && (stats.mode & 0o111) !== 0;
  return { kind: kindOf(stats), size: stats.size, executable, modified: stats.mtime };
}

function kindOf(entry: Stats | Dirent): FileFacts['kind'] {
  if (entry.isFile()) return 'file';
  if (entry.isDirectory()) return 'folder';
  return entry.isSymbolicLink() ? 'link' : 'other';
}

function byName(a: { readonly name: string }, b: { readonly name: string }): number {
  return a.name < b.name ? -1 : 1;
}

async function makeFolder(path: string): Promise<void> {
  await mkdir(path, { recursive: true });
}

async function inFolder(path: string, operation: () => Promise<void>): Promise<void> {
  await makeFolder(dirname(path));
  await operation();
}

async function appendTo(path: string, content: AsyncIterable<Uint8Array>): Promise<void> {
  await makeFolder(dirname(path));
  const file = await open(path, 'a');
  try {
    await writeFile(file, content);
  } finally {
    await file.close();
  }
}

/** The space where a path is, or will be: the nearest folder that exists decides. */
async function freeBytes(path: string): Promise<number> {
  const stats = await ifPresent(path, undefined, () => statfs(path));
  if (stats !== undefined) return stats.bavail * stats.bsize;
  const parent = dirname(path);
  return parent === path ? 0 : freeBytes(parent);
}
