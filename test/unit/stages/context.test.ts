import { describe, expect, it } from '@jest/globals';
import { digestOf } from '../../../src/domain/digest.ts';
import { readContext } from '../../../src/stages/planning/context.ts';
import { createMemoryFiles } from '../../support/memory-files.ts';

const dockerfile = '/repo/app/Dockerfile';

async function paths(tree: Readonly<Record<string, string>>): Promise<readonly string[]> {
  const files = createMemoryFiles(
    Object.fromEntries(Object.entries(tree).map(([path, text]) => [`/repo/app/${path}`, text])),
  );
  return (await readContext(files, '/repo/app', { dockerfile })).map(({ path }) => path);
}

describe('a build context', () => {
  it('holds files and folders, by their paths', async () => {
    expect(await paths({ b: '1', 'a/x': '2', 'a/y/z': '3' })).toEqual(['a', 'a/x', 'a/y', 'a/y/z', 'b']);
  });

  it('does not hold what .dockerignore names', async () => {
    expect(await paths({ '.dockerignore': 'a\n.dockerignore', 'a/x': '1', b: '2' })).toEqual(['b']);
  });

  it('holds what a later line takes back from an ignored folder', async () => {
    expect(await paths({ '.dockerignore': '*\n!a/keep', 'a/x': '1', 'a/keep': '2' })).toContain('a/keep');
  });

  it('asks the file beside the Dockerfile before that of the context', async () => {
    const tree = { '.dockerignore': 'a', 'Dockerfile.dockerignore': 'b\n*ignore', a: '1', b: '2' };
    expect(await paths(tree)).toEqual(['a']);
  });

  it('holds .git below its root, and not at it', async () => {
    expect(await paths({ '.git/HEAD': '1', '.slipway/x': '1', 'a/.git': '2' })).toEqual(['a', 'a/.git']);
  });

  it('says of a file its content, and of a link where it points', async () => {
    const files = createMemoryFiles({ '/repo/app/file': 'text' });
    await files.makeLink('/repo/app/link', '../outside');
    expect(await readContext(files, '/repo/app', { dockerfile })).toEqual([
      { path: 'file', kind: 'file', executable: false, digest: digestOf('text') },
      { path: 'link', kind: 'link', executable: false, digest: digestOf('../outside') },
    ]);
  });

  it('does not follow a link to a folder', async () => {
    const files = createMemoryFiles({ '/repo/app/file': 'text', '/etc/secret': 'x' });
    await files.makeLink('/repo/app/link', '/etc');
    const entries = await readContext(files, '/repo/app', { dockerfile });
    expect(entries.map(({ path }) => path)).toEqual(['file', 'link']);
  });

  it('is refused where something in it is no file', async () => {
    const files = createMemoryFiles({ '/repo/app/pipe': '' });
    const facts = { kind: 'other', size: 0, executable: false, modified: new Date(0) } as const;
    const odd = { ...files, entry: async () => ({ facts, bytes: undefined }) };
    await expect(readContext(odd, '/repo/app', { dockerfile })).rejects.toMatchObject({
      code: 'context-unreadable',
      where: '/repo/app/pipe',
    });
  });

  it('is empty where there is no folder', async () => {
    expect(await readContext(createMemoryFiles(), '/nowhere', { dockerfile })).toEqual([]);
  });
});
