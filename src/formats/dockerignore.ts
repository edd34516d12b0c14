import { ConfigError } from '../domain/errors.ts';
import { cleanPath } from '../domain/path.ts';
import { type GlobPart, globMatches, parseGlob } from './glob.ts';

interface Rule {
  readonly isException: boolean;
  /** A pattern without wildcards is compared as it is. */
  readonly literal: string | undefined;
  readonly parts: readonly GlobPart[];
}

/** Tells which paths of a context a build sees. Paths are relative, with `/`; `file` is for the words of an error. */
export function contextFilter(text: string | undefined, file = '.dockerignore'): (path: string) => boolean {
  if (text === undefined) return () => true;
  const rules = text
    .replace(/^\uFEFF/, '')
    .split(/\r?\n/)
    .flatMap((line, index) => readRule(line, { file, line: index + 1 }));
  if (rules.length === 0) return () => true;
  return (path) => {
    const parents = parentsOf(path);
    let isSeen = true;
    for (const rule of rules) {
      // A rule that would change nothing is not asked.
      if (rule.isException !== isSeen && parents.some((one) => isMatch(rule, one))) isSeen = rule.isException;
    }
    return isSeen;
  };
}

/** Lines are read as builders read them: a comment begins in the first column, blanks around a pattern do not count. */
function readRule(line: string, where: { readonly file: string; readonly line: number }): readonly Rule[] {
  if (line.startsWith('#')) return [];
  const trimmed = line.trim();
  const isException = trimmed.startsWith('!');
  const written = isException ? trimmed.slice(1).trim() : trimmed;
  if (written === '') return [];
  const pattern = cleanPath(written).replace(/^\/(?=.)/, '');
  const parts = parseGlob(pattern);
  if (parts !== undefined) return [{ isException, literal: /[*?[\]\\]/.test(pattern) ? undefined : pattern, parts }];
  throw new ConfigError({
    code: 'dockerignore-invalid',
    what: `${JSON.stringify(written.slice(0, 100))} is no pattern: its "[" is not closed, or a range in it runs backwards`,
    where,
    state: 'nothing was built',
    next: 'close the "[" with "]", or write "\\[" for the character itself',
  });
}

/** The path and the folders that it is in: who leaves a folder out leaves out what is in it. */
function parentsOf(path: string): readonly string[] {
  const names = path.split('/');
  return names.map((_, index) => names.slice(0, index + 1).join('/'));
}

function isMatch({ literal, parts }: Rule, path: string): boolean {
  return literal === undefined ? globMatches(parts, path) : literal === path;
}
