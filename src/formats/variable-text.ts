import { ConfigError, type Place } from '../domain/errors.ts';
import { matchedEnd, matchedStart, replaceMatches } from './shell-pattern.ts';
import { type Budget, fullBudget, maxSteps, patternSteps } from './variable-budget.ts';

/** A piece of a text, and the argument in whose value it was written; for the text itself that is empty. */
export interface Piece {
  readonly text: string;
  readonly source: string;
}

/** A text that remembers where each of its pieces is from. What is empty counts too: something could stand there. */
export type PiecedText = readonly Piece[];

/** Where the values of variables are looked up. */
export interface VariableValues {
  get(name: string): PiecedText | undefined;
}

/** What the variables of a text are read with. */
export interface VariableOptions {
  readonly values: VariableValues;
  /** The character that takes the meaning of the next one. */
  readonly escapeChar: string;
  readonly where: Place;
  /** The argument whose value the text is. */
  readonly source?: string;
  /** Hears the names that have no value. */
  readonly onUnset?: (name: string) => void;
  /** What all variables of a file together may cost; each text takes its part of it. */
  readonly budget?: Budget;
}

const maxDepth = 50;
const maxShown = 200;

const special = /[$'"\\`]/;
/** What means itself, wherever it stands. */
const ordinary = /[^$'"\\`}/]+/y;
const plainName = /(?:\d+|[@*#?$!-]|[\p{L}_][\p{L}\p{Nd}_]*)/uy;
const nameInBraces = /(?:\d+|[\p{L}_][\p{L}\p{Nd}_]*)/uy;
const ruleInBraces = /(?:}|:?[-+?]|##?|%%?|\/\/?)/y;

/** The text of all pieces. */
export function plainText(pieces: PiecedText): string {
  return pieces.map(({ text }) => text).join('');
}

/** Takes the quotes out of a text of a Dockerfile and puts the values of its variables in, by the rules of BuildKit. */
export function expandVariables(text: string, options: VariableOptions): PiecedText {
  const { values, escapeChar, where, onUnset = () => {}, budget = fullBudget() } = options;
  // Most texts are plain, and a large set has tens of thousands of them.
  if (!special.test(text)) return text === '' ? [] : [{ text, source: options.source ?? '' }];
  let at = 0;
  let depth = 0;

  const fault = (why: string, next = 'write it as $NAME, or between braces with a rule of the shell'): ConfigError =>
    new ConfigError({
      code: 'dockerfile-variable-invalid',
      what: `${JSON.stringify(text.slice(0, maxShown))}: ${why}`,
      where,
      state: 'nothing was built',
      next,
    });

  const spend = (steps: number): void => {
    budget.left -= steps;
    if (budget.left >= 0) return;
    throw fault(`the variables up to here take more than ${maxSteps} steps to read`, 'make their values shorter');
  };

  /** Up to the stop, which is taken too. `raw` leaves escapes as they are: a pattern reads them itself. */
  const read = (stop: string, raw: boolean, source: string): PiecedText => {
    depth += 1;
    if (depth > maxDepth) throw fault(`variables stand in each other more than ${maxDepth} deep`, 'nest them less');
    const pieces: Piece[] = [];
    let plain = '';
    const literal = (char: string): void => {
      plain += char;
    };
    const endLiteral = (): void => {
      if (plain !== '') pieces.push({ text: plain, source });
      plain = '';
    };
    let quote = '';
    while (at < text.length) {
      plain += take(ordinary);
      if (at === text.length) break;
      const char = text.charAt(at);
      if (quote === '' && char === stop) {
        at += 1;
        depth -= 1;
        endLiteral();
        return pieces;
      }
      if (char === '$' && quote !== "'") {
        at += 1;
        endLiteral();
        for (const piece of variable()) {
          spend(1 + piece.text.length);
          pieces.push(piece);
        }
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
    depth -= 1;
    endLiteral();
    return pieces;
  };

  const take = (pattern: RegExp): string => {
    pattern.lastIndex = at;
    const found = pattern.exec(text)?.[0] ?? '';
    at += found.length;
    return found;
  };

  const lookUp = (name: string): PiecedText | undefined => {
    const value = values.get(name);
    if (value === undefined) onUnset(name);
    else spend(value.length);
    return value;
  };

  const variable = (): PiecedText => {
    if (text.charAt(at) !== '{') {
      const name = take(plainName);
      return name === '' ? [{ text: '$', source: options.source ?? '' }] : orEmpty(lookUp(name), name);
    }
    at += 1;
    const name = take(nameInBraces);
    if (name === '') throw fault('a variable between braces has no name');
    const rule = take(ruleInBraces);
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
    spend(value?.length ?? 0);
    const plain = plainText(value ?? []);
    // With the colon an empty value counts as none.
    const isSet = value !== undefined && (plain !== '' || !rule.startsWith(':'));
    if (rule.endsWith('-')) return isSet ? value : word;
    if (rule.endsWith('+')) return isSet ? word : [];
    if (rule.endsWith('?')) {
      if (isSet) return value;
      throw fault(plainText(word).slice(0, maxShown) || `${name} has no value`, `give ${name} a value in build-args`);
    }
    const pattern = plainText(word);
    const isLongest = rule.length > 1;
    spend(patternSteps(plain, pattern, rule.startsWith('/')));
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
