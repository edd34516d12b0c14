import { type Digest, digestOf, Hasher } from '../../domain/digest.ts';
import { ConfigError } from '../../domain/errors.ts';
import type { ContextEntry } from '../../domain/identity.ts';
import type { Files, FolderEntry } from '../../ports/files.ts';
import { filterOf, type Ignored, readIgnored, type SeenOptions } from './ignored.ts';

/** Most files of a context are small, and are read at once. */
const smallBytes = 256 * 1024;

/** Which files of a folder count, and what is known of them. */
export interface ContextOptions extends SeenOptions {
  /** A file that was read already. */
  readonly known?: KnownFile;
}

/** A file with the text that lies in it. */
export interface KnownFile {
  readonly path: string;
  readonly text: string;
}

/** Reads a build context as it lies on disk: every file that a build would see, with what decides its layer. */
export async function readContext(
  files: Files,
  folder: string,
  options: ContextOptions = {},
): Promise<readonly ContextEntry[]> {
  const listed = await files.list(folder);
  const ignored = await readIgnored(files, folder, { ...options, listed });
  return readSeen(files, folder, { ...options, ignored, listed });
}

/** What is known of a folder before it is read. */
interface Known {
  readonly ignored: Ignored;
  readonly listed?: readonly FolderEntry[];
  readonly known?: KnownFile;
}

/** The same, for somebody who knows what is ignored. */
export async function readSeen(
  files: Files,
  folder: string,
  { ignored, listed, known }: Known,
): Promise<readonly ContextEntry[]> {
  const isSeen = filterOf(ignored);
  const entries: ContextEntry[] = [];
  const walk = async (relative: string, names: readonly FolderEntry[]): Promise<void> => {
    for (const { name, kind } of names) {
      const path = relative === '' ? name : `${relative}/${name}`;
      // What we keep on disk, and git's own folder, are no part of anybody's image.
      if (relative === '' && (name === '.git' || name === '.slipway')) continue;
      const full = `${folder}/${path}`;
      if (kind === 'folder') {
        // A folder that is ignored may hold something that a later line takes back.
        if (isSeen(path)) entries.push({ path, kind, executable: false, digest: undefined });
        await walk(path, await files.list(full));
      } else if (isSeen(path)) {
        entries.push(await entryOf(files, full, { path, known }));
      }
    }
  };
  await walk('', listed ?? (await files.list(folder)));
  return entries;
}

/** Tells which paths of a folder count; paths are relative to it. */
export async function filterFor(
  files: Files,
  folder: string,
  options: SeenOptions,
): Promise<(path: string) => boolean> {
  return filterOf(await readIgnored(files, folder, options));
}

async function entryOf(
  files: Files,
  full: string,
  { path, known }: { readonly path: string; readonly known: KnownFile | undefined },
): Promise<ContextEntry> {
  const isKnown = known?.path === full;
  const found = isKnown ? { facts: await files.facts(full), bytes: undefined } : await files.entry(full);
  const facts = found?.facts;
  if (facts?.kind === 'link') {
    return { path, kind: 'link', executable: false, digest: digestOf((await files.linkTarget(full)) ?? '') };
  }
  const content = isKnown ? known.text : found?.bytes;
  const digest = facts?.kind === 'file' ? await digestOfFile(files, full, { size: facts.size, content }) : undefined;
  if (facts === undefined || digest === undefined) {
    throw new ConfigError({
      code: 'context-unreadable',
      what: 'it is neither a file, a folder nor a link, or it went away while it was read',
      where: full,
      state: 'nothing was built',
      next: 'take it out of the build context, or name it in .dockerignore',
    });
  }
  return { path, kind: 'file', executable: facts.executable, digest };
}

async function digestOfFile(
  files: Files,
  path: string,
  { size, content: known }: { readonly size: number; readonly content: string | Uint8Array | undefined },
): Promise<Digest | undefined> {
  if (known !== undefined) return digestOf(known);
  if (size <= smallBytes) {
    const bytes = await files.readBytes(path);
    return bytes === undefined ? undefined : digestOf(bytes);
  }
  const content = await files.readStream(path);
  if (content === undefined) return undefined;
  const hasher = new Hasher();
  for await (const piece of content) hasher.add(piece);
  return hasher.digest();
}
