import { ConfigError, type Place } from './errors.ts';
import { pep440Beginning } from './pep440.ts';
import { characterAt, counted, shownText } from './shown-text.ts';
import { readVersion, type VersionScheme } from './version-reading.ts';

/** The longest version; a tag has 128 characters, of which a rebuild needs some for its day and run. */
export const maxVersionLength = 100;

/** The longest text in which a version is looked for. */
export const maxVersionText = 64 * 1024;

/** A line of a text that has something in it. */
interface Line {
  readonly text: string;
  readonly trimmed: string;
  readonly number: number;
}

/** What is wrong, with the index of the character that is to blame. */
interface VersionFault {
  readonly at: number;
  readonly why: string;
  readonly next?: string;
}

const examples = {
  auto: 'write a version such as 1.4.0, v1.4.0-rc.1 or 1.4.0rc1',
  semver: 'write a semantic version such as 1.4.0 or v1.4.0-rc.1',
  pep440: 'write a Python version such as 1.4, 1.4.0rc1 or 1.4.0.post1',
} satisfies Record<VersionScheme, string>;

/** The lines that have something in them; a byte order mark is part of none. */
export function filledLines(text: string): readonly Line[] {
  return text
    .replace(/^\uFEFF/, '')
    .split(/\r\n?|\n/)
    .map((line, index) => ({ text: line, trimmed: line.trim(), number: index + 1 }))
    .filter(({ trimmed }) => trimmed !== '');
}

/** The error for a text that does not hold one version and nothing else; it names the line and the character. */
export function versionError(text: string, where: string | Place, scheme: VersionScheme): ConfigError {
  const lines = filledLines(text.slice(0, maxVersionText));
  const first = lines[0] ?? { text: '', trimmed: '', number: 1 };
  const [line, fault] = text.length > maxVersionText ? lengthFault(text) : lineFault(first, lines[1], scheme);
  return new ConfigError({
    code: 'version-invalid',
    what: `${shownText(shortened(first.trimmed))} is not a version that can be a tag: line ${line.number}, ${fault.why}`,
    where:
      typeof where === 'string'
        ? where
        : { ...where, line: line.number, column: [...line.text.slice(0, fault.at)].length + 1 },
    state: 'nothing was built',
    next: fault.next ?? examples[scheme],
  });
}

function shortened(text: string): string {
  return text.length > 80 ? `${text.slice(0, 80)}…` : text;
}

function lengthFault(text: string): readonly [Line, VersionFault] {
  const lines = text.slice(0, maxVersionText + 1).split(/\r\n?|\n/);
  const last = lines.at(-1) ?? '';
  const place = [...last].length;
  const why = `the text goes on at character ${place}, after ${maxVersionText / 1024} KiB`;
  return [
    { text: last, trimmed: last, number: lines.length },
    { at: Math.max(0, last.length - 1), why },
  ];
}

function lineFault(first: Line, second: Line | undefined, scheme: VersionScheme): readonly [Line, VersionFault] {
  const indent = first.text.indexOf(first.trimmed);
  const fault = charactersFault(first.text, indent, first.trimmed);
  if (fault !== undefined) return [first, fault];
  if (readVersion(first.trimmed, scheme) === undefined)
    return [first, formFault(first.text, indent, first.trimmed, scheme)];
  if (second === undefined) throw new Error(`no fault in the version ${shownText(first.trimmed)}`);
  const at = second.text.indexOf(second.trimmed);
  const why = `${characterAt(second.text, at)} stands after the version`;
  return [second, { at, why, next: 'leave one line, with the version alone' }];
}

/** What can stand in no version that is a tag, whatever the scheme. */
function charactersFault(line: string, indent: number, text: string): VersionFault | undefined {
  if (text === '') return { at: 0, why: 'nothing stands at character 1' };
  const odd = text.search(/[^0-9A-Za-z._-]/);
  const at = indent + odd;
  if (odd >= 0 && /^v?[0-9]+!/i.test(text.slice(0, odd + 1))) {
    return { at, why: `${characterAt(line, at)} ends an epoch, which no tag can hold`, next: 'leave the epoch out' };
  }
  if (odd > 0 && text.charAt(odd) === '+') {
    const why = `${characterAt(line, at)} begins a local version or build metadata, which no tag can hold`;
    return { at, why, next: 'leave "+" out, and what follows it' };
  }
  if (odd >= 0) return { at, why: `${characterAt(line, at)} may not stand in a version` };
  if (text.length <= maxVersionLength) return undefined;
  const end = indent + maxVersionLength;
  const why = `${characterAt(line, end)} comes after the ${maxVersionLength} characters that a version may have`;
  return {
    at: end,
    why,
    next: 'shorten it: a tag has 128 characters, and a rebuild puts its day and run after the version',
  };
}

/** Where a text leaves the grammar of its scheme. */
function formFault(line: string, indent: number, trimmed: string, scheme: VersionScheme): VersionFault {
  const python = scheme === 'semver' ? 0 : pep440Beginning(trimmed);
  const semantic = scheme === 'pep440' ? 0 : semanticBeginning(trimmed);
  const good = Math.max(python, semantic);
  const at = indent + good;
  if (good < trimmed.length) return { at, why: `${characterAt(line, at)} belongs to no version` };
  const last = indent + trimmed.length - 1;
  const numbers = trimmed.split('.').length;
  if (!/^v?[0-9]+\.[0-9]+\.[0-9]/.test(trimmed) || /[.-]$/.test(trimmed)) {
    const has =
      scheme === 'semver' && /[0-9]$/.test(trimmed) ? `it has ${counted(numbers, 'number')} of 3` : 'more is to follow';
    return { at: last, why: `${characterAt(line, last)} is its end, and ${has}` };
  }
  const large = indent + (/[0-9]{16,}/.exec(trimmed)?.index ?? 0);
  return { at: large, why: `${characterAt(line, large)} begins a number that is too large` };
}

/** How many characters of a text could begin a semantic version. */
function semanticBeginning(text: string): number {
  const number = '(?:0(?![0-9])|[1-9][0-9]*)';
  // A part of digits alone has no zero before it.
  const part = '(?:[0-9]*[A-Za-z-][0-9A-Za-z-]*|0(?![0-9A-Za-z-])|[1-9][0-9]*)';
  const core = `v?(?:${number}(?:\\.(?:${number}(?:\\.(?:${number}(?:-(?:${part}(?:\\.${part})*\\.?)?)?)?)?)?)?)?`;
  return new RegExp(`^${core}`).exec(text)?.[0].length ?? 0;
}
