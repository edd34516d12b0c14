const mostChoices = 128;

/**
 * A text as addresses, forms, JSON and HTML hold it. Writers differ in which signs they escape, and in how, so each sign may
 * stand in any of its forms. In no pattern can one place of a text be read in two ways for long, so none of them is slow.
 */
export function escapedForms(text: string): readonly RegExp[] {
  const signs = Array.from(text);
  // The parts of a surrogate pair are escaped each for itself.
  return [patternOf(signs, inAddress), patternOf(text.split(''), inJson, 'g'), patternOf(signs, inHtml)];
}

function patternOf(signs: readonly string[], formsOf: (sign: string) => readonly string[], flags = 'gu'): RegExp {
  // Only malice escapes letters and digits. Tokens are of little else, and a pattern of thousands of choices is slow to make.
  const isLong = signs.length > mostChoices;
  const part = (sign: string): string => (isLong && /[A-Za-z0-9]/.test(sign) ? sign : `(?:${formsOf(sign).join('|')})`);
  return new RegExp(signs.map(part).join(''), flags);
}

function inAddress(sign: string): readonly string[] {
  const bytes = Array.from(new TextEncoder().encode(sign), (byte) => `%${anyCase(hex(byte, 2))}`).join('');
  return [literal(sign), bytes, ...(sign === ' ' ? ['\\+'] : [])];
}

const short: Readonly<Record<string, string>> = {
  '"': '\\\\"',
  '\\': '\\\\\\\\',
  '/': '\\\\/',
  '\b': '\\\\b',
  '\f': '\\\\f',
  '\n': '\\\\n',
  '\r': '\\\\r',
  '\t': '\\\\t',
};

function inJson(unit: string): readonly string[] {
  const code = hex(unit.charCodeAt(0), 4);
  const escapes = [`\\\\u${anyCase(code)}`, ...(short[unit] === undefined ? [] : [short[unit]])];
  // A backslash is never as it is in JSON; to read one in two ways would take exponentially long.
  return unit === '\\' ? escapes : [`\\u${code}`, ...escapes];
}

const named: Readonly<Record<string, string>> = { '&': 'amp', '<': 'lt', '>': 'gt', '"': 'quot', "'": 'apos' };

function inHtml(sign: string): readonly string[] {
  const code = sign.codePointAt(0) ?? 0;
  const escapes = [`&#0*${code};`, `&#[xX]0*${anyCase(hex(code, 1))};`];
  const name = named[sign];
  return [...(sign === '&' ? [] : [literal(sign)]), ...escapes, ...(name === undefined ? [] : [`&${name};`])];
}

function literal(sign: string): string {
  return `\\u{${hex(sign.codePointAt(0) ?? 0, 1)}}`;
}

function hex(code: number, digits: number): string {
  return code.toString(16).padStart(digits, '0');
}

/** A pattern of digits in either case. */
function anyCase(digits: string): string {
  return digits.replace(/[a-f]/g, (digit) => `[${digit}${digit.toUpperCase()}]`);
}
