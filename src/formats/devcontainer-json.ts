import { type ParseError, type ParseOptions, parse, printParseErrorCode } from 'jsonc-parser';
import { DevcontainerConfig } from '../domain/devcontainer/config.ts';
import { ConfigError, type Place } from '../domain/errors.ts';

const state = 'nothing was built';
const maxLength = 1024 * 1024;
/** Nobody nests so deeply; the parser calls itself for every level. */
const maxDepth = 100;
const options: ParseOptions = { allowTrailingComma: true, disallowComments: false };

/** Reads a devcontainer.json: JSON with comments and commas at the end, as editors read it. */
export function parseDevcontainerJson(text: string, file: string): DevcontainerConfig {
  const read = DevcontainerConfig.safeParse(parseJsonc(text, file));
  if (read.success) return read.data;
  const issue = read.error.issues[0];
  const name = issue?.path.join('.') ?? '';
  throw new ConfigError({
    code: 'devcontainer-invalid',
    what: `${name === '' ? 'the file' : name}: ${issue?.message ?? 'unreadable'}`,
    where: placeOf(text, file, name === '' ? 0 : offsetOfKey(text, issue?.path ?? [])),
    state,
    next: 'https://containers.dev/implementors/json_reference says what may stand there',
  });
}

/** Reads JSON with comments; an error says the line and the column. */
export function parseJsonc(text: string, file: string): unknown {
  const clean = text.replace(/^\uFEFF/, '');
  const excess = findExcess(clean);
  if (excess !== undefined) throw broken(excess.why, placeOf(clean, file, excess.offset));
  const errors: ParseError[] = [];
  const value: unknown = parse(clean, errors, options);
  const [first] = errors;
  if (first === undefined) return value;
  throw broken(words(printParseErrorCode(first.error)), placeOf(clean, file, first.offset));
}

function broken(why: string, where: Place): ConfigError {
  return new ConfigError({
    code: 'devcontainer-unreadable',
    what: `it is no JSON, not even with comments: ${why}`,
    where,
    state,
    next: 'mend it there; an editor that knows devcontainer.json shows the same place',
  });
}

/** `PropertyNameExpected` in words. */
function words(code: string): string {
  return code.replace(/(?<!^)([A-Z])/g, ' $1').toLowerCase();
}

function placeOf(text: string, file: string, offset: number): Place {
  const before = text.slice(0, offset).split(/\r\n|\n|\r/);
  return { file, line: before.length, column: (before.at(-1)?.length ?? 0) + 1 };
}

/** Where the last name of a path is first written; good enough for a person who looks for it. */
function offsetOfKey(text: string, path: readonly PropertyKey[]): number {
  const name = path.filter((part) => typeof part === 'string').at(-1) ?? '';
  return Math.max(0, text.indexOf(JSON.stringify(name)));
}

function findExcess(text: string): { readonly why: string; readonly offset: number } | undefined {
  if (text.length > maxLength) return { why: `it has more than ${maxLength} characters`, offset: maxLength };
  let depth = 0;
  // Brackets in texts and comments count too: a file with so many of them is none that anybody wrote.
  for (let offset = 0; offset < text.length; offset += 1) {
    const sign = text.charAt(offset);
    if (sign === '[' || sign === '{') depth += 1;
    else if (sign === ']' || sign === '}') depth -= 1;
    if (depth > maxDepth) return { why: `it is nested more than ${maxDepth} levels deep`, offset };
  }
  return undefined;
}
