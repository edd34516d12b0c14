import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { ImageFiles } from '../../../src/store/image-files.ts';
import type { LayerEntry } from '../../../src/store/layer-entries.ts';

type Written = string | (Partial<LayerEntry> & { readonly path: string });

/** An image of such layers; a text is a plain file, or with a slash at its end a folder. */
function filesOf(wanted: readonly string[], ...layers: readonly (readonly Written[])[]): ImageFiles {
  const files = new ImageFiles(wanted);
  for (const layer of layers) {
    for (const one of layer) {
      const plain =
        typeof one === 'string'
          ? { path: one.replace(/\/$/, ''), kind: one.endsWith('/') ? ('folder' as const) : ('file' as const) }
          : one;
      files.add({ kind: 'file', target: '', mode: 0o644, ...plain });
    }
    files.endLayer();
  }
  return files;
}

const link = (path: string, target: string): Written => ({ path, kind: 'link', target });
const setuid = (path: string): Written => ({ path, mode: 0o4755 });

describe('a file of an image', () => {
  it.each<[string, boolean, Written[][]]>([
    ['is there', true, [['a/b']]],
    ['is there as a folder', true, [['a/b/']]],
    ['is there as a folder without an entry of its own', true, [['a/b/c']]],
    ['is there as a link that leads nowhere', true, [[link('a/b', 'nowhere')]]],
    ['is not there', false, [['a/c']]],
    ['of a lower layer is there', true, [['a/b'], ['x']]],
    ['is gone by a whiteout', false, [['a/b'], ['a/.wh.b']]],
    ['is gone with its folder', false, [['a/b'], ['.wh.a']]],
    ['is gone by an opaque folder', false, [['a/b'], ['a/', 'a/.wh..wh..opq']]],
    ['is gone by an opaque root', false, [['a/b'], ['.wh..wh..opq']]],
    ['is there again', true, [['a/b'], ['a/.wh.b'], ['a/b']]],
    ['of the same layer survives the whiteout of what was below', true, [['a/b'], ['a/b', 'a/.wh.b']]],
    ['of the same layer survives an opaque folder that comes later', true, [['a/c'], ['a/b', 'a/.wh..wh..opq']]],
    ['is gone where its folder became a file', false, [['a/b'], ['a']]],
    ['is gone where its folder became a link', false, [['a/b'], [link('a', 'c')]]],
    ['is found behind a link', true, [[link('a', 'usr/x'), 'usr/x/b']]],
    ['is found behind an absolute link', true, [[link('a', '/usr/x'), 'usr/x/b']]],
    ['is found behind links in two layers', true, [['usr/x/b'], [link('a', 'lib'), link('lib', './usr/../usr/x')]]],
    ['is found behind a link that climbs above the root', true, [[link('a', '../../usr'), 'usr/b']]],
    ['is not found behind links in a circle', false, [[link('a', 'c'), link('c', 'a')]]],
    ['is gone where a link was replaced', false, [[link('a', 'usr'), 'usr/b'], ['a/']]],
    ['is not hidden by marks of an old driver', true, [['a/b'], ['.wh..wh.plnk', '.wh..wh.aufs']]],
  ])('%s: %p', (_, there, layers) => {
    expect(filesOf(['/a/b'], ...layers).has('/a/b')).toBe(there);
  });

  it('is not confused with one whose name begins alike', () => {
    const files = filesOf(['/ab', '/a'], ['ab', 'a/x'], ['.wh.a']);
    expect([files.has('/ab'), files.has('/a')]).toEqual([true, false]);
  });
});

describe('files with setuid', () => {
  it.each<[string, string[], Written[][]]>([
    ['are found', ['/bin/su'], [[setuid('bin/su'), 'bin/ls']]],
    ['are found by setgid too', ['/bin/wall'], [[{ path: 'bin/wall', mode: 0o2755 }]]],
    ['are no folders', [], [[{ path: 'var/mail', kind: 'folder', mode: 0o2775 }]]],
    ['are gone with a whiteout', [], [[setuid('bin/su')], ['bin/.wh.su']]],
    ['are none after a chmod in a later layer', [], [[setuid('bin/su')], ['bin/su']]],
    ['are found after a chmod in a later layer', ['/bin/x'], [['bin/x'], [setuid('bin/x')]]],
    [
      'are found by their other names',
      ['/bin/other', '/bin/su'],
      [[setuid('bin/su'), { path: 'bin/other', kind: 'hard-link', target: 'bin/su' }]],
    ],
    [
      'of a lower layer are found by their other names',
      ['/bin/other', '/bin/su'],
      [[setuid('bin/su')], [{ path: 'bin/other', kind: 'hard-link', target: '/bin/su' }]],
    ],
    ['written twice in a layer count as the last one', [], [[setuid('bin/su'), 'bin/su']]],
  ])('%s', (_, found, layers) => {
    expect(filesOf([], ...layers).setuid()).toEqual(found);
  });
});

it('an image of random layers has the files that a plain replay of them has', () => {
  const path = fc.array(fc.constantFrom('a', 'b', 'c'), { minLength: 1, maxLength: 3 }).map((parts) => parts.join('/'));
  const entry = fc.oneof(
    path.map((one) => ({ path: one, kind: 'folder' as const, mark: '' })),
    path.map((one) => ({ path: one, kind: 'file' as const, mark: '' })),
    path.map((one) => ({ path: one, kind: 'file' as const, mark: 'gone' })),
    path.map((one) => ({ path: one, kind: 'file' as const, mark: 'opaque' })),
  );
  const wanted = ['a', 'b', 'c'].flatMap((one) => [`/${one}`, ...['a', 'b', 'c'].map((two) => `/${one}/${two}`)]);
  fc.assert(
    fc.property(fc.array(fc.array(entry, { maxLength: 5 }), { maxLength: 4 }), (layers) => {
      const files = new ImageFiles(wanted);
      let tree = new Set<string>();
      for (const layer of layers) {
        const added = new Set<string>();
        const hidden: ((path: string) => boolean)[] = [];
        // In an honest layer nothing is both a file and a folder.
        const leaves = layer.filter(({ kind, mark }) => kind === 'file' && mark === '').map((one) => one.path);
        const honest = layer.filter(
          (one) =>
            !leaves.some(
              (leaf) =>
                one.path.startsWith(`${leaf}/`) ||
                (leaf === one.path && one.kind === 'folder') ||
                (leaf === one.path && one.mark === 'opaque'),
            ),
        );
        for (const { path: at, kind, mark } of honest) {
          const folder = at.slice(0, Math.max(0, at.lastIndexOf('/')));
          const name = at.slice(at.lastIndexOf('/') + 1);
          const below = (other: string) => other.startsWith(`${at}/`);
          if (mark === 'gone') {
            files.add({ path: [folder, `.wh.${name}`].filter(Boolean).join('/'), kind, target: '', mode: 0 });
            hidden.push((other) => other === at || below(other));
          } else if (mark === 'opaque') {
            files.add({ path: `${at}/.wh..wh..opq`, kind, target: '', mode: 0 });
            hidden.push(below);
          } else {
            files.add({ path: at, kind, target: '', mode: 0o644 });
            if (kind === 'file') hidden.push(below);
            for (let up = at; up !== ''; up = up.slice(0, Math.max(0, up.lastIndexOf('/')))) added.add(up);
          }
        }
        files.endLayer();
        tree = new Set([...[...tree].filter((one) => !hidden.some((isHidden) => isHidden(one))), ...added]);
      }
      // A file in the place of which a later layer has a folder, and the other way round, is one path in either case.
      expect(wanted.filter((one) => files.has(one))).toEqual(wanted.filter((one) => tree.has(one.slice(1))));
    }),
    { numRuns: 3000 },
  );
});
