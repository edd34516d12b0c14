import { type Digest, digestOf, Hasher } from '../../domain/digest.ts';
import { ConfigError } from '../../domain/errors.ts';
import type { ContextEntry } from '../../domain/identity.ts';
import { contextFilter } from '../../formats/dockerignore.ts';
import type { Files } from '../../ports/files.ts';

/** Most files of a context are small, and are read at once. */
const smallBytes = 256 * 1024;

/** Which files of a folder count. */
export interface ContextOptions {
  /** The Dockerfile whose `.dockerignore` counts. */
  readonly dockerfile?: string;
  /** Patterns of the files that count; without them all do that a build sees. */
  readonly only?: readonly string[];
}

/** Reads a build context as it lies on disk: every file that a build would see, with what decides its layer. */
export async function readContext(
  files: Files,
  folder: string,
  options: ContextOptions = {},
): Promise<readonly ContextEntry[]> {
  const isSeen = await filterFor(files, folder, options);
  const entries: ContextEntry[] = [];
  const walk = async (relative: string): Promise<void> => {
    for (const { name, kind } of await files.list(relative === '' ? folder : `${folder}/${relative}`)) {
      const path = relative === '' ? name : `${relative}/${name}`;
      // What we keep on disk, and git's own folder, are no part of anybody's image.
      if (relative === '' && (name === '.git' || name === '.slipway')) continue;
      if (kind === 'folder') {
        // A folder that is ignored may hold something that a later line takes back.
        if (isSeen(path)) entries.push({ path, kind, executable: false, digest: undefined });
        await walk(path);
      } else if (isSeen(path)) {
        entries.push(await entryOf(files, `${folder}/${path}`, path));
      }
    }
  };
  await walk('');
  return entries;
}

/** Tells which paths of a folder count; paths are relative to it. */
export async function filterFor(
  files: Files,
  folder: string,
  { dockerfile, only }: ContextOptions,
): Promise<(path: string) => boolean> {
  if (only !== undefined) {
    const isLeftOut = contextFilter(only.join('\n'), 'paths');
    return (path) => !isLeftOut(path);
  }
  // As BuildKit does: a file beside the Dockerfile wins over the one of the context.
  const beside = dockerfile === undefined ? undefined : await files.readText(`${dockerfile}.dockerignore`);
  if (beside !== undefined) return contextFilter(beside, `${dockerfile}.dockerignore`);
  return contextFilter(await files.readText(`${folder}/.dockerignore`), `${folder}/.dockerignore`);
}

async function entryOf(files: Files, full: string, path: string): Promise<ContextEntry> {
  const facts = await files.facts(full);
  if (facts?.kind === 'link') {
    return { path, kind: 'link', executable: false, digest: digestOf((await files.linkTarget(full)) ?? '') };
  }
  const digest = facts?.kind === 'file' ? await digestOfFile(files, full, facts.size) : undefined;
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

async function digestOfFile(files: Files, path: string, size: number): Promise<Digest | undefined> {
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
