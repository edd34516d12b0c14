import { type Digest, digestOf, Hasher } from '../../domain/digest.ts';
import { ConfigError } from '../../domain/errors.ts';
import type { ContextEntry } from '../../domain/identity.ts';
import { contextFilter } from '../../formats/dockerignore.ts';
import type { Files } from '../../ports/files.ts';

/** Reads a build context as it lies on disk: every file that a build would see, with what decides its layer. */
export async function readContext(files: Files, folder: string, dockerfile: string): Promise<readonly ContextEntry[]> {
  // As BuildKit does: a file beside the Dockerfile wins over the one of the context.
  const ignore =
    (await files.readText(`${dockerfile}.dockerignore`)) ?? (await files.readText(`${folder}/.dockerignore`));
  const isSeen = contextFilter(ignore);
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

async function entryOf(files: Files, full: string, path: string): Promise<ContextEntry> {
  const facts = await files.facts(full);
  if (facts?.kind === 'link') {
    return { path, kind: 'link', executable: false, digest: digestOf((await files.linkTarget(full)) ?? '') };
  }
  const digest = facts?.kind === 'file' ? await digestOfFile(files, full) : undefined;
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

async function digestOfFile(files: Files, path: string): Promise<Digest | undefined> {
  const content = await files.readStream(path);
  if (content === undefined) return undefined;
  const hasher = new Hasher();
  for await (const piece of content) hasher.add(piece);
  return hasher.digest();
}
