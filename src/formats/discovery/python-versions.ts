import { ConfigError } from '../../domain/errors.ts';
import { shownText } from '../../domain/shown-text.ts';

/** The largest file of versions that is read. */
export const maxVersionsBytes = 64 * 1024;
const maxLines = 1_000;
const version = /^(?:0|[1-9]\d{0,3})(?:\.(?:0|[1-9]\d{0,3})){0,2}t?$/;

interface Written {
  readonly text: string;
  /** From 1. */
  readonly line: number;
}

/** Reads PYTHON_VERSIONS: a version on each line, where `#` begins a comment, or a JSON array of texts. */
export function parsePythonVersions(content: Uint8Array, file: string): readonly string[] {
  if (content.length > maxVersionsBytes) {
    throw refuse(file, 1, `it is larger than ${maxVersionsBytes} bytes`, 'list the versions and nothing else');
  }
  const text = decode(content, file);
  const lines = text.split(/\r\n|\n|\r/);
  if (lines.length > maxLines + 1) {
    throw refuse(file, maxLines + 1, `it has more than ${maxLines} lines`, 'list the versions and nothing else');
  }
  const written = /^\s*\[/.test(text) ? readArray(text, file) : readLines(lines);
  const seen = new Map<string, number>();
  for (const { text: each, line } of written) {
    if (!version.test(each)) {
      throw refuse(file, line, `${shownText(each)} is no version of Python`, 'write it as 3, 3.13 or 3.13t');
    }
    const other = seen.get(each);
    if (other !== undefined) {
      throw refuse(file, line, `${each} stands there twice, first on line ${other}`, 'take one of them out');
    }
    seen.set(each, line);
  }
  if (seen.size === 0) throw refuse(file, 1, 'it holds no version', 'write a version on each line, such as 3.13');
  return [...seen.keys()];
}

function decode(content: Uint8Array, file: string): string {
  try {
    // A byte order mark is left out by the decoder.
    return new TextDecoder('utf-8', { fatal: true }).decode(content);
  } catch {
    throw refuse(file, 1, 'it is no text in UTF-8', 'save it as UTF-8');
  }
}

function readLines(lines: readonly string[]): readonly Written[] {
  return lines.flatMap((whole, index) => {
    const text = withoutBlanks(whole.replace(/#.*$/, ''));
    return text === '' ? [] : [{ text, line: index + 1 }];
  });
}

/** Other blanks than the two of a keyboard stay, and make the line no version. */
function withoutBlanks(text: string): string {
  let end = text.length;
  while (end > 0 && ' \t'.includes(text.charAt(end - 1))) end -= 1;
  return text.slice(0, end).replace(/^[ \t]+/, '');
}

function readArray(text: string, file: string): readonly Written[] {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    // Without a position it is the end that came too early.
    const at = Number(/position (\d+)/.exec(String(cause))?.[1] ?? text.length);
    throw refuse(file, lineAt(text, at), 'it begins with [ and is no JSON', 'write ["3.12", "3.13"]', cause);
  }
  // What JSON accepted is an array with simple texts, or one of its items is found out here.
  const items = [...text.matchAll(/"(?:[^"\\]|\\.)*"|[^\s",[\]]+/g)];
  const wrong = Array.isArray(value) ? value.findIndex((item) => typeof item !== 'string') : 0;
  if (!Array.isArray(value) || wrong >= 0) {
    const line = lineAt(text, items[wrong]?.index ?? 0);
    // As a number, 3.10 is 3.1.
    throw refuse(file, line, 'an item of the array is no text', 'put each version in quotes: ["3.9", "3.10"]');
  }
  return value.map((item: unknown, index) => ({
    text: String(item).trim(),
    line: lineAt(text, items[index]?.index ?? 0),
  }));
}

function lineAt(text: string, index: number): number {
  return text.slice(0, index).split('\n').length;
}

function refuse(file: string, line: number, what: string, next: string, cause?: unknown): ConfigError {
  return new ConfigError({
    code: 'python-versions-invalid',
    what,
    where: { file, line },
    state: 'nothing was built',
    next,
    cause,
  });
}
