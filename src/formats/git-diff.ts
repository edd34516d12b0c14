/** A path of which git says that something happened to it. */
export interface ChangedPath {
  readonly path: string;
  /** It is, or was, a submodule, so that everything below it may be another. */
  readonly isSubmodule: boolean;
}

const rawLine = /^:(\d{6}) (\d{6}) \S+ \S+ [A-Z]\d*\t(.+)$/;
const submoduleMode = '160000';

/** One line of `git diff --raw --no-renames`; `undefined` if it is none. */
export function parseRawDiff(line: string): ChangedPath | undefined {
  const [, before, after, path] = rawLine.exec(line) ?? [];
  if (path === undefined) return undefined;
  return { path: parseGitPath(path), isSubmodule: before === submoduleMode || after === submoduleMode };
}

const escapes: Readonly<Record<string, number>> = { a: 7, b: 8, t: 9, n: 10, v: 11, f: 12, r: 13 };

/**
 * A path as git prints it with `core.quotePath`: in quotes, with every byte that is not plain ASCII as an escape.
 * Bytes that are no UTF-8 are read as a listing of the folder reads them, so that both give the same name.
 */
export function parseGitPath(text: string): string {
  if (!text.startsWith('"') || !text.endsWith('"') || text.length < 2) return text;
  const bytes: number[] = [];
  for (const [, octal, letter, plain] of text.slice(1, -1).matchAll(/\\([0-7]{3})|\\([^0-7])|([^\\])/g)) {
    if (octal !== undefined) bytes.push(Number.parseInt(octal, 8));
    else if (letter !== undefined) bytes.push(escapes[letter] ?? letter.charCodeAt(0));
    else bytes.push(plain?.charCodeAt(0) ?? 0);
  }
  return new TextDecoder('utf-8', { ignoreBOM: true }).decode(Uint8Array.from(bytes));
}
