import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { expandVariables } from '../../../src/formats/variable-text.ts';

const values = new Map([
  ['A', 'alpine'],
  ['V', '3.20'],
  ['EMPTY', ''],
  ['SIGN', '$A'],
]);

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
    ['${EMPTY:+set}', ''],
    ['${EMPTY+set}', 'set'],
    ['${NONE+set}', ''],
    ['${NONE:-${A}:1}', 'alpine:1'],
    ['${NONE:-$V}', '3.20'],
    ['\\$A', '$A'],
    ['$SIGN', '$A'],
    ['a$', 'a$'],
    ['$1', '$1'],
    ['${}', '${}'],
    ['${A', '${A'],
  ])('%p gives %p', (text, expected) => {
    expect(expandVariables(text, values)).toBe(expected);
  });

  it('stays as it is where there is neither a sign nor a backslash', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        fc.pre(!/[$\\]/.test(text));
        expect(expandVariables(text, values)).toBe(text);
      }),
    );
  });
});
