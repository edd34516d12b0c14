import { inertText } from '../../domain/inert-text.ts';

/** One of the runner's commands, as a line. */
export function commandLine(
  name: string,
  properties: Readonly<Record<string, string | number | undefined>>,
  text: string,
): string {
  const given = Object.entries(properties)
    .filter(([, value]) => value !== undefined && value !== '')
    .map(([key, value]) => `${key}=${escapeProperty(String(value))}`);
  return `::${name}${given.length === 0 ? '' : ` ${given.join(',')}`}::${escapeData(text)}\n`;
}

/**
 * A line in which the runner finds no command. `::name` counts at the start of a line, after any blanks; `##[name` counts
 * anywhere; and what starts a line, a .NET reader decides, to whom a lone carriage return is one.
 */
export function inertLine(line: string): string {
  return inertText(line)
    .replace(/##\[/g, '## [')
    .replace(/^(\s*):(?=:)/, '$1: ');
}

function escapeData(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}

function escapeProperty(text: string): string {
  return escapeData(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
}
