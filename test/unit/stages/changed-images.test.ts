import { describe, expect, it } from '@jest/globals';
import { contextFilter } from '../../../src/formats/dockerignore.ts';
import { changedImages, filesText, type ImageFiles } from '../../../src/stages/planning/changes.ts';

function image(context: string, changes: Partial<ImageFiles> & { readonly ignore?: string } = {}): ImageFiles {
  const { ignore, ...more } = changes;
  return {
    files: new Set([`${context}/Dockerfile`, `${context}/.dockerignore`, 'slipway.yml']),
    folders: [{ path: context, isSeen: contextFilter(ignore) }],
    isExtra: () => false,
    ...more,
  };
}

const images = new Map([
  ['app', image('app', { ignore: 'docs\n*.md\n!docs/keep' })],
  ['base', image('images/base', { isExtra: (path) => path === 'requirements.txt' })],
  ['root', image('.', { files: new Set(['build/Dockerfile', 'slipway.yml']), ignore: '*\n!src' })],
]);

function changed(...paths: readonly string[]): readonly string[] {
  return [
    ...changedImages(
      paths.map((path) => ({ path, below: [] })),
      images,
    ).keys(),
  ];
}

describe('an image changed', () => {
  it.each<[string, string, string[]]>([
    ['a file of its context', 'app/main.py', ['app']],
    ['a file deep in its context', 'images/base/a/b', ['base']],
    ['its Dockerfile, which no build has to see', 'build/Dockerfile', ['root']],
    ['its .dockerignore', 'app/.dockerignore', ['app']],
    ['the configuration', 'slipway.yml', ['app', 'base', 'root']],
    ['a file that its paths name', 'requirements.txt', ['base']],
    ['a file that an exception takes back', 'app/docs/keep', ['app']],
    ['a file of the context that is the repository', 'src/x', ['root']],
    ['its whole context, where that is a link or a submodule', 'images', ['base']],
    ['its context by name', 'app', ['app']],
  ])('with %s', (_, path, keys) => {
    expect(changed(path)).toEqual(keys);
  });

  it.each([
    ['what its .dockerignore hides', 'app/docs/index.html'],
    ['a pattern that hides by the end of a name', 'app/README.md'],
    ['a folder whose name begins like its context', 'application/x'],
    ['what belongs to nobody', 'README.md'],
    ['what git and we keep', 'images/base/.slipway/x'],
  ])('not with %s', (_, path) => {
    expect(changed(path)).toEqual([]);
  });

  it('with a submodule of which a build sees a file, though not its folder', () => {
    const hidden = new Map([['app', image('app', { ignore: 'lib\n!lib/src' })]]);
    const submodule = (below: readonly string[]) => changedImages([{ path: 'app/lib', below }], hidden);
    expect(submodule(['app/lib/docs/a']).size).toBe(0);
    expect(submodule(['app/lib/docs/a', 'app/lib/src/b']).get('app')).toEqual({ files: ['app/lib'], count: 1 });
  });

  it('with a folder that it knows under a name', () => {
    const named = image('app', { folders: [{ path: 'shared', isSeen: () => true }] });
    expect(changedImages([{ path: 'shared/x', below: [] }], new Map([['app', named]])).size).toBe(1);
  });

  it('by so many files that only the first are kept, sorted and once each', () => {
    const paths = Array.from({ length: 30 }, (_, index) => `app/${String(99 - index)}`);
    const found = changedImages(
      [...paths, 'app/99'].map((path) => ({ path, below: [] })),
      images,
    ).get('app');
    expect([found?.count, found?.files.length, found?.files[0]]).toEqual([30, 20, 'app/70']);
  });
});

describe('files in words', () => {
  it.each<[string[], number, string]>([
    [['a'], 1, 'a'],
    [['a', 'b', 'c'], 3, 'a, b, c'],
    [['a', 'b', 'c', 'd'], 9, 'a, b, c and 6 more'],
    [['a b', 'c\nd', 'e'], 3, '"a b", "c\\u{a}d", e'],
  ])('%j of %i', (files, count, text) => {
    expect(filesText({ files, count })).toBe(text);
  });
});
