import { ConfigError, type Place } from '../domain/errors.ts';
import { cleanPath } from '../domain/path.ts';
import { type GlobPart, globMatches, parseGlob } from './glob.ts';

interface Rule {
  readonly isException: boolean;
  /** A pattern without wildcards is compared as it is. */
  readonly literal: string | undefined;
  readonly parts: readonly GlobPart[];
}

const maxLength = 64 * 1024;
const maxRules = 2_000;
/** No path is longer, so that a longer pattern would be none for anything. */
const maxPatternLength = 4096;

/** Tells which paths of a context a build sees. Paths are relative, with `/`; `file` is for the words of an error. */
export function contextFilter(text: string | undefined, file = '.dockerignore'): (path: string) => boolean {
  if (text === undefined) return () => true;
  if (text.length > maxLength) {
    throw invalid(`it has more than ${maxLength} characters`, { file, line: 1 }, 'leave folders out as a whole');
  }
  const rules = text
    .replace(/^\uFEFF/, '')
    .split(/\r?\n/)
    .flatMap((line, index) => readRule(line, { file, line: index + 1 }));
  if (rules.length === 0) return () => true;
  if (rules.length > maxRules) {
    throw invalid(`it has more than ${maxRules} patterns`, { file, line: 1 }, 'leave folders out as a whole');
  }
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

/** Tells which paths a list of patterns names; each is written as in `.dockerignore`. */
export function pathMatcher(patterns: readonly string[], file: string): (path: string) => boolean {
  if (patterns.length === 0) return () => false;
  // What is named there is what a build does not see.
  const isSeen = contextFilter(patterns.join('\n'), file);
  return (path) => !isSeen(path);
}

/** Lines are read as builders read them: a comment begins in the first column, blanks around a pattern do not count. */
function readRule(line: string, where: Place): readonly Rule[] {
  if (line.startsWith('#')) return [];
  const trimmed = line.trim();
  const isException = trimmed.startsWith('!');
  const written = isException ? trimmed.slice(1).trim() : trimmed;
  if (written === '') return [];
  if (written.length > maxPatternLength) {
    throw invalid(`a pattern has more than ${maxPatternLength} characters`, where, 'write it shorter');
  }
  const pattern = cleanPath(written).replace(/^\/(?=.)/, '');
  const parts = parseGlob(pattern);
  if (parts !== undefined) return [{ isException, literal: /[*?[\]\\]/.test(pattern) ? undefined : pattern, parts }];
  const shown = JSON.stringify(written.slice(0, 100));
  const why = `${shown} is no pattern: its "[" is not closed, or a range in it runs backwards`;
  throw invalid(why, where, 'close the "[" with "]", or write "\\[" for the character itself');
}

function invalid(what: string, where: Place, next: string): ConfigError {
  return new ConfigError({ code: 'dockerignore-invalid', what, where, state: 'nothing was built', next });
}

/** The path and the folders that it is in: who leaves a folder out leaves out what is in it. */
function parentsOf(path: string): readonly string[] {
  const names = path.split('/');
  return names.map((_, index) => names.slice(0, index + 1).join('/'));
}

function isMatch({ literal, parts }: Rule, path: string): boolean {
  return literal === undefined ? globMatches(parts, path) : literal === path;
}
