import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { root } from '../../script/commands/project.ts';

/** A text of the checkout. */
export const readHere = (file: string): string => readFileSync(path.join(root, file), 'utf8');

// What tools leave behind is no part of the checkout.
const foreign = new Set(['node_modules', 'dist', 'build', '.git', '.lab', '.cache', '.slipway']);

/** The files below a folder whose names end so, relative to the checkout. */
export function filesBelow(folder: string, end: string): string[] {
  return readdirSync(path.join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const file = path.join(folder, entry.name);
    if (entry.isDirectory()) return foreign.has(entry.name) ? [] : filesBelow(file, end);
    return entry.name.endsWith(end) ? [file] : [];
  });
}

/** A block between fences. */
export interface Block {
  readonly language: string;
  readonly text: string;
}

/** The blocks between fences of a page; what is indented in a list loses its margin. */
export function blocksOf(page: string): readonly Block[] {
  return [...page.matchAll(/^( *)```([\w-]*)\n(.*?)^ *```$/gms)].map(([, margin = '', language = '', text = '']) => ({
    language,
    text: text.replaceAll(new RegExp(`^${margin}`, 'gm'), ''),
  }));
}

/** What a page shows as typed: lines of blocks without a language or for a shell, and spans of code. */
export function commandsOf(page: string): readonly string[] {
  const lines = blocksOf(page)
    .filter(({ language }) => ['', 'sh', 'bash', 'console'].includes(language))
    .flatMap(({ text }) => text.replaceAll(/\\\n\s*/g, ' ').split('\n'));
  const spans = page.replaceAll(/^ *```.*?^ *```$/gms, '').matchAll(/`([^`\n]+)`/g);
  return [...lines, ...[...spans].map(([, span = '']) => span)];
}

/** The words of a line as a shell would find them, as far as pages need that. */
export function wordsOf(line: string): readonly string[] {
  const words = line.matchAll(/(?:'[^']*'|"[^"]*"|[^\s'"])+/g);
  return [...words].map(([word]) => word.replaceAll(/'([^']*)'|"([^"]*)"/g, '$1$2'));
}
