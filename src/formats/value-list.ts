import { ConfigError, type Place } from '../domain/errors.ts';
import { shownText } from '../domain/shown-text.ts';

const maxBytes = 64 * 1024;
const mostValues = 256;
const pattern = /^[A-Za-z0-9](?:[A-Za-z0-9._+-]*[A-Za-z0-9])?$/;

/** Reads a file with one value on each line; what stands after `#` is a comment. Every value becomes part of names, so it is plain. */
export function parseValueList(text: string, file: string): readonly string[] {
  if (text.length > maxBytes)
    throw invalid({ file, line: 1 }, `it has more than ${maxBytes} characters`, 'keep one value a line');
  const values: string[] = [];
  for (const [index, line] of text
    .replace(/^\uFEFF/, '')
    .split(/\r\n|\n/)
    .entries()) {
    const value = line.replace(/#.*$/, '').trim();
    if (value === '') continue;
    const where = { file, line: index + 1 };
    if (!pattern.test(value) || value.length > 100) {
      throw invalid(where, `${shownText(value)} is no value`, 'use letters, digits, ".", "_", "+" and "-"');
    }
    if (values.includes(value)) throw invalid(where, `${value} stands there twice`, 'take one of the two out');
    values.push(value);
    if (values.length > mostValues) throw invalid(where, `it has more than ${mostValues} values`, 'split the file');
  }
  if (values.length > 0) return values;
  throw invalid({ file, line: 1 }, 'it has no values', 'write one value on each line');
}

function invalid(where: Place, what: string, next: string): ConfigError {
  return new ConfigError({ code: 'values-invalid', what, where, state: 'nothing was built', next });
}
