/** A part of a pattern as builders know it: https://docs.docker.com/build/concepts/context/#syntax */
export type GlobPart =
  | { readonly kind: 'text'; readonly character: string }
  /** `?`, one character of a name. */
  | { readonly kind: 'one' }
  /** `*`, any part of a name. */
  | { readonly kind: 'some' }
  /** A double star before something: any number of folders, also none. */
  | { readonly kind: 'folders' }
  /** A double star at the end: everything. */
  | { readonly kind: 'all' }
  | { readonly kind: 'class'; readonly isNegated: boolean; readonly ranges: readonly (readonly [string, string])[] };

/** Reads a pattern; `undefined` if it is none. */
export function parseGlob(pattern: string): readonly GlobPart[] | undefined {
  const characters = [...pattern];
  const parts: GlobPart[] = [];
  for (let at = 0; at < characters.length; ) {
    const character = characters[at] ?? '';
    if (character === '*' && characters[at + 1] === '*') {
      at += characters[at + 2] === '/' ? 3 : 2;
      const kind = at >= characters.length ? 'all' : 'folders';
      // Any number of folders and then any number of folders is any number of folders.
      if (kind === 'all' || parts.at(-1)?.kind !== 'folders') parts.push({ kind });
    } else if (character === '[') {
      const read = parseClass(characters, at + 1);
      if (read === undefined) return undefined;
      parts.push(read.part);
      at = read.next;
    } else {
      const isEscape = character === '\\' && at + 1 < characters.length;
      const kind = character === '*' ? 'some' : character === '?' ? 'one' : 'text';
      parts.push(kind === 'text' ? { kind, character: isEscape ? (characters[at + 1] ?? '') : character } : { kind });
      at += isEscape ? 2 : 1;
    }
  }
  return parts;
}

function parseClass(
  characters: readonly string[],
  start: number,
): { readonly part: GlobPart; readonly next: number } | undefined {
  const isNegated = characters[start] === '^';
  const ranges: [string, string][] = [];
  let at = isNegated ? start + 1 : start;
  const take = (): string | undefined => {
    if (characters[at] === '\\') at += 1;
    at += 1;
    return characters[at - 1];
  };
  // A bracket that stands first is one of the characters.
  for (let isFirst = true; isFirst || characters[at] !== ']'; isFirst = false) {
    const from = take();
    const isRange = characters[at] === '-' && characters[at + 1] !== ']';
    if (isRange) at += 1;
    const to = isRange ? take() : from;
    if (from === undefined || to === undefined || from > to) return undefined;
    ranges.push([from, to]);
  }
  return { part: { kind: 'class', isNegated, ranges }, next: at + 1 };
}

/**
 * Tells whether a path matches. All places of the pattern at which the path may stand are followed at once,
 * so the time grows with the lengths of both and with nothing else.
 */
export function globMatches(parts: readonly GlobPart[], path: string): boolean {
  // Places 2n stand before part n; 2n + 1 is inside of `folders`, which ends only after a slash.
  let places = new Set<number>();
  const enter = (into: Set<number>, start: number): void => {
    // What follows a place that is known is known as well.
    for (let index = start; !into.has(index * 2); index += 1) {
      into.add(index * 2);
      const kind = parts[index]?.kind;
      if (kind !== 'some' && kind !== 'folders' && kind !== 'all') return;
    }
  };
  enter(places, 0);
  for (const character of path) {
    const next = new Set<number>();
    for (const place of places) {
      const index = place >> 1;
      const part = parts[index];
      if (part === undefined) continue;
      if (part.kind === 'folders') {
        next.add(index * 2 + 1);
        if (character === '/') enter(next, index + 1);
      } else if (part.kind === 'all' || (part.kind === 'some' && character !== '/')) enter(next, index);
      else if (part.kind !== 'some' && isOne(part, character)) enter(next, index + 1);
    }
    if (next.size === 0) return false;
    places = next;
  }
  return places.has(parts.length * 2);
}

function isOne(part: GlobPart, character: string): boolean {
  if (part.kind === 'text') return part.character === character;
  if (part.kind === 'class') {
    return part.ranges.some(([from, to]) => from <= character && character <= to) !== part.isNegated;
  }
  return part.kind === 'one' && character !== '/';
}
