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

/** A command to be copied, outside of tables: every sign of it stays what it is. One with several lines is a block. */
export function markdownCommand(command: string): string {
  const lines = command.split('\n').map(inertText);
  const longest = Math.max(0, ...[...command.matchAll(/`+/g)].map(([run]) => run.length));
  const fence = '`'.repeat(Math.max(lines.length > 1 ? 3 : 1, longest + 1));
  if (lines.length > 1) return `\n\n${[fence, ...lines, fence].join('\n')}`;
  const pad = /^[` ]|[` ]$/.test(command) ? ' ' : '';
  return `${fence}${pad}${lines[0]}${pad}${fence}`;
}

/** A table; its cells are Markdown already. */
export function markdownTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}
