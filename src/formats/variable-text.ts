import { ConfigError, type Place } from '../domain/errors.ts';
import { matchedEnd, matchedStart, replaceMatches } from './shell-pattern.ts';

/** A piece of a text, and the argument in whose value it was written; for the text itself that is empty. */
export interface Piece {
  readonly text: string;
  readonly source: string;
}

/** A text that remembers where each of its pieces is from. What is empty counts too: something could stand there. */
export type PiecedText = readonly Piece[];

/** What the variables of a text are read with. */
export interface VariableOptions {
  readonly values: ReadonlyMap<string, PiecedText>;
  /** The character that takes the meaning of the next one. */
  readonly escapeChar: string;
  readonly where: Place;
  /** The argument whose value the text is. */
  readonly source?: string;
  /** Hears the names that have no value. */
  readonly onUnset?: (name: string) => void;
}

/** The text of all pieces. */
export function plainText(pieces: PiecedText): string {
  return pieces.map(({ text }) => text).join('');
}

/** Takes the quotes out of a text of a Dockerfile and puts the values of its variables in, by the rules of BuildKit. */
export function expandVariables(text: string, options: VariableOptions): PiecedText {
  const { values, escapeChar, where, onUnset = () => {} } = options;
  let at = 0;

  const fault = (why: string, next = 'write it as $NAME, or between braces with a rule of the shell'): ConfigError =>
    new ConfigError({
      code: 'dockerfile-variable-invalid',
      what: `${JSON.stringify(text.slice(0, 200))}: ${why}`,
      where,
      state: 'nothing was built',
      next,
    });

  /** Up to the stop, which is taken too. `raw` leaves escapes as they are: a pattern reads them itself. */
  const read = (stop: string, raw: boolean, source: string): PiecedText => {
    const pieces: Piece[] = [];
    const literal = (char: string): void => void pieces.push({ text: char, source });
    let quote = '';
    while (at < text.length) {
      const char = text.charAt(at);
      if (quote === '' && char === stop) {
        at += 1;
        return pieces;
      }
      if (char === '$' && quote !== "'") {
        at += 1;
        pieces.push(...variable());
        continue;
      }
      at += 1;
      if (quote === char) quote = '';
      else if (quote === '' && (char === '"' || char === "'")) quote = char;
      else if (char === escapeChar && quote !== "'") {
        const escaped = text.charAt(at);
        const isKept = quote === '"' && !['"', '$', escapeChar].includes(escaped);
        if (raw || isKept) literal(char);
        if (escaped !== '' && !isKept) {
          literal(escaped);
          at += 1;
        }
      } else literal(char);
    }
    if (quote !== '') throw fault(`a quote (${quote}) is not closed`, 'close it');
    if (stop !== '') throw fault(`"${stop}" is missing`, `close it with ${stop}`);
    return pieces;
  };

  const take = (pattern: RegExp): string => {
    const found = pattern.exec(text.slice(at))?.[0] ?? '';
    at += found.length;
    return found;
  };

  const lookUp = (name: string): PiecedText | undefined => {
    const value = values.get(name);
    if (value === undefined) onUnset(name);
    return value;
  };

  const variable = (): PiecedText => {
    if (text.charAt(at) !== '{') {
      const name = take(/^(?:\d+|[@*#?$!-]|[\p{L}_][\p{L}\p{Nd}_]*)/u);
      return name === '' ? [{ text: '$', source: options.source ?? '' }] : orEmpty(lookUp(name), name);
    }
    at += 1;
    const name = take(/^(?:\d+|[\p{L}_][\p{L}\p{Nd}_]*)/u);
    if (name === '') throw fault('a variable between braces has no name');
    const rule = take(/^(?:}|:?[-+?]|##?|%%?|\/\/?)/);
    if (rule === '}') return orEmpty(lookUp(name), name);
    if (rule === '' && at === text.length) throw fault('"}" is missing', 'close it with }');
    if (rule === '') throw fault(`nobody knows what ${JSON.stringify(text.charAt(at))} means behind \${${name}`);
    return orEmpty(changed(name, rule), name);
  };

  const changed = (name: string, rule: string): PiecedText => {
    const isPattern = /[#%/]/.test(rule);
    const word = read(rule.startsWith('/') ? '/' : '}', isPattern, name);
    const other = rule.startsWith('/') ? plainText(read('}', true, name)) : '';
    // A word that stands in for the value is asked for because there may be none.
    const value = isPattern || rule.endsWith('?') ? lookUp(name) : values.get(name);
    const plain = plainText(value ?? []);
    // With the colon an empty value counts as none.
    const isSet = value !== undefined && (plain !== '' || !rule.startsWith(':'));
    if (rule.endsWith('-')) return isSet ? value : word;
    if (rule.endsWith('+')) return isSet ? word : [];
    if (rule.endsWith('?')) {
      if (isSet) return value;
      throw fault(plainText(word) || `${name} has no value`, `give ${name} a value in build-args`);
    }
    const pattern = plainText(word);
    const isLongest = rule.length > 1;
    if (rule.startsWith('#')) return cut(value ?? [], matchedStart(plain, pattern, isLongest) ?? 0, plain.length);
    if (rule.startsWith('%')) {
      return cut(value ?? [], 0, plain.length - (matchedEnd(plain, pattern, isLongest) ?? 0));
    }
    return [{ text: replaceMatches(plain, pattern, other, isLongest), source: name }];
  };

  return read('', false, options.source ?? '');
}

function orEmpty(pieces: PiecedText | undefined, name: string): PiecedText {
  return pieces === undefined || plainText(pieces) === '' ? [{ text: '', source: name }] : pieces;
}

function cut(pieces: PiecedText, start: number, end: number): PiecedText {
  let at = 0;
  return pieces.map(({ text, source }) => {
    const from = at;
    at += text.length;
    return { text: text.slice(Math.max(0, start - from), Math.max(0, end - from)), source };
  });
}
