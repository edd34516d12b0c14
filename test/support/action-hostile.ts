/** What a line begins with: blanks as .NET counts them, and what hides or starts a line. */
const leads = [
  '',
  ' ',
  '\t \t',
  '\u00a0',
  '\u3000',
  '\u2003\u1680',
  '\u0085',
  '\u2028',
  '\u000b\f',
  'progress 50 %\r',
  'all is well\r \t',
  '\u001b[2K\r\u001b[1A',
  '\r\r\n',
];

const names = [
  'set-output',
  'save-state',
  'set-env',
  'add-path',
  'add-mask',
  'add-matcher',
  'remove-matcher',
  'debug',
  'notice',
  'warning',
  'error',
  'group',
  'endgroup',
  'echo',
  'stop-commands',
];

const forms: readonly ((name: string) => string)[] = [
  (name) => `::${name}::sha256`,
  (name) => `::${name} name=digest,file=a%0Ab::sha256`,
  (name) => `::${name.toUpperCase()}::pause-logging`,
  (name) => `::${name}::`,
  (name) => `##[${name}]sha256`,
  (name) => `a line, and in it ##[${mixed(name)} name=digest]sha256`,
  (name) => `####[${name}]sha256`,
  (name) => `:::${name}::${'x'.repeat(40)}`,
];

/** Lines that would command a runner, in all the ways that its parsers know. */
export const hostileLines: readonly string[] = leads.flatMap((lead) =>
  names.flatMap((name) => forms.map((form) => `${lead}${form(name)}`)),
);

/** The same, a few of each kind. */
export function hostileSample(count: number): readonly string[] {
  // A step that has no divisor in common with the number of forms meets all of them.
  return Array.from({ length: count }, (_, index) => hostileLines[(index * 37) % hostileLines.length] ?? '');
}

function mixed(name: string): string {
  return [...name].map((letter, index) => (index % 2 === 0 ? letter.toUpperCase() : letter)).join('');
}
