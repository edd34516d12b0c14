import { ConfigError, type Place } from '../domain/errors.ts';
import { cut, orEmpty, type Piece, type PiecedText, plainText } from './pieced-text.ts';
import { matchedEnd, matchedStart, replaceMatches } from './shell-pattern.ts';
import { type Budget, fullBudget, maxSteps, patternSteps } from './variable-budget.ts';

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

/** Takes the quotes out of a text of a Dockerfile and puts the values of its variables in, by the rules of BuildKit. */
export function expandVariables(text: string, options: VariableOptions): PiecedText {
  // Most texts are plain, and a large set has tens of thousands of them.
  if (!special.test(text)) return text === '' ? [] : [{ text, source: options.source ?? '' }];
  return new VariableReader(text, options).read('', false, options.source ?? '');
}

/** Reads one text from its beginning to its end. */
class VariableReader {
  readonly #text: string;
  readonly #options: VariableOptions;
  readonly #budget: Budget;
  #at = 0;
  #depth = 0;

  constructor(text: string, options: VariableOptions) {
    this.#text = text;
    this.#options = options;
    this.#budget = options.budget ?? fullBudget();
  }

  /** Up to the stop, which is taken too. `isRaw` leaves escapes as they are: a pattern reads them itself. */
  read(stop: string, isRaw: boolean, source: string): PiecedText {
    this.#depth += 1;
    if (this.#depth > maxDepth) {
      throw this.#fault(`variables stand in each other more than ${maxDepth} deep`, 'nest them less');
    }
    const text = this.#text;
    const pieces: Piece[] = [];
    let plain = '';
    let quote = '';
    while (this.#at < text.length) {
      plain += this.#take(ordinary);
      if (this.#at === text.length) break;
      const char = text.charAt(this.#at);
      const isEnd = quote === '' && char === stop;
      const isVariable = char === '$' && quote !== "'";
      this.#at += 1;
      if (isEnd || isVariable) {
        if (plain !== '') pieces.push({ text: plain, source });
        plain = '';
        if (isEnd) {
          this.#depth -= 1;
          return pieces;
        }
        for (const piece of this.#variable()) {
          this.#spend(1 + piece.text.length);
          pieces.push(piece);
        }
      } else if (quote === char) quote = '';
      else if (quote === '' && (char === '"' || char === "'")) quote = char;
      else if (char === this.#options.escapeChar && quote !== "'") plain += this.#escaped(char, quote, isRaw);
      else plain += char;
    }
    if (quote !== '') throw this.#fault(`a quote (${quote}) is not closed`, 'close it');
    if (stop !== '') throw this.#fault(`"${stop}" is missing`, `close it with ${stop}`);
    this.#depth -= 1;
    if (plain !== '') pieces.push({ text: plain, source });
    return pieces;
  }

  /** What an escape character and the one behind it mean. */
  #escaped(char: string, quote: string, isRaw: boolean): string {
    const next = this.#text.charAt(this.#at);
    if (quote === '"' && !['"', '$', char].includes(next)) return char;
    this.#at += next.length;
    return isRaw ? char + next : next;
  }

  #variable(): PiecedText {
    const text = this.#text;
    if (text.charAt(this.#at) !== '{') {
      const name = this.#take(plainName);
      return name === '' ? [{ text: '$', source: this.#options.source ?? '' }] : orEmpty(this.#lookUp(name), name);
    }
    this.#at += 1;
    const name = this.#take(nameInBraces);
    if (name === '') throw this.#fault('a variable between braces has no name');
    const rule = this.#take(ruleInBraces);
    if (rule === '}') return orEmpty(this.#lookUp(name), name);
    if (rule === '' && this.#at === text.length) throw this.#fault('"}" is missing', 'close it with }');
    if (rule === '') {
      throw this.#fault(`nobody knows what ${JSON.stringify(text.charAt(this.#at))} means behind \${${name}`);
    }
    return orEmpty(this.#changed(name, rule), name);
  }

  #changed(name: string, rule: string): PiecedText {
    const isPattern = /[#%/]/.test(rule);
    const word = this.read(rule.startsWith('/') ? '/' : '}', isPattern, name);
    const other = rule.startsWith('/') ? plainText(this.read('}', true, name)) : '';
    // A word that stands in for the value is asked for because there may be none.
    const value = isPattern || rule.endsWith('?') ? this.#lookUp(name) : this.#options.values.get(name);
    this.#spend(value?.length ?? 0);
    const plain = plainText(value ?? []);
    // With the colon an empty value counts as none.
    const isSet = value !== undefined && (plain !== '' || !rule.startsWith(':'));
    if (rule.endsWith('-')) return isSet ? value : word;
    if (rule.endsWith('+')) return isSet ? word : [];
    if (rule.endsWith('?')) {
      if (isSet) return value;
      const why = plainText(word).slice(0, maxShown) || `${name} has no value`;
      throw this.#fault(why, `give ${name} a value in build-args`);
    }
    const pattern = plainText(word);
    const isLongest = rule.length > 1;
    this.#spend(patternSteps(plain, pattern, rule.startsWith('/')));
    if (rule.startsWith('#')) return cut(value ?? [], matchedStart(plain, pattern, isLongest) ?? 0, plain.length);
    if (rule.startsWith('%')) {
      return cut(value ?? [], 0, plain.length - (matchedEnd(plain, pattern, isLongest) ?? 0));
    }
    return [{ text: replaceMatches(plain, pattern, other, isLongest), source: name }];
  }

  #lookUp(name: string): PiecedText | undefined {
    const value = this.#options.values.get(name);
    if (value === undefined) this.#options.onUnset?.(name);
    else this.#spend(value.length);
    return value;
  }

  #take(pattern: RegExp): string {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text)?.[0] ?? '';
    this.#at += found.length;
    return found;
  }

  #spend(steps: number): void {
    this.#budget.left -= steps;
    if (this.#budget.left >= 0) return;
    throw this.#fault(`the variables up to here take more than ${maxSteps} steps to read`, 'make their values shorter');
  }

  #fault(why: string, next = 'write it as $NAME, or between braces with a rule of the shell'): ConfigError {
    return new ConfigError({
      code: 'dockerfile-variable-invalid',
      what: `${JSON.stringify(this.#text.slice(0, maxShown))}: ${why}`,
      where: this.#options.where,
      state: 'nothing was built',
      next,
    });
  }
}
