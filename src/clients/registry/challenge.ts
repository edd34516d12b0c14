import { maxHeaderLength, quoted, token, unquote } from './header-text.ts';

/** One way in that a server offers. Scheme and parameter names are in lower case. */
export interface Challenge {
  readonly scheme: string;
  readonly parameters: ReadonlyMap<string, string>;
}

const space = /\s+/y;
const comma = /[\s]*,/y;
const parameter = new RegExp(`\\s*(${token})\\s*=\\s*(?:${quoted}|(${token}))`, 'y');
const word = /\s*([A-Za-z0-9._~+/!#$%&'*^`|-]+=*)/y;

/**
 * Reads WWW-Authenticate (RFC 9110, 11.6.1). Commas part challenges as well as their parameters: a word that stands first
 * or after a comma and has no value is a new scheme; another one is the token68 of its scheme, which no registry uses.
 */
export function parseChallenges(header: string): readonly Challenge[] {
  const text = header.slice(0, maxHeaderLength);
  const challenges: { scheme: string; parameters: Map<string, string> }[] = [];
  let at = 0;
  let begins = true;
  const take = (pattern: RegExp): RegExpExecArray | null => {
    pattern.lastIndex = at;
    const match = pattern.exec(text);
    if (match !== null) at = pattern.lastIndex;
    return match;
  };
  while (at < text.length) {
    // Every pattern would read a long blank again at each of its places.
    if (take(space) !== null) continue;
    if (take(comma) !== null) {
      begins = true;
      continue;
    }
    const pair = take(parameter);
    if (pair !== null) {
      const name = (pair[1] ?? '').toLowerCase();
      const parameters = challenges.at(-1)?.parameters;
      // The first one counts: what follows a name that is there already may be an attempt to override it.
      if (parameters?.has(name) === false) parameters.set(name, pair[3] ?? unquote(pair[2] ?? ''));
      begins = false;
      continue;
    }
    const single = take(word);
    if (single === null) at += 1;
    else if (begins) challenges.push({ scheme: (single[1] ?? '').toLowerCase(), parameters: new Map() });
    begins = false;
  }
  return challenges;
}
