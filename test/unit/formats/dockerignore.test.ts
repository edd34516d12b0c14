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
  ])('with %p the path %p: %s', (text, path, expected) => {
    expect(contextFilter(text)(path)).toBe(expected);
  });
});
