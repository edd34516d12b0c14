import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { addSecretInputs } from '../../../../src/adapters/runner/runner-secrets.ts';
import { buildTest } from '../../../../src/formats/actions/build-test.ts';
import { readSecretLines } from '../../../../src/formats/actions/secret-lines.ts';

const pairs = (text: string) => readSecretLines(text).map(({ id, value }) => [id, value]);

describe('the input of secrets', () => {
  it.each<[string, string[][]]>([
    ['', []],
    ['A=1', [['A', '1']]],
    [
      '  A=1  \r\n\n B = x=y \n',
      [
        ['A', '1'],
        ['B', ' x=y'],
      ],
    ],
    ['A={"k": "v"}', [['A', '{"k": "v"}']]],
    [
      '"A=one\ntwo"\nB=2',
      [
        ['A', 'one\ntwo'],
        ['B', '2'],
      ],
    ],
    ['"A=say ""hi"""', [['A', 'say "hi"']]],
    ['"A=never closed\nB=2', [['A', 'never closed\nB=2']]],
    [
      '"A=1" rest',
      [
        ['A', '1'],
        ['', 'rest'],
      ],
    ],
    ['A=', [['A', '']]],
    ['no sign', [['', 'no sign']]],
  ])('reads %j', (text, expected) => {
    expect(pairs(text)).toEqual(expected);
  });

  it('loses nothing of what it is given: a part that nobody reads would be covered by nobody', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('A', '=', '"', '\n', ' ', 'x') }), (text) => {
        const kept = readSecretLines(text)
          .map(({ id, value }) => id + value)
          .join('');
        const letters = (all: string) => all.replace(/[^Ax]/g, '');
        expect(letters(kept)).toBe(letters(text));
      }),
    );
  });

  it('covers each value before anything is said, also of entries that are wrong', () => {
    const covered: string[] = [];
    const secrets = { add: (text: string) => void covered.push(text) };
    addSecretInputs(secrets, { INPUT_SECRETS: 'A=first\n"B=two\nlines"\nbare-value\nodd id=third' });
    expect(covered).toEqual(['first', 'two\nlines', 'bare-value', 'third']);
  });

  it.each([
    ['secrets', 'bare-value', 'entry 1 is not ID=value'],
    ['secrets', 'A=x\nodd id=third', 'entry 2 is not ID=value'],
    ['secrets', 'A=x\nA=third', 'entry 2 has the id of one before it'],
    ['secret-files', 'A', 'entry 1 is not ID=path'],
    ['secret-envs', '=B', 'entry 1 is not ID=VARIABLE'],
  ])('is refused without a word of it: %s %j', (name, text, words) => {
    const { error } = buildTest.inputs.safeParse({ [name]: text });
    expect(error?.issues.map(({ message }) => message)).toEqual([words]);
  });
});
