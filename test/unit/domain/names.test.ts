import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { placeText } from '../../../src/domain/errors.ts';
import { nearestName } from '../../../src/domain/nearest-name.ts';
import { containedPath, joinPath } from '../../../src/domain/path.ts';

describe('the nearest name', () => {
  const known = ['context', 'dockerfile', 'target', 'platforms'];

  it.each([
    ['contxt', 'context'],
    ['Dockerfile', 'dockerfile'],
    ['dokcerfile', 'dockerfile'],
    ['platform', 'platforms'],
    ['tgt', undefined],
    ['zzzz', undefined],
    ['', undefined],
  ])('to %p is %p', (name, expected) => {
    expect(nearestName(name, known)).toBe(expected);
  });

  it('to a known name is that name', () => {
    fc.assert(fc.property(fc.constantFrom(...known), (name) => nearestName(name, known) === name));
  });

  it('is nobody where nothing is known', () => {
    expect(nearestName('x', [])).toBeUndefined();
  });
});

describe('a path of the repository', () => {
  it.each([
    ['app', 'app'],
    ['./app/', 'app'],
    ['a/../b', 'b'],
    ['a//b/./c', 'a/b/c'],
    ['a\\b', 'a/b'],
    ['.', '.'],
    ['', '.'],
    ['a/..', '.'],
  ])('written %p is %p', (path, expected) => {
    expect(containedPath(path, 'the context', 'test')).toBe(expected);
  });

  it.each([['..'], ['../x'], ['a/../../x'], ['/etc'], ['C:/x'], ['..\\x'], ['./../x']])('is not %p', (path) => {
    expect(() => containedPath(path, 'the context', 'test')).toThrow(expect.objectContaining({ code: 'path-outside' }));
  });

  it('never leads out, whatever was written', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('a', '.', '/', '\\') }), (path) => {
        let contained: string;
        try {
          contained = containedPath(path, 'x', 'test');
        } catch {
          return;
        }
        expect(contained.split('/')).not.toContain('..');
        expect(contained.startsWith('/')).toBe(false);
        expect(containedPath(contained, 'x', 'test')).toBe(contained);
      }),
    );
  });

  it('is put together without empty parts', () => {
    expect([joinPath('a', '.', 'b'), joinPath('.', ''), joinPath('/r', 'x')]).toEqual(['a/b', '.', '/r/x']);
  });
});

describe('a place', () => {
  it.each([
    ['the registry', 'the registry'],
    [{ file: 'a' }, 'a'],
    [{ file: 'a', line: 3 }, 'a:3'],
    [{ file: 'a', line: 3, column: 7 }, 'a:3:7'],
    [{ file: 'a', column: 7 }, 'a'],
  ])('%p reads %p', (place, expected) => {
    expect(placeText(place)).toBe(expected);
  });
});
