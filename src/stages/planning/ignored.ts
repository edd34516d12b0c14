import { contextFilter } from '../../formats/dockerignore.ts';
import type { Files, FolderEntry } from '../../ports/files.ts';

/** Which files of a folder count. */
export interface SeenOptions {
  /** The Dockerfile whose `.dockerignore` counts. */
  readonly dockerfile?: string;
  /** Patterns of the files that count; without them all do that a build sees. */
  readonly only?: readonly string[];
}

/** Which files of a folder do not count, and where that is written. */
export interface Ignored {
  /** Absent where nothing says it. */
  readonly text: string | undefined;
  readonly file: string;
  /** The text names what counts, and not what does not. */
  readonly isReversed: boolean;
}

/** Finds out which files of a folder do not count. */
export async function readIgnored(
  files: Files,
  folder: string,
  { dockerfile, only, listed }: SeenOptions & { readonly listed?: readonly FolderEntry[] },
): Promise<Ignored> {
  if (only !== undefined) return { text: only.join('\n'), file: 'paths', isReversed: true };
  const read = async (file: string): Promise<string | undefined> => {
    const end = file.lastIndexOf('/');
    const isHere = file.slice(0, end) === folder;
    // The list says it already, and thousands of looks for a file that is not there take their time.
    const isAbsent = isHere && listed?.some(({ name }) => name === file.slice(end + 1)) === false;
    return isAbsent ? undefined : files.readText(file);
  };
  // As BuildKit does: a file beside the Dockerfile wins over the one of the context.
  const beside = `${dockerfile}.dockerignore`;
  const text = dockerfile === undefined ? undefined : await read(beside);
  if (text !== undefined) return { text, file: beside, isReversed: false };
  const file = `${folder}/.dockerignore`;
  return { text: await read(file), file, isReversed: false };
}

/** Tells which paths count; they are relative to the folder. */
export function filterOf({ text, file, isReversed }: Ignored): (path: string) => boolean {
  const counts = contextFilter(text, file);
  return isReversed ? (path) => !counts(path) : counts;
}
