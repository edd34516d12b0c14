/** Why a text is refused, and what its author does about it. */
export interface Fault {
  readonly why: string;
  readonly next: string;
}

/** Whatever has no shape of its own: controls, blanks but the space, marks that join others, fillers. */
const hidden = /[\p{C}\p{Z}\p{M}\p{DI}\u2800]/u;
const names = new Map([
  [' ', 'a space'],
  ['\t', 'a tab'],
  ['\n', 'a line end'],
  ['\r', 'a carriage return'],
  ['\0', 'NUL'],
]);
const maxLength = 300;

/** A text in quotes that shows each of its characters: what has no shape is written as `\u{200b}`, and a long end is left out. */
export function shownText(text: string): string {
  let shown = '';
  for (const character of text.slice(0, maxLength)) {
    if (character === '"' || character === '\\') shown += `\\${character}`;
    else shown += character !== ' ' && hidden.test(character) ? escaped(character) : character;
  }
  return `"${shown}${text.length > maxLength ? '…' : ''}"`;
}

/** The character that a text has at an index, and its place as a person counts: `"%" at character 10`. */
export function characterAt(text: string, index: number): string {
  const character = String.fromCodePoint(text.codePointAt(index) ?? 0);
  const name = names.get(character) ?? (character > '~' && !hidden.test(character) ? codeOf(character) : undefined);
  const sign = character !== ' ' && hidden.test(character) ? escaped(character) : `"${character}"`;
  return `${sign}${name === undefined ? '' : ` (${name})`} at character ${placeOf(text, index)}`;
}

/** `1 digit`, `2 digits`. */
export function counted(count: number, thing: string): string {
  return `${count} ${thing}${count === 1 ? '' : 's'}`;
}

function placeOf(text: string, index: number): number {
  let place = 1;
  // A pair of surrogates is one character to its reader.
  for (let at = 0; at < index; at += (text.codePointAt(at) ?? 0) > 0xffff ? 2 : 1) place += 1;
  return place;
}

function escaped(character: string): string {
  return `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`;
}

function codeOf(character: string): string {
  return `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`;
}
