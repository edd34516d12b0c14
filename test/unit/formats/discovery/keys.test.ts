import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { KeyField } from '../../../../src/domain/schemas.ts';
import { findFolders, folderKeys } from '../../../../src/formats/discovery/folders.ts';
import { keyOf, keysOf } from '../../../../src/formats/discovery/keys.ts';

describe('a key that is made of a name', () => {
  it.each([
    ['app', 'app'],
    ['My App', 'my-app'],
    ['base_image', 'base_image'],
    ['a__b', 'a__b'],
    ['a___b', 'a-b'],
    ['a._b', 'a-b'],
    ['-a-', 'a'],
    ['Ünï', 'n'],
    ['cpu-py3.10', 'cpu-py3.10'],
  ])('is for %s the key %s', (name, key) => {
    expect(keyOf(name, 'there')).toBe(key);
  });

  it.each([[''], ['...'], ['日本'], ['x'.repeat(49)]])('cannot be made of %p', (name) => {
    expect(() => keyOf(name, 'there')).toThrow(expect.objectContaining({ code: 'key-invalid', where: 'there' }));
  });

  it('is always a key, or refused', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 40 }), (name) => {
        let key: string;
        try {
          key = keyOf(name, 'there');
        } catch {
          return;
        }
        expect(KeyField.safeParse(key).success).toBe(true);
        expect(keyOf(key, 'there')).toBe(key);
      }),
    );
  });

  it('is that of one name alone', () => {
    expect(() => keysOf(['App', 'app'], (name) => `${name} in docker-bake.hcl`)).toThrow(
      expect.objectContaining({
        code: 'key-twice',
        what: 'two images would have the key app: App in docker-bake.hcl and app in docker-bake.hcl',
      }),
    );
  });
});

describe('the key of an image folder', () => {
  it.each([
    [
      ['base', 'clock'],
      ['base', 'clock'],
    ],
    [
      ['images/base', 'images/clock'],
      ['base', 'clock'],
    ],
    [
      ['a/b/c/one', 'a/b/two'],
      ['c-one', 'two'],
    ],
    [['services/app'], ['app']],
    [
      ['a', 'a/gpu'],
      ['a', 'a-gpu'],
    ],
    [
      ['x/a', 'x/a/gpu'],
      ['a', 'a-gpu'],
    ],
    [
      ['image', 'image2'],
      ['image', 'image2'],
    ],
    [['Base_Image'], ['base_image']],
  ])('is for %j its path below what holds them all', (folders, keys) => {
    expect([...folderKeys(folders)]).toEqual(folders.map((folder, index) => [folder, keys[index]]));
  });

  it.each([[['a/b', 'a-b']], [['x/a/b', 'x/a-b', 'x/c']], [['x/App', 'x/app']]])(
    'is an error where two of %j are equal',
    (folders) => {
      expect(() => folderKeys(folders)).toThrow(expect.objectContaining({ code: 'key-twice' }));
    },
  );

  it('is not changed by a Dockerfile in the root, which has the name of the repository', () => {
    const finding = findFolders(['Dockerfile', 'images/a/Dockerfile', 'images/b/Dockerfile'], 'Tools');
    expect(finding?.how).toBe('folders');
    expect(Object.entries(finding?.images ?? {}).map(([key, { context }]) => [key, context])).toEqual([
      ['tools', '.'],
      ['a', 'images/a'],
      ['b', 'images/b'],
    ]);
    expect(finding?.found).toEqual([
      '2 Dockerfiles in folders below images: a, b',
      'Dockerfile: the image tools, by the name of the repository, as the root is an image of its own',
    ]);
  });

  it('must not be that of the root', () => {
    expect(() => findFolders(['Dockerfile', 'app/Dockerfile'], 'app')).toThrow(
      expect.objectContaining({ code: 'key-twice', where: 'app/Dockerfile' }),
    );
  });
});
