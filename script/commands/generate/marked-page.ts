import { ScriptError } from '../script.ts';

const start = (name: string): string => `<!-- script/generate: ${name} -->`;
const end = '<!-- end -->';

/** Parts of a page that are made, by name, in their order. */
export type Parts = Readonly<Record<string, string>>;

/** A part between its marks. */
export function marked(name: string, text: string): string {
  return `${start(name)}\n\n${text === '' ? '' : `${text}\n\n`}${end}`;
}

/** A page in which each part stands as it is now; what people wrote around it stays. */
export function withParts(page: string, parts: Parts, file: string): string {
  let result = page;
  for (const [name, text] of Object.entries(parts)) {
    const from = result.indexOf(start(name));
    const to = result.indexOf(end, from);
    if (from < 0 || to < 0) throw new ScriptError(`${file} has no part ${start(name)} … ${end}`);
    result = result.slice(0, from) + marked(name, text) + result.slice(to + end.length);
  }
  return result;
}

/** Whether somebody has written around the parts of a page. */
export function isMarked(page: string): boolean {
  return page.includes('<!-- script/generate: ');
}
