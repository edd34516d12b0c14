import { randomBytes } from 'node:crypto';
import { chmod, mkdtemp, readdir, readlink, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createExec } from '../../../src/adapters/exec.ts';
import { createFiles } from '../../../src/adapters/files.ts';
import type { Files } from '../../../src/ports/files.ts';
import { createMemoryFiles } from '../../support/memory-files.ts';

async function* pieces(...texts: string[]): AsyncIterable<Uint8Array> {
  for (const text of texts) yield Buffer.from(text);
}

async function* broken(): AsyncIterable<Uint8Array> {
  yield Buffer.from('half');
  throw new Error('the content failed');
}

let root = '';
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'files-'));
});
afterAll(() => rm(root, { recursive: true, force: true }));

const implementations: readonly [string, () => Files][] = [
  ['the disk', createFiles],
  ['the fake', () => createMemoryFiles()],
];

describe.each(implementations)('%s', (_name, create) => {
  let count = 0;
  /** Each test has a folder of its own. */
  const fresh = async () => {
    count += 1;
    const files = create();
    const folder = join(root, `${count}`);
    await files.remove(folder);
    await files.makeFolder(folder);
    return { files, at: (name: string) => join(folder, name), folder };
  };

  it('answers undefined or an empty list for what is missing', async () => {
    const { files, at } = await fresh();
    await files.write(at('file'), 'x');
    for (const path of [at('none'), at('none/deeper'), at('file/below')]) {
      expect(await files.readText(path)).toBeUndefined();
      expect(await files.readBytes(path)).toBeUndefined();
      expect(await files.readStream(path)).toBeUndefined();
      expect(await files.readFleeting(path)).toBeUndefined();
      expect(await files.facts(path)).toBeUndefined();
      expect(await files.linkTarget(path)).toBeUndefined();
      expect(await files.realPath(path)).toBeUndefined();
      expect(await files.list(path)).toEqual([]);
      await files.remove(path);
    }
  });

  it.each([
    ['a text', 'one two'],
    ['bytes', Buffer.from('one two')],
    ['pieces', pieces('one ', '', 'two')],
  ])('writes %s and reads it in every way', async (_kind, content) => {
    const { files, at } = await fresh();
    await files.write(at('new/folder/file'), content);
    expect(await files.readText(at('new/folder/file'))).toBe('one two');
    expect(Buffer.from((await files.readBytes(at('new/folder/file'))) ?? []).toString()).toBe('one two');
    let streamed = '';
    for await (const piece of (await files.readStream(at('new/folder/file'))) ?? []) streamed += Buffer.from(piece);
    expect(streamed).toBe('one two');
  });

  it.each([
    ['from the beginning', { start: 0, size: 3 }, '012'],
    ['in the middle', { start: 3, size: 4 }, '3456'],
    ['up to its end and no further', { start: 8, size: 100 }, '89'],
    ['of no bytes', { start: 4, size: 0 }, ''],
    ['behind its end', { start: 10, size: 1 }, ''],
  ])('reads the range of a file %s', async (_place, range, expected) => {
    const { files, at } = await fresh();
    await files.write(at('file'), '0123456789');
    let streamed = '';
    for await (const piece of (await files.readStream(at('file'), range)) ?? []) streamed += Buffer.from(piece);
    expect(streamed).toBe(expected);
  });

  it('reads a range across pieces', async () => {
    const { files, at } = await fresh();
    const content = Buffer.alloc(1_000_000, 'abcdefg');
    await files.write(at('file'), content);
    const found: Uint8Array[] = [];
    for await (const piece of (await files.readStream(at('file'), { start: 5, size: 900_000 })) ?? [])
      found.push(piece);
    expect(Buffer.concat(found).equals(content.subarray(5, 900_005))).toBe(true);
  });

  it.each([0, 1, 100, 3_700_001])(
    'reads a file of %d bytes in fleeting pieces, each good until the next but one is asked for',
    async (size) => {
      const { files, at } = await fresh();
      const content = randomBytes(size);
      await files.write(at('file'), content);
      let place = 0;
      let isGood = true;
      let before: Uint8Array = new Uint8Array();
      for await (const piece of (await files.readFleeting(at('file'))) ?? []) {
        // What is read ahead is read by then.
        await files.readBytes(at('file'));
        isGood &&= content.subarray(place - before.length, place).equals(before);
        isGood &&= content.subarray(place, place + piece.length).equals(piece);
        place += piece.length;
        before = piece;
      }
      expect([place, isGood]).toEqual([size, true]);
    },
  );

  it('keeps the last fleeting piece good when the end was asked for', async () => {
    const { files, at } = await fresh();
    const content = randomBytes(3_700_001);
    await files.write(at('file'), content);
    let last: Uint8Array = new Uint8Array();
    for await (const piece of (await files.readFleeting(at('file'))) ?? []) last = piece;
    expect(last.length).toBeGreaterThan(0);
    expect(content.subarray(content.length - last.length).equals(last)).toBe(true);
  });

  it('reads no folder in fleeting pieces', async () => {
    const { files, folder } = await fresh();
    const read = async () => {
      for await (const _ of (await files.readFleeting(folder)) ?? []) throw new Error('it has no pieces');
    };
    await expect(read()).rejects.toMatchObject({ code: 'file-failed', where: folder });
  });

  it('answers undefined for a range of a file that is missing', async () => {
    const { files, at } = await fresh();
    expect(await files.readStream(at('none'), { start: 0, size: 0 })).toBeUndefined();
    expect(await files.readStream(at('none'), { start: 0, size: 1 })).toBeUndefined();
  });

  it('keeps the old content, and nothing else, when the new one fails', async () => {
    const { files, at, folder } = await fresh();
    await files.write(at('file'), 'old');
    await expect(files.write(at('file'), broken())).rejects.toThrow('the content failed');
    expect(await files.readText(at('file'))).toBe('old');
    expect(await files.list(folder)).toEqual([{ name: 'file', kind: 'file' }]);
  });

  it('leaves nothing behind when a file cannot be put in its place', async () => {
    const { files, at, folder } = await fresh();
    await files.makeFolder(at('taken/full'));
    await expect(files.write(at('taken'), 'x')).rejects.toMatchObject({ code: 'file-failed', where: at('taken') });
    expect(await files.list(folder)).toEqual([{ name: 'taken', kind: 'folder' }]);
  });

  it('replaces a link, not what it points to', async () => {
    const { files, at } = await fresh();
    await files.write(at('target'), 'old');
    await files.makeLink(at('link'), 'target');
    await files.write(at('link'), 'new');
    expect(await files.readText(at('target'))).toBe('old');
    expect(await files.facts(at('link'))).toMatchObject({ kind: 'file', size: 3 });
  });

  it('appends', async () => {
    const { files, at } = await fresh();
    await files.append(at('file'), pieces('a'));
    await files.append(at('file'), pieces('b', 'c'));
    expect(await files.readText(at('file'))).toBe('abc');
  });

  it('creates a file once, even when many try', async () => {
    const { files, at, folder } = await fresh();
    const won = await Promise.all(['a', 'b', 'c', 'd'].map((text) => files.create(at('locks/lock'), text)));
    expect(won.filter(Boolean)).toHaveLength(1);
    expect(await files.readText(at('locks/lock'))).toBe('abcd'[won.indexOf(true)]);
    expect(await files.list(join(folder, 'locks'))).toHaveLength(1);
  });

  it('lists names by code unit, with their kinds', async () => {
    const { files, at, folder } = await fresh();
    for (const name of ['b', 'B', 'a10', 'a9', 'ä']) await files.write(at(name), '');
    await files.makeFolder(at('c'));
    await files.makeLink(at('d'), 'nowhere');
    const entries = await files.list(folder);
    expect(entries.map((entry) => entry.name)).toEqual(['B', 'a10', 'a9', 'b', 'c', 'd', 'ä']);
    expect(entries.slice(4, 6).map((entry) => entry.kind)).toEqual(['folder', 'link']);
  });

  it('tells what a path is, and does not follow its link', async () => {
    const { files, at } = await fresh();
    await files.write(at('file'), 'four');
    await files.makeLink(at('link'), 'file');
    const { modified: _modified, ...facts } = (await files.facts(at('file'))) ?? {};
    expect(facts).toEqual({ kind: 'file', size: 4, executable: false });
    expect(await files.facts(at('link'))).toMatchObject({ kind: 'link', executable: false });
    expect(await files.facts(at('.'))).toMatchObject({ kind: 'folder', executable: false });
    expect(await files.linkTarget(at('link'))).toBe('file');
  });

  it('tells what a path is with the content of a small file, and follows no link', async () => {
    const { files, at } = await fresh();
    await files.write(at('file'), 'four');
    await files.write(at('empty'), '');
    await files.write(at('large'), 'x'.repeat(300_000));
    await files.makeLink(at('link'), 'file');
    await files.makeLink(at('loop'), 'loop');
    const kinds = ['file', 'empty', 'large', 'link', 'loop', '.', 'none'].map(async (name) => {
      const entry = await files.entry(at(name));
      const text = entry?.bytes === undefined ? undefined : Buffer.from(entry.bytes).toString();
      return [name, entry?.facts.kind, text];
    });
    expect(await Promise.all(kinds)).toEqual([
      ['file', 'file', 'four'],
      ['empty', 'file', undefined],
      ['large', 'file', undefined],
      ['link', 'link', undefined],
      ['loop', 'link', undefined],
      ['.', 'folder', undefined],
      ['none', undefined, undefined],
    ]);
  });

  it('tells when a file was last written', async () => {
    const { files, at } = await fresh();
    await files.write(at('file'), 'one');
    const before = (await files.facts(at('file')))?.modified.getTime() ?? Number.NaN;
    await files.append(at('file'), pieces('two'));
    const after = (await files.facts(at('file')))?.modified.getTime() ?? Number.NaN;
    expect(after).toBeGreaterThanOrEqual(before);
    expect(Math.abs(after - Date.now())).toBeLessThan(60_000);
  });

  it('resolves every link of a path', async () => {
    const { files, at, folder } = await fresh();
    await files.write(at('folder/file'), 'x');
    await files.makeLink(at('a'), 'folder');
    await files.makeLink(at('folder/b'), '../a/file');
    const real = await files.realPath(folder);
    expect(await files.realPath(at('a/b'))).toBe(`${real}/folder/file`);
    expect(await files.readText(at('a/b'))).toBe('x');
    await files.makeLink(at('broken'), 'nowhere');
    expect(await files.realPath(at('broken'))).toBeUndefined();
  });

  it('moves a folder with all that is in it', async () => {
    const { files, at, folder } = await fresh();
    await files.write(at('old/deep/file'), 'x');
    await files.move(at('old'), at('new/place'));
    expect(await files.readText(at('new/place/deep/file'))).toBe('x');
    expect((await files.list(folder)).map((entry) => entry.name)).toEqual(['new']);
  });

  it('says what is missing when there is nothing to move', async () => {
    const { files, at } = await fresh();
    await expect(files.move(at('none'), at('new'))).rejects.toMatchObject({ code: 'file-missing', where: at('none') });
  });

  it('removes a link and leaves its target', async () => {
    const { files, at } = await fresh();
    await files.write(at('folder/file'), 'x');
    await files.makeLink(at('link'), 'folder');
    await files.remove(at('link'));
    expect(await files.readText(at('folder/file'))).toBe('x');
    await files.remove(at('folder'));
    expect(await files.facts(at('folder'))).toBeUndefined();
  });

  it('gives temporary folders of their own, gone when they are disposed of', async () => {
    const { files, folder } = await fresh();
    const one = await files.tempFolder('work-', join(folder, 'parent'));
    const two = await files.tempFolder('work-', join(folder, 'parent'));
    expect(one.path).not.toBe(two.path);
    expect(one.path).toContain(join(folder, 'parent', 'work-'));
    await files.write(join(one.path, 'a/b'), 'x');
    await one[Symbol.asyncDispose]();
    expect(await files.facts(one.path)).toBeUndefined();
    expect(await files.facts(two.path)).toMatchObject({ kind: 'folder' });
    two.stay();
    await two[Symbol.asyncDispose]();
    expect(await files.facts(two.path)).toMatchObject({ kind: 'folder' });
  });

  it('knows the free space, also of a path that does not exist yet', async () => {
    const { files, at } = await fresh();
    expect(await files.freeBytes(at('not/yet'))).toBeGreaterThan(0);
  });
});

describe('the disk alone', () => {
  const adapter = JSON.stringify(new URL('../../../src/adapters/files.ts', import.meta.url).href);
  const exec = createExec({ cancelled: new AbortController().signal });

  it.each(['readStream', 'readFleeting'] as const)('is left alone by a %s that nobody reads on', async (way) => {
    const files = createFiles();
    const path = join(root, way);
    await files.write(path, Buffer.alloc(3_000_000));
    const open = async () => {
      const names = (await readdir('/proc/self/fd')).map((name) => readlink(`/proc/self/fd/${name}`).catch(() => ''));
      return (await Promise.all(names)).filter((target) => target === path).length;
    };
    for await (const _ of (await files[way](path)) ?? []) {
      expect(await open()).toBe(1);
      break;
    }
    expect(await open()).toBe(0);
  });

  it('knows what is executable', async () => {
    const files = createFiles();
    await files.write(join(root, 'script'), '#!/bin/sh\n');
    await chmod(join(root, 'script'), 0o755);
    expect(await files.facts(join(root, 'script'))).toMatchObject({ kind: 'file', executable: true });
  });

  it('shows readers the old content or the new one, never a part', async () => {
    const files = createFiles();
    const path = join(root, 'swapped');
    await files.write(path, 'a'.repeat(100_000));
    let writing = true;
    const writer = (async () => {
      for (let turn = 0; turn < 40; turn += 1) await files.write(path, (turn % 2 ? 'a' : 'b').repeat(100_000));
      writing = false;
    })();
    while (writing) expect(await files.readText(path)).toMatch(/^(a{100000}|b{100000})$/);
    await writer;
  });

  it('says that the disk is full', async () => {
    // A device of Linux that is always full.
    const full = createFiles().append('/dev/full', pieces('x'));
    await expect(full).rejects.toMatchObject({ code: 'disk-full', where: '/dev/full' });
  });

  it('says that access is denied', async () => {
    const folder = join(root, 'closed');
    await createFiles().write(join(folder, 'file'), 'x');
    // As nobody, because nothing is denied to the superuser.
    const script = `
      const { createFiles } = await import(${adapter});
      if (process.getuid() === 0) process.setuid(65534);
      const error = await createFiles().readText(${JSON.stringify(join(folder, 'file'))}).catch((caught) => caught);
      console.log(error.code, error.where);`;
    await chmod(root, 0o755);
    await chmod(folder, 0);
    const run = await exec.run(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', script]);
    await chmod(folder, 0o755);
    expect(run).toEqual({ exitCode: 0, stderr: '', stdout: `file-denied ${join(folder, 'file')}\n` });
  }, 30_000);

  it('removes temporary folders when the process ends without disposing of them, but for those that are to stay', async () => {
    const parent = join(root, 'exiting');
    const script = `
      const { createFiles } = await import(${adapter});
      const files = createFiles();
      const folder = await files.tempFolder('t-', ${JSON.stringify(parent)});
      await files.write(folder.path + '/deep/file', 'x');
      const kept = await files.tempFolder('kept-', ${JSON.stringify(parent)});
      kept.stay();
      console.log(folder.path);
      process.exit(0);`;
    const run = await exec.run(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', script]);
    expect(run).toMatchObject({ exitCode: 0, stderr: '', stdout: expect.stringContaining(parent) });
    expect(await readdir(parent)).toEqual([expect.stringMatching(/^kept-/)]);
  }, 30_000);
});
