import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { type PiecedText, plainText } from '../../../src/formats/pieced-text.ts';
import { expandVariables } from '../../../src/formats/variable-text.ts';

const values = new Map<string, PiecedText>(
  Object.entries({
    A: 'alpine',
    V: '3.20',
    EMPTY: '',
    SIGN: '$A',
    PATH: 'ghcr.io/acme/base',
    STAR: 'a*b*c',
  }).map(([name, text]) => [name, [{ text, source: name }]]),
);
const where = { file: 'Dockerfile', line: 3 };

function expand(text: string, escapeChar = '\\'): PiecedText {
  return expandVariables(text, { values, escapeChar, where });
}

describe('a text with variables', () => {
  it.each([
    ['$A:$V', 'alpine:3.20'],
    ['${A}:${V}-slim', 'alpine:3.20-slim'],
    ['$NONE/x', '/x'],
    ['${NONE:-debian}', 'debian'],
    ['${EMPTY:-debian}', 'debian'],
    ['${EMPTY-debian}', ''],
    ['${NONE-debian}', 'debian'],
    ['${A:-debian}', 'alpine'],
    ['${A:+set}', 'set'],
    ['${A+set}', 'set'],
    ['${EMPTY:+set}', ''],
    ['${EMPTY+set}', 'set'],
    ['${NONE+set}', ''],
    ['${NONE:+set}', ''],
    ['${A:?must be given}', 'alpine'],
    ['${EMPTY?must be given}', ''],
    ['${NONE:-${A}:1}', 'alpine:1'],
    ['${NONE:-$V}', '3.20'],
    ['${NONE:-${NONE:-${V}}}', '3.20'],
    ['${NONE:-"a}b"}', 'a}b'],
    ['\\$A', '$A'],
    ["'$A'", '$A'],
    ['"$A"', 'alpine'],
    ['"\\$A\\x"', '$A\\x'],
    ['a"b c"d', 'ab cd'],
    ['a\\', 'a'],
    ['$SIGN', '$A'],
    ['a$', 'a$'],
    ['$1', ''],
    ['$A.x', 'alpine.x'],
    ['$A_x', ''],
  ])('%p gives %p', (text, expected) => {
    expect(plainText(expand(text))).toBe(expected);
  });

  it.each([
    ['${PATH#*/}', 'acme/base'],
    ['${PATH##*/}', 'base'],
    ['${PATH%/*}', 'ghcr.io/acme'],
    ['${PATH%%/*}', 'ghcr.io'],
    ['${V%.*}', '3'],
    ['${V#3.}', '20'],
    ['${V#x}', '3.20'],
    ['${V%??}', '3.'],
    ['${NONE#x}', ''],
    ['${STAR#a\\*}', 'b*c'],
    ['${PATH/acme/other}', 'ghcr.io/other/base'],
    ['${STAR//\\*/-}', 'a-b-c'],
    ['${STAR/\\*/-}', 'a-b*c'],
    ['${PATH//\\//.}', 'ghcr.io.acme.base'],
  ])('%p, a pattern, gives %p', (text, expected) => {
    expect(plainText(expand(text))).toBe(expected);
  });

  it('knows the other escape, and then the usual one is a letter', () => {
    expect(plainText(expand('`$A \\$A', '`'))).toBe('$A \\alpine');
  });

  it('remembers what was written where, also where nothing stands', () => {
    expect(expand('$EMPTY$A').map(({ text, source }) => [source, text])).toEqual([
      ['EMPTY', ''],
      ['A', 'alpine'],
    ]);
    expect(expand('${PATH%%/*}')[0]).toEqual({ source: 'PATH', text: 'ghcr.io' });
  });

  it('takes no long time over a pattern of many stars', () => {
    const long = new Map([['X', [{ text: 'a'.repeat(3000), source: 'X' }]]]);
    const text = `\${X#${'*a'.repeat(200)}b}`;
    expect(plainText(expandVariables(text, { values: long, escapeChar: '\\', where }))).toHaveLength(3000);
  });

  it.each([
    ['${A', '"}" is missing'],
    ['${}', 'has no name'],
    ['${A:}', 'nobody knows'],
    ['${A!x}', 'nobody knows'],
    ['${A:-"x}', 'is not closed'],
    ['"$A', 'is not closed'],
    ['${NONE:?say which}', 'say which'],
    ['${NONE?}', 'NONE has no value'],
    ['${EMPTY:?}', 'EMPTY has no value'],
  ])('%p is refused: %p', (text, why) => {
    expect(() => expand(text)).toThrow(
      expect.objectContaining({ code: 'dockerfile-variable-invalid', where, what: expect.stringContaining(why) }),
    );
  });

  it('names the variables that have no value, those with another word apart', () => {
    const unset: string[] = [];
    const onUnset = (name: string) => void unset.push(name);
    expandVariables('$NONE/${OTHER:-x}/$A/${THIRD}', { values, escapeChar: '\\', where, onUnset });
    expect(unset).toEqual(['NONE', 'THIRD']);
  });

  it('stays as it is where there is no sign of a variable, a quote or an escape', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        fc.pre(!/[$\\'"]/.test(text));
        expect(plainText(expand(text))).toBe(text);
      }),
    );
  });
});
