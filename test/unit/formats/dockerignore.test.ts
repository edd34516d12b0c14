import { describe, expect, it } from '@jest/globals';
import { contextFilter } from '../../../src/formats/dockerignore.ts';

describe('a build sees', () => {
  it('everything where no file says otherwise', () => {
    expect(contextFilter(undefined)('.git/config')).toBe(true);
  });

  it.each([
    ['node_modules', 'node_modules', false],
    ['node_modules', 'node_modules/a/b', false],
    ['node_modules', 'src/node_modules', true],
    ['**/node_modules', 'src/node_modules/a', false],
    ['*.md', 'README.md', false],
    ['*.md', 'docs/README.md', true],
    ['*\n!src', 'src/main.c', true],
    ['*\n!src', 'other', false],
    ['docs\n!docs/keep.md', 'docs/keep.md', true],
    ['docs\n!docs/keep.md', 'docs/drop.md', false],
    ['!a\na', 'a', false],
    ['# a\n\na', '# a', true],
    ['/a', 'a', false],
    ['a/', 'a', false],
    ['\uFEFFa', 'a', false],
    ['a\r\nb\r\n', 'b', false],
    ['A', 'a', true],
    ['?.txt', 'a.txt', false],
    ['?.txt', 'ab.txt', true],
    ['?', '/', true],
    ['a/../b', 'b', false],
    ['./a', 'a', false],
    ['! a \n', 'a', true],
    [' a ', 'a', false],
    ['a/**', 'a', true],
    ['a/**', 'a/b/c', false],
    ['a/**/z', 'a/z', false],
    ['a/**/z', 'a/b/c/z', false],
    ['a/**/z', 'a/b/cz', true],
    ['**', 'a/b', false],
    ['**/*.log', 'x.log', false],
    ['**/*.log', 'a/b/x.log', false],
    ['**/*.log', 'a/b/x.logs', true],
    ['a**b', 'a/x/b', false],
    ['a*', 'a/b', false],
    ['a*b', 'a/b', true],
    ['[a-c]x', 'bx', false],
    ['[a-c]x', 'dx', true],
    ['[^a-c]x', 'dx', false],
    ['[]]', ']', false],
    ['\\[a]', '[a]', false],
    ['\\*', '*', false],
    ['\\*', 'x', true],
    ['a.b', 'axb', true],
    ['a+(b)', 'a+(b)', false],
    ['*\n!a/b\na/b/c', 'a/b/d', true],
    ['*\n!a/b\na/b/c', 'a/b/c', false],
  ])('with %p the path %p: %s', (text, path, expected) => {
    expect(contextFilter(text)(path)).toBe(expected);
  });
});

describe('a .dockerignore', () => {
  it.each([
    ['a\n[\n', 2],
    ['[a', 1],
    ['[z-a]', 1],
    ['x\n\n[^', 3],
  ])('with the broken pattern in %j is refused with its line', (text, line) => {
    expect(() => contextFilter(text, 'app/.dockerignore')).toThrow(
      expect.objectContaining({ code: 'dockerignore-invalid', where: { file: 'app/.dockerignore', line } }),
    );
  });

  it('of stars is read in no time, however long the path is', () => {
    const isSeen = contextFilter(`${'*a'.repeat(200)}\n${'**/a/'.repeat(200)}`);
    expect(isSeen(`${'a'.repeat(400)}b`)).toBe(true);
    expect(isSeen(`${'a/'.repeat(400)}b`)).toBe(false);
  });
});
