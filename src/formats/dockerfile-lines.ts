import { ConfigError } from '../domain/errors.ts';
import { heredocsIn } from './heredocs.ts';

const maxLength = 512 * 1024;
/** BuildKit reads no longer line. */
const maxLineLength = 65_535;
/** No longer text can be given to a shell. */
const maxInstructionLength = 128 * 1024;

/** One instruction of a Dockerfile, its continuation lines joined. */
export interface DockerfileLine {
  /** Where it begins, from 1. */
  readonly line: number;
  /** In upper case. */
  readonly keyword: string;
  /** `--name=value`, without quotes. */
  readonly flags: readonly string[];
  /** What comes behind the flags. */
  readonly rest: string;
}

/** The instructions of a Dockerfile, and the character that escapes and continues in it. */
export interface DockerfileLines {
  readonly escapeChar: string;
  readonly lines: readonly DockerfileLine[];
}

/** Reads the lines of a Dockerfile as BuildKit does: directives, comments, continuations and heredocs. */
export function readDockerfileLines(text: string, file: string): DockerfileLines {
  if (text.length > maxLength) throw tooLong(`it has more than ${maxLength} characters`, file, 1);
  const split = text.replace(/^\uFEFF/, '').split('\n');
  const written = text.includes('\r') ? split.map(withoutReturns) : split;
  const escapeChar = escapeIn(written);
  const lines: DockerfileLine[] = [];
  for (let at = 0; at < written.length; at += 1) {
    const line = at + 1;
    let part = (written[at] ?? '').trimStart();
    if (part === '' || part.startsWith('#')) continue;
    let whole = '';
    for (;;) {
      const more = continuedPart(part, escapeChar);
      whole += more ?? part;
      if (part.length > maxLineLength)
        throw tooLong(`the line has more than ${maxLineLength} characters`, file, at + 1);
      if (whole.length > maxInstructionLength) {
        throw tooLong(`the instruction has more than ${maxInstructionLength} characters`, file, line);
      }
      if (more === undefined || at + 1 >= written.length) break;
      do at += 1;
      while (at < written.length && isSkipped(written[at] ?? ''));
      part = written[at] ?? '';
    }
    if (whole.trim() === '') continue;
    const instruction = instructionIn(whole, line, escapeChar);
    lines.push(instruction);
    if (!mayHoldHeredocs(instruction, escapeChar)) continue;
    for (const { name, dropsTabs } of heredocsIn(whole)) {
      do at += 1;
      while (at < written.length && (dropsTabs ? written[at]?.replace(/^\t+/, '') : written[at]) !== name);
    }
  }
  return { escapeChar, lines };
}

/** What stands before the sign that continues a line; without that sign nothing. Two of them are one that was meant. */
function continuedPart(line: string, escapeChar: string): string | undefined {
  let end = line.length;
  while (line.charAt(end - 1) === ' ' || line.charAt(end - 1) === '\t') end -= 1;
  const isContinued = line.charAt(end - 1) === escapeChar && line.charAt(end - 2) !== escapeChar;
  return isContinued ? line.slice(0, end - 1) : undefined;
}

function tooLong(what: string, file: string, line: number): ConfigError {
  return new ConfigError({
    code: 'dockerfile-invalid',
    what,
    where: { file, line },
    state: 'nothing was built',
    next: 'is it a Dockerfile? What is long in one belongs into a file that it copies',
  });
}

/** Cuts an instruction into its keyword, its flags and the rest; also the one in an ONBUILD. */
export function instructionIn(text: string, line: number, escapeChar: string): DockerfileLine {
  // Other blanks, such as one that does not break, belong to the word.
  const [, keyword = '', more = ''] = /^([^\t\v\f\r ]*)[\t\v\f\r ]*(.*)$/s.exec(text.trim()) ?? [];
  const flags: string[] = [];
  let rest = more;
  while (rest.startsWith('--')) {
    const { word, end } = flagIn(rest, escapeChar);
    rest = rest.slice(end).trimStart();
    if (word === '--') break;
    flags.push(word);
  }
  return { line, keyword: keyword.toUpperCase(), flags, rest: rest.trim() };
}

/** The words of a text; quotes hold them together and stay. */
export function wordsIn(text: string, escapeChar: string): readonly string[] {
  if (!/['"\\`]/.test(text)) return text.match(/\S+/g) ?? [];
  return text.match(escapeChar === '`' ? wordsWithBackticks : words) ?? [];
}

const words = /(?:\\.|'[^']*'?|"(?:\\.|[^"])*"?|[^\s'"])+/gs;
const wordsWithBackticks = /(?:`.|'[^']*'?|"(?:`.|[^"])*"?|[^\s'"])+/gs;

function flagIn(text: string, escapeChar: string): { readonly word: string; readonly end: number } {
  let word = '';
  let quote = '';
  let at = 0;
  for (; at < text.length; at += 1) {
    const char = text.charAt(at);
    if (quote === '' && /\s/.test(char)) break;
    if (char === quote) quote = '';
    else if (quote === '' && (char === '"' || char === "'")) quote = char;
    else if (char === escapeChar) {
      at += 1;
      word += text.charAt(at);
    } else word += char;
  }
  return { word, end: at };
}

/** Directives stand before everything else, and the first line that is none ends them. */
function escapeIn(lines: readonly string[]): string {
  for (const line of lines) {
    const directive = /^#\s*([a-zA-Z][a-zA-Z0-9]*)\s*=\s*(.+?)\s*$/.exec(line.trimStart());
    const name = directive?.[1]?.toLowerCase();
    if (name === undefined || !['syntax', 'check', 'escape'].includes(name)) break;
    if (name === 'escape' && directive?.[2] === '`') return '`';
  }
  return '\\';
}

function mayHoldHeredocs({ keyword, rest, line }: DockerfileLine, escapeChar: string): boolean {
  // Of an ONBUILD in another one nobody reads anything.
  const inner = keyword === 'ONBUILD' ? instructionIn(rest, line, escapeChar).keyword : keyword;
  return inner === 'RUN' || inner === 'COPY' || inner === 'ADD';
}

function withoutReturns(line: string): string {
  let end = line.length;
  while (line.charAt(end - 1) === '\r') end -= 1;
  return line.slice(0, end);
}

function isComment(line: string | undefined): boolean {
  return line?.trimStart().startsWith('#') === true;
}

/** Between continuation lines, comments and empty lines do not count. */
function isSkipped(line: string): boolean {
  return isComment(line) || line.trim() === '';
}
