import { describe, expect, it } from '@jest/globals';
import { parseGitPath, parseRawDiff } from '../../../src/formats/git-diff.ts';

const ids = `${'a'.repeat(40)} ${'b'.repeat(40)}`;

describe('a line of a raw diff', () => {
  it.each<[string, string, string, boolean]>([
    ['a change', `:100644 100644 ${ids} M\tsrc/a file`, 'src/a file', false],
    ['a change of the mode', `:100644 100755 ${ids} M\trun`, 'run', false],
    ['a deletion', `:100644 000000 ${ids} D\tgone`, 'gone', false],
    ['a link that was a file', `:100644 120000 ${ids} T\tlink`, 'link', false],
    ['a submodule that moved', `:160000 160000 ${ids} M\tlib`, 'lib', true],
    ['a submodule that is new', `:000000 160000 ${ids} A\tlib`, 'lib', true],
    ['a submodule that is gone', `:160000 000000 ${ids} D\tlib`, 'lib', true],
    ['a path in quotes', `:100644 100644 ${ids} M\t"a\\tb"`, 'a\tb', false],
  ])('tells of %s', (_, line, path, isSubmodule) => {
    expect(parseRawDiff(line)).toEqual({ path, isSubmodule });
  });

  it.each(['', 'warning: something', `:100644 100644 ${ids} M`, 'a\tb'])('is not %j', (line) => {
    expect(parseRawDiff(line)).toBeUndefined();
  });
});

describe('a path of git', () => {
  it.each([
    ['plain/path', 'plain/path'],
    ['"', '"'],
    ['"line\\nend"', 'line\nend'],
    ['"a \\"quote\\" and \\\\ and \\a\\b\\v\\f\\r"', 'a "quote" and \\ and \x07\b\v\f\r'],
    ['"gr\\303\\274n \\360\\237\\232\\242"', 'grün 🚢'],
    ['"\\357\\273\\277mark"', '\ufeffmark'],
    ['"not \\377 text"', 'not \ufffd text'],
    ['"\\001\\177"', '\x01\x7f'],
  ])('%s is read', (text, path) => {
    expect(parseGitPath(text)).toBe(path);
  });
});
