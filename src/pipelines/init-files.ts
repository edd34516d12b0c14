import { RefusedError } from '../domain/errors.ts';
import type { Files } from '../ports/files.ts';

/** Files that are to be written, by their paths in a repository. */
export type NewFiles = Readonly<Record<string, string>>;

/** Refuses to write over what is there; all of it is named at once. */
export async function refuseToOverwrite(files: Files, folder: string, names: readonly string[]): Promise<void> {
  const there: string[] = [];
  for (const name of names) if ((await files.facts(`${folder}/${name}`)) !== undefined) there.push(name);
  if (there.length > 0) throw exists(there, folder);
}

/** Writes all files or none: when one cannot be written, the others are as they were before. */
export async function writeTogether(
  files: Files,
  folder: string,
  { contents, force }: { readonly contents: NewFiles; readonly force: boolean },
): Promise<void> {
  const undo: (() => Promise<void>)[] = [];
  try {
    for (const [name, text] of Object.entries(contents)) {
      const path = `${folder}/${name}`;
      const before = force ? await files.readBytes(path) : undefined;
      undo.unshift(() => (before === undefined ? files.remove(path) : files.write(path, before)));
      if (force) await files.write(path, text);
      else if (!(await files.create(path, text))) {
        // It came between our look and now, and is not ours to take away.
        undo.shift();
        throw exists([name], folder);
      }
    }
  } catch (error) {
    for (const one of undo) await one().catch(() => undefined);
    throw error;
  }
}

function exists(names: readonly string[], folder: string): RefusedError {
  return new RefusedError({
    code: 'init-exists',
    what: `${names.join(', ')} ${names.length === 1 ? 'is' : 'are'} there already`,
    where: folder,
    state: 'nothing was written',
    next: 'move what you want to keep away, or write over all of it with --force',
  });
}
