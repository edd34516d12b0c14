type Token = { readonly kind: 'any' } | { readonly kind: 'one' } | { readonly kind: 'char'; readonly char: string };

/** How many characters at the start of a text a shell pattern (`*`, `?`) takes, `longest` or else the fewest; `undefined` for no match. */
export function matchedStart(text: string, pattern: string, longest: boolean): number | undefined {
  const ends = endsOf([...text], tokensOf(pattern));
  return longest ? ends.at(-1) : ends[0];
}

/** The same at the end of a text. */
export function matchedEnd(text: string, pattern: string, longest: boolean): number | undefined {
  const ends = endsOf([...text].reverse(), [...tokensOf(pattern)].reverse());
  return longest ? ends.at(-1) : ends[0];
}

/** Puts something else for what a pattern takes: once, or wherever it does. */
export function replaceMatches(text: string, pattern: string, other: string, everywhere: boolean): string {
  let result = '';
  for (let at = 0; at < text.length; ) {
    const taken = matchedStart(text.slice(at), pattern, true) ?? 0;
    if (taken === 0) {
      result += text.charAt(at);
      at += 1;
      continue;
    }
    result += other;
    at += taken;
    if (!everywhere) return result + text.slice(at);
  }
  return result;
}

function tokensOf(pattern: string): readonly Token[] {
  const parts = pattern.match(/\\.|./gs) ?? [];
  return parts.map((part): Token => {
    if (part === '*') return { kind: 'any' };
    if (part === '?') return { kind: 'one' };
    return { kind: 'char', char: part.length > 1 ? part.slice(1) : part };
  });
}

/** Every place at which a match that begins at the start may end, in order. A regular expression could take forever. */
function endsOf(text: readonly string[], tokens: readonly Token[]): readonly number[] {
  let ends = new Set([0]);
  for (const token of tokens) {
    const next = new Set<number>();
    if (token.kind === 'any') {
      for (let end = Math.min(...ends); end <= text.length; end += 1) next.add(end);
    } else {
      for (const end of ends) {
        if (end < text.length && (token.kind === 'one' || token.char === text[end])) next.add(end + 1);
      }
    }
    ends = next;
  }
  return [...ends].sort((a, b) => a - b);
}
