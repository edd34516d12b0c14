import { type Dirent, lstatSync, readdirSync, type Stats } from 'node:fs';
import { mkdir, open, readFile, readlink, realpath, rename, rm, statfs, symlink, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { FileEntry, FileFacts, Files } from '../ports/files.ts';
import { createFile, replaceFile } from './atomic-write.ts';
import { errorCode } from './error-code.ts';
import { ifPresent, onDisk } from './file-error.ts';
import { readFleeting, readStream } from './file-stream.ts';
import { readSmallFile } from './small-file.ts';
import { makeTempFolder } from './temp-folder.ts';

/** The disk of this machine. */
export function createFiles(): Files {
  return {
    readText: (path) => ifPresent(path, undefined, async () => (await readWhole(path))?.toString('utf8')),
    readBytes: (path) => ifPresent(path, undefined, () => readWhole(path)),
    readStream: (path, range) => ifPresent(path, undefined, () => readStream(path, range)),
    readFleeting: (path) => ifPresent(path, undefined, () => readFleeting(path)),
    facts: (path) =>
      ifPresent(path, undefined, async () => {
        await breathe();
        const stats = lstatSync(path, { throwIfNoEntry: false });
        return stats === undefined ? undefined : factsOf(stats);
      }),
    entry: (path) => ifPresent(path, undefined, () => readEntry(path)),
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

/** Who only looks would otherwise never let anybody else of this process do anything. */
const looksAtOnce = 64;
let looks = 0;

async function breathe(): Promise<void> {
  looks += 1;
  if (looks % looksAtOnce === 0) await new Promise(setImmediate);
}

async function readWhole(path: string): Promise<Buffer | undefined> {
  await breathe();
  const { bytes } = readSmallFile(path, 'follow');
  return bytes ?? readFile(path);
}

async function readEntry(path: string): Promise<FileEntry | undefined> {
  await breathe();
  try {
    const { stats, bytes } = readSmallFile(path, 'refuse');
    return { facts: factsOf(stats), bytes };
  } catch (error) {
    // A link, a socket, or what nobody may open: it can be looked at all the same.
    if (!['ELOOP', 'ENXIO', 'EACCES'].includes(errorCode(error) ?? '')) throw error;
    return { facts: factsOf(lstatSync(path)), bytes: undefined };
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
