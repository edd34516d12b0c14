import fc from 'fast-check';

/** What a target knows about its language. */
export interface Language {
  /** Valid texts, which are then damaged. */
  readonly seeds: readonly string[];
  /** The pieces that texts are made of, also those that do harm. */
  readonly words: readonly string[];
  /** Texts that are valid, or nearly. */
  readonly nearValid?: fc.Arbitrary<string>;
  /** How long the longest inputs are, by default 4 MiB. */
  readonly mostCharacters?: number;
}

const harm = [
  '',
  ' ',
  '\t',
  '\n',
  '\r\n',
  '\0',
  '\u001b[31m',
  '\u00ad',
  '\u200b',
  '\u202e',
  '\u2028',
  '\ufeff',
  '\ud800',
  '\udc80',
  '\udcff',
  'ü',
  'é',
  'K',
  'İ',
  'ſ',
  '５',
  '．',
  '／',
  '：',
  '。',
  '😀',
  '%',
  '%2f',
  '%00',
  '..',
  '../',
  '//',
  '\\',
  '"',
  "'",
  '`',
  '$',
  '${',
  '}',
  '<',
  '>',
  '(',
  ')',
  '[',
  ']',
  '{',
  '@',
  ':',
  ';',
  ',',
  '=',
  '#',
  '?',
  '&',
  '*',
  '**',
  '+',
  '-',
  '_',
  '__proto__',
  'constructor',
  'null',
  'true',
  '0',
  '-1',
  '1e999',
  '9007199254740993',
  'NaN',
]; // prettier-ignore

/** Texts for a parser: near to valid, damaged, soups of words, noise, long repeats, deep nests, and now and then a huge one. */
export function textInputs({
  seeds,
  words,
  nearValid,
  mostCharacters = 4 * 1024 * 1024,
}: Language): fc.Arbitrary<string> {
  const word = fc.oneof(fc.constantFrom(...words), fc.constantFrom(...harm));
  const soup = fc.array(word, { maxLength: 24 }).map((parts) => parts.join(''));
  const noise = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 60 }),
    fc.string({ unit: 'grapheme', maxLength: 60 }),
    fc.string({ unit: fc.integer({ min: 0, max: 0x9f }).map((code) => String.fromCharCode(code)), maxLength: 60 }),
  );
  const unit = fc.oneof(
    word,
    fc.tuple(word, word).map((two) => two.join('')),
  );
  const most = Math.min(mostCharacters, 20_000);
  return fc.oneof(
    { arbitrary: nearValid ?? soup, weight: 800 },
    { arbitrary: damaged(seeds, word), weight: 800 },
    { arbitrary: soup, weight: 300 },
    { arbitrary: noise, weight: 200 },
    { arbitrary: repeats(fc.constantFrom(...seeds), unit, fc.integer({ min: 2, max: most })), weight: 40 },
    { arbitrary: nests(unit, fc.integer({ min: 2, max: most / 2 })), weight: 20 },
    { arbitrary: repeats(fc.constantFrom(...seeds), unit, fc.constant(mostCharacters)), weight: 1 },
  );
}

/** Seeds with pieces taken out, put in, doubled or replaced. */
function damaged(seeds: readonly string[], word: fc.Arbitrary<string>): fc.Arbitrary<string> {
  const place = fc.double({ min: 0, max: 1, noNaN: true });
  const edit = fc.record({
    place,
    length: fc.nat({ max: 12 }),
    word,
    kind: fc.constantFrom('remove', 'insert', 'replace', 'double'),
  });
  return fc.tuple(fc.constantFrom(...seeds), fc.array(edit, { minLength: 1, maxLength: 4 })).map(([seed, edits]) =>
    edits.reduce((text, { place, length, word, kind }) => {
      const at = Math.floor(place * text.length);
      const rest = text.slice(at + (kind === 'insert' ? 0 : length));
      if (kind === 'double') return text.slice(0, at + length) + text.slice(at);
      return text.slice(0, at) + (kind === 'remove' ? '' : word) + rest;
    }, seed),
  );
}

/** One piece again and again, somewhere within a seed: what backtracking patterns are slow on. */
function repeats(
  seed: fc.Arbitrary<string>,
  unit: fc.Arbitrary<string>,
  length: fc.Arbitrary<number>,
): fc.Arbitrary<string> {
  return fc.tuple(seed, unit, length, fc.double({ min: 0, max: 1, noNaN: true })).map(([seed, unit, length, place]) => {
    const at = Math.floor(place * (seed.length + 1));
    const count = Math.ceil(Math.max(0, length - seed.length) / Math.max(1, unit.length));
    return seed.slice(0, at) + unit.repeat(count).slice(0, length) + seed.slice(at);
  });
}

function nests(unit: fc.Arbitrary<string>, depth: fc.Arbitrary<number>): fc.Arbitrary<string> {
  const pair = fc.constantFrom(
    ['[', ']'],
    ['{"a":', '}'],
    ['{a: ', '}'],
    ['(', ')'],
    ['${a:-', '}'],
    ['- ', ''],
    ['"', '"'],
  );
  return fc.tuple(pair, unit, depth).map(([[open = '', close = ''], unit, depth]) => {
    const count = Math.ceil(depth / open.length);
    return open.repeat(count) + unit + close.repeat(count);
  });
}
