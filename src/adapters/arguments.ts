import { parseArgs } from 'node:util';
import { ConfigError } from '../domain/errors.ts';
import { nearestName } from '../domain/nearest-name.ts';

/** One option of a command. */
export interface OptionSpec {
  readonly kind: 'flag' | 'value' | 'values';
  /** What stands for the value in the help. */
  readonly value?: string;
  readonly about: string;
}

/** The words of a command line, read. */
export interface Arguments {
  readonly positionals: readonly string[];
  flag(name: string): boolean;
  value(name: string): string | undefined;
  values(name: string): readonly string[] | undefined;
}

/** Reads the words after a command; an unknown option is a ConfigError that names the nearest one. */
export function parseArguments(words: readonly string[], options: Readonly<Record<string, OptionSpec>>): Arguments {
  const types = Object.fromEntries(
    Object.entries(options).map(([name, { kind }]) => {
      return [
        name,
        { type: kind === 'flag' ? ('boolean' as const) : ('string' as const), multiple: kind === 'values' },
      ];
    }),
  );
  const { values, positionals } = read(words, types, Object.keys(options));
  const all = (name: string): readonly (string | boolean)[] => {
    const value = values[name];
    return value === undefined ? [] : Array.isArray(value) ? value : [value];
  };
  const texts = (name: string): readonly string[] => all(name).filter((value) => typeof value === 'string');
  return {
    positionals,
    flag: (name) => all(name).includes(true),
    value: (name) => texts(name).at(-1),
    values: (name) => (texts(name).length === 0 ? undefined : texts(name)),
  };
}

type Types = Record<string, { type: 'boolean' | 'string'; multiple: boolean }>;
type Value = string | boolean;

function read(
  words: readonly string[],
  options: Types,
  known: readonly string[],
): { readonly values: Readonly<Record<string, Value | Value[] | undefined>>; readonly positionals: readonly string[] } {
  try {
    return parseArgs({ args: [...words], options, allowPositionals: true });
  } catch (cause) {
    const what = cause instanceof Error ? (cause.message.split('. ')[0] ?? cause.message) : String(cause);
    const word = /'--?([^' =]+)/.exec(what)?.[1];
    const nearest = word === undefined || known.includes(word) ? undefined : nearestName(word, known);
    throw usageError(what, nearest === undefined ? 'ask with --help what may be given' : `did you mean --${nearest}?`);
  }
}

/** The command line says something that cannot be done. */
export function usageError(what: string, next: string): ConfigError {
  return new ConfigError({ code: 'usage', what, where: 'the command line', state: 'nothing was done', next });
}
