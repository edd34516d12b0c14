import { inertText } from '../domain/inert-text.ts';

/** Text that shows as it is, wherever in a summary it stands: nothing in it is markup, a link or a mention. */
export function markdownText(text: string): string {
  return text
    .split(/\r\n|\r|\n/)
    .map((line) => inertText(line))
    .join(' ')
    .replace(/[\\`*_{}[\]()#+!|~$-]/g, '\\$&')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('@', '&#64;')
    .replace(/(https?|ftp|www)(?=[:.])/gi, '$1\u200b');
}

/** Text in a code span, of whatever it consists. */
export function markdownCode(text: string): string {
  return `\`${inertText(text.replace(/[\r\n]+/g, ' '))
    .replaceAll('`', "'")
    .replaceAll('|', '\\|')}\``;
}

/** A table; its cells are Markdown already. */
export function markdownTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}
