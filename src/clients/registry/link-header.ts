import { maxHeaderLength, quoted, token, unquote } from './header-text.ts';

/** One link of a Link header: where to, and in which relations. */
export interface Link {
  readonly target: string;
  readonly relations: readonly string[];
}

const value = `(?:${quoted}|([^\\s",;]+))`;
const link = new RegExp(`[\\s,]*<([^>]*)>((?:\\s*;\\s*${token}(?:\\s*=\\s*${value})?)*)`, 'y');
const parameter = new RegExp(`;\\s*(${token})(?:\\s*=\\s*${value})?`, 'g');

/** Reads a Link header (RFC 8288) up to the first thing in it that is no link. */
export function parseLinks(header: string): readonly Link[] {
  const text = header.slice(0, maxHeaderLength);
  const links: Link[] = [];
  link.lastIndex = 0;
  for (let match = link.exec(text); match !== null; match = link.exec(text)) {
    links.push({ target: match[1] ?? '', relations: relationsOf(match[2] ?? '') });
  }
  return links;
}

/** The address of the next page, as it is written. */
export function nextPage(header: string | undefined): string | undefined {
  return parseLinks(header ?? '').find(({ relations }) => relations.includes('next'))?.target;
}

/** RFC 8288, 3.3: one link has one `rel`, others after it are ignored; it may list several relations. */
function relationsOf(parameters: string): readonly string[] {
  for (const [, name, inQuotes, bare] of parameters.matchAll(parameter)) {
    if (name?.toLowerCase() !== 'rel') continue;
    const text = bare ?? unquote(inQuotes ?? '');
    return text
      .toLowerCase()
      .split(/\s+/)
      .filter((relation) => relation !== '');
  }
  return [];
}
