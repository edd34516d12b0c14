import { chmod, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { type ChangeWish, changedFiles } from '../../../src/clients/git-changes.ts';
import {
  type GitPlace,
  type GitRepository,
  makeGitPlace,
  plainExec,
  repositoryIn,
} from '../../support/git-repository.ts';
import { chain, planOf } from '../../unit/stages/planned.ts';

// Each test starts git dozens of times.
jest.setTimeout(60_000);

let place: GitPlace;
let work: GitRepository;

beforeEach(async () => {
  place = await makeGitPlace();
  work = place.work;
});

afterEach(async () => {
  await place[Symbol.asyncDispose]();
});

function push(before: string | null, branch = 'main'): ChangeWish {
  return { kind: 'push', branch, before, defaultBranch: 'main' };
}

/** The paths that changed in a clone; where nobody can tell, the reason and what would help. */
async function pathsIn(repository: GitRepository, wish: ChangeWish): Promise<readonly string[]> {
  const found = await changedFiles(plainExec, repository.folder, wish);
  return found.kind === 'files' ? found.files.map((file) => file.path) : [found.why, found.next];
}

/** The commit that HEAD was, and the paths of one more commit. */
async function pathsWith(change: () => Promise<unknown>): Promise<readonly string[]> {
  const before = await work.git('rev-parse', 'HEAD');
  await change();
  await work.commit({});
  return pathsIn(work, push(before));
}

describe('the files of a push', () => {
  it('are those that differ between the commit before it and the one that is checked out', async () => {
    const before = await work.commit({ a: '1', 'b/c': '1' });
    await work.commit({ a: '2' });
    const head = await work.commit({ 'b/d': '1' });
    expect(await changedFiles(plainExec, work.folder, push(before))).toEqual({
      kind: 'files',
      files: [
        { path: 'a', isSubmodule: false },
        { path: 'b/d', isSubmodule: false },
      ],
      from: before,
      to: head,
      how: `since ${before.slice(0, 12)}, the commit before this push`,
    });
  });

  it('are both names of a file that was renamed', async () => {
    await work.commit({ old: 'a long text that git would know again\n'.repeat(20) });
    const paths = await pathsWith(() => rename(path.join(work.folder, 'old'), path.join(work.folder, 'new')));
    expect(paths).toEqual(['new', 'old']);
  });

  it('hold a file that was deleted', async () => {
    await work.commit({ 'a/gone': '1' });
    expect(await pathsWith(() => rm(path.join(work.folder, 'a'), { recursive: true }))).toEqual(['a/gone']);
  });

  it('hold a file of which only the mode changed', async () => {
    await work.commit({ run: '#!/bin/sh\n' });
    expect(await pathsWith(() => chmod(path.join(work.folder, 'run'), 0o755))).toEqual(['run']);
  });

  it('have their names, whatever is in them', async () => {
    const names = [
      'a space',
      'line\nend',
      '"quoted"',
      "it's",
      'back\\slash',
      'grün 🚢',
      'grün\nline',
      '-x',
      'tab\t',
      'cr\r',
      '$(x)',
    ];
    const paths = await pathsWith(() => work.write(Object.fromEntries(names.map((name) => [name, '1']))));
    expect([...paths].sort()).toEqual([...names].sort());
  });

  it('have names that are no UTF-8, as a listing of the folder has them', async () => {
    const name = Buffer.concat([Buffer.from(`${work.folder}/not-`), Buffer.from([0xff, 0xfe])]);
    expect(await pathsWith(() => writeFile(name, '1'))).toEqual(['not-\ufffd\ufffd']);
  });

  it('are those of all commits that a merge brings in', async () => {
    const before = await work.commit({ main: '1' });
    await work.git('checkout', '--quiet', '-b', 'topic');
    await work.commit({ one: '1' });
    await work.commit({ two: '1' });
    await work.git('checkout', '--quiet', 'main');
    await work.git('merge', '--quiet', '--no-ff', '--message', 'Merge', 'topic');
    expect(await pathsIn(work, push(before))).toEqual(['one', 'two']);
  });

  it('hold a submodule that moved, and say that it is one', async () => {
    const library = repositoryIn(path.join(work.folder, 'lib'));
    await work.git('init', '--quiet', 'lib');
    await library.commit({ x: '1' });
    const before = await work.commit({});
    await library.commit({ x: '2' });
    await work.commit({});
    const found = await changedFiles(plainExec, work.folder, push(before));
    expect(found).toMatchObject({ files: [{ path: 'lib', isSubmodule: true }] });
  });

  it('are those below the folder, where that is not the whole repository', async () => {
    const before = await work.commit({ 'sub/a': '1' });
    await work.commit({ 'sub/a': '2', other: '1' });
    expect(await pathsIn(repositoryIn(path.join(work.folder, 'sub')), push(before))).toEqual(['a']);
  });

  it('are told the same whatever the configuration of git says', async () => {
    const odd = { 'core.quotePath': 'false', 'diff.renames': 'copies', 'color.ui': 'always', 'diff.external': 'false' };
    for (const [name, value] of Object.entries(odd)) await work.git('config', name, value);
    await work.git('config', 'diff.noprefix', 'true');
    expect(await pathsWith(() => work.write({ grün: '1' }))).toEqual(['grün']);
  });

  it('are more than a program may print at once', async () => {
    const folder = Array.from({ length: 14 }, () => 'd'.repeat(250)).join('/');
    const names = Array.from({ length: 400 }, (_, index) => `${folder}/${index}`);
    const paths = await pathsWith(() => work.write(Object.fromEntries(names.map((name) => [name, '']))));
    expect(paths).toHaveLength(400);
  });
});

describe('a push without a commit before it', () => {
  it('is compared with nothing on the default branch', async () => {
    expect(await pathsIn(work, push(null))).toEqual([
      'main is new, and nothing else is there to compare with',
      'check out with fetch-depth: 0',
    ]);
  });

  it.each([
    ['a whole clone', {}],
    ['a shallow clone', { depth: 1 }],
    ['a clone of a few commits', { depth: 3 }],
  ])('is compared with where a new branch left the default branch, in %s', async (_, options) => {
    await work.git('checkout', '--quiet', '-b', 'topic');
    await work.commit({ one: '1' });
    await work.commit({ two: '1' });
    await work.git('push', '--quiet', 'origin', 'topic');
    await work.git('checkout', '--quiet', 'main');
    await work.commit({ elsewhere: '1' });
    await work.git('push', '--quiet', 'origin', 'main');
    const clone = await place.clone({ ...options, branch: 'topic' });
    expect(await pathsIn(clone, push(null, 'topic'))).toEqual(['one', 'two']);
  });

  it('has no known beginning where the branches have nothing in common', async () => {
    await work.git('checkout', '--quiet', '--orphan', 'topic');
    await work.commit({ one: '1' });
    await work.git('push', '--quiet', 'origin', 'topic');
    const clone = await place.clone({ depth: 1, branch: 'topic' });
    expect(await pathsIn(clone, push(null, 'topic'))).toEqual([
      'topic is new, and it has no known commit in common with main',
      'check out with fetch-depth: 0',
    ]);
  });
});

describe('a force push', () => {
  /** A branch whose last commit was replaced by another. */
  async function forced(branch: string): Promise<string> {
    if (branch !== 'main') await work.git('checkout', '--quiet', '-b', branch);
    const before = await work.commit({ before: '1' });
    await work.git('push', '--quiet', 'origin', branch);
    await work.git('reset', '--quiet', '--hard', 'HEAD~1');
    await work.commit({ after: '1' });
    await work.git('push', '--quiet', '--force', 'origin', branch);
    return before;
  }

  it.each([
    ['a whole clone', {}],
    ['a shallow clone', { depth: 1 }],
  ])('is compared with the commit that it replaced, as long as the server has it, in %s', async (_, options) => {
    const before = await forced('main');
    const clone = await place.clone(options);
    expect(await pathsIn(clone, push(before))).toEqual(['after', 'before']);
    expect(await clone.git('rev-parse', '--is-shallow-repository')).toBe(String('depth' in options));
  });

  it.each([{}, { depth: 1 }])('is compared with the default branch once that is gone (%j)', async (options) => {
    await forced('topic');
    const clone = await place.clone({ ...options, branch: 'topic' });
    expect(await pathsIn(clone, push('e'.repeat(40), 'topic'))).toEqual(['after']);
  });

  it.each([{}, { strict: true }])(
    'of the default branch is compared with nothing once that is gone (%j)',
    async (options) => {
      await forced('main');
      const clone = await place.clone({ depth: 1, ...options });
      expect(await pathsIn(clone, push('e'.repeat(40)))).toEqual([
        'eeeeeeeeeeee, the commit before this push, is not to be had, and nothing else is there to compare with',
        'check out with fetch-depth: 0',
      ]);
    },
  );
});

describe('a shallow checkout', () => {
  async function pushed(commits: number): Promise<string> {
    const before = await work.commit({ first: '1' });
    for (let number = 1; number <= commits; number += 1) await work.commit({ [`file-${number}`]: '1' });
    await work.git('push', '--quiet', 'origin', 'main');
    return before;
  }

  it.each([
    ['1 gets the commit before the push by its id', { depth: 1 }],
    ['2 does too', { depth: 2 }],
    ['1 is made deeper where the server gives nothing out by its id', { depth: 1, strict: true }],
    ['2 is made deeper too', { depth: 2, strict: true }],
    ['4 has it already', { depth: 4 }],
  ])('of depth %s', async (_, options) => {
    const before = await pushed(3);
    expect(await pathsIn(await place.clone(options), push(before))).toEqual(['file-1', 'file-2', 'file-3']);
  });

  it('says what it needs where its origin is gone', async () => {
    const before = await pushed(1);
    const clone = await place.clone({ depth: 1 });
    await clone.git('remote', 'set-url', 'origin', `file://${clone.folder}/nowhere`);
    expect((await pathsIn(clone, push(before)))[1]).toBe('check out with fetch-depth: 0');
  });
});

describe('a pull request', () => {
  /** A branch with two commits, and its merge into a `main` that went on; both as a server has them. */
  async function opened() {
    const base = await work.git('rev-parse', 'HEAD');
    await work.git('checkout', '--quiet', '-b', 'topic');
    await work.commit({ one: '1' });
    const head = await work.commit({ two: '1' });
    await work.git('push', '--quiet', 'origin', 'topic');
    await work.git('checkout', '--quiet', 'main');
    await work.commit({ elsewhere: '1' });
    await work.git('push', '--quiet', 'origin', 'main');
    await work.git('checkout', '--quiet', '-b', 'merged');
    await work.git('merge', '--quiet', '--no-ff', '--message', 'Merge', 'topic');
    await work.git('push', '--quiet', 'origin', 'merged');
    return { kind: 'pull-request', base, head } as const;
  }

  it.each([
    ['a shallow clone', { depth: 1 }],
    ['a clone of two commits', { depth: 2 }],
    ['two commits of a server that gives nothing out by its id', { depth: 2, strict: true }],
    ['a whole clone', {}],
  ])('has its own files and not those of its base, in the merge that was made for it, from %s', async (_, options) => {
    const wish = await opened();
    expect(await pathsIn(await place.clone({ ...options, branch: 'merged' }), wish)).toEqual(['one', 'two']);
  });

  it.each([{ depth: 1 }, {}])('has its own files also where its branch is checked out (%j)', async (options) => {
    const wish = await opened();
    expect(await pathsIn(await place.clone({ ...options, branch: 'topic' }), wish)).toEqual(['one', 'two']);
  });

  it('is not taken for its merge where its own last commit is one', async () => {
    const { base } = await opened();
    await work.git('checkout', '--quiet', 'topic');
    await work.git('merge', '--quiet', '--no-ff', '--message', 'Merge', 'main');
    const wish = { kind: 'pull-request', base, head: await work.git('rev-parse', 'HEAD') } as const;
    expect(await pathsIn(work, wish)).toEqual(expect.arrayContaining(['one', 'two']));
  });

  it('says which depth it needs where the base is not to be had', async () => {
    const wish = await opened();
    const clone = await place.clone({ depth: 1, branch: 'merged', strict: true });
    const first = (await work.git('rev-parse', 'merged^1')).slice(0, 12);
    await clone.git('remote', 'set-url', 'origin', `file://${clone.folder}/nowhere`);
    expect(await pathsIn(clone, wish)).toEqual([
      `${first}, the base of this pull request, is not in this checkout`,
      'check out with fetch-depth: 2',
    ]);
  });
});

describe('a merge group', () => {
  it.each([{ depth: 1 }, { depth: 2 }, {}])('has the files of all that it merges (%j)', async (options) => {
    const base = await work.git('rev-parse', 'HEAD');
    for (const name of ['one', 'two']) {
      await work.git('checkout', '--quiet', '-b', name, base);
      await work.commit({ [name]: '1' });
      await work.git('checkout', '--quiet', 'main');
      await work.git('merge', '--quiet', '--no-ff', '--message', 'Merge', name);
    }
    await work.git('push', '--quiet', 'origin', 'main:queue');
    const clone = await place.clone({ ...options, branch: 'queue' });
    expect(await pathsIn(clone, { kind: 'merge-group', base })).toEqual(['one', 'two']);
  });

  it.each([
    ['its base is the commit before', 1, 2],
    ['its base is further away', 2, 0],
  ])('says which depth it needs where %s', async (_, commits, needed) => {
    const base = await work.git('rev-parse', 'HEAD');
    for (let number = 0; number < commits; number += 1) await work.commit({ [`file-${number}`]: '1' });
    await work.git('push', '--quiet', 'origin', 'main:queue');
    const clone = await place.clone({ depth: 1, branch: 'queue' });
    await clone.git('remote', 'remove', 'origin');
    expect((await pathsIn(clone, { kind: 'merge-group', base }))[1]).toBe(`check out with fetch-depth: ${needed}`);
  });
});

describe('a revision that somebody names', () => {
  const since = (revision: string): ChangeWish => ({ kind: 'since', revision });

  it('is compared with the files as they lie here, committed, staged, changed and new', async () => {
    await work.commit({ '.gitignore': 'ignored\n', a: '1', b: '1', c: '1' });
    const revision = await work.git('rev-parse', 'HEAD');
    await work.commit({ committed: '1' });
    await work.write({ staged: '1' });
    await work.git('add', 'staged');
    await work.write({ a: '2', b: null, 'fresh/new "file"': '1', ignored: '1' });
    const found = await changedFiles(plainExec, work.folder, since(revision));
    expect(found).toMatchObject({ from: revision, to: null, how: `since ${revision}` });
    expect(await pathsIn(work, since('HEAD~1'))).toEqual(['a', 'b', 'committed', 'staged', 'fresh/new "file"']);
  });

  it.each(['main', 'origin/topic', 'topic', 'v1', 'HEAD~1'])('may be %s', async (revision) => {
    await work.git('push', '--quiet', 'origin', 'main:topic');
    await work.git('tag', 'v1');
    await work.git('checkout', '--quiet', '-b', 'other');
    await work.git('fetch', '--quiet', 'origin');
    await work.commit({ new: '1' });
    expect(await pathsIn(work, since(revision))).toEqual(['new']);
  });

  it.each(['topic', 'v1', 'commit'])('is fetched into a shallow clone: %s', async (name) => {
    const commit = await work.git('rev-parse', 'HEAD');
    await work.git('tag', '--annotate', '--message', 'One', 'v1');
    await work.git('push', '--quiet', 'origin', 'main:topic', 'v1');
    await work.commit({ new: '1' });
    await work.git('push', '--quiet', 'origin', 'main');
    const clone = await place.clone({ depth: 1 });
    expect(await pathsIn(clone, since(name === 'commit' ? commit : name))).toEqual(['new']);
  });

  it.each(['nowhere', 'a:b', 'HEAD~99', '+refs/heads/main:refs/heads/x'])('may be unknown: %j', async (revision) => {
    const clone = await place.clone({ depth: 1 });
    const found = await changedFiles(plainExec, clone.folder, since(revision));
    expect(found).toMatchObject({ kind: 'unknown', why: `git does not know "${revision}" here` });
  });

  it.each(['--output=x', '-x', '', 'x\ny'])('is never an option: %j', async (revision) => {
    const found = await changedFiles(plainExec, work.folder, since(revision));
    expect(found).toMatchObject({ kind: 'unknown', why: expect.stringContaining('is no revision') });
  });
});

describe('without a diff', () => {
  it('an event that names nothing is not looked up', async () => {
    const wish = { kind: 'none', why: 'a tag is compared with nothing' } as const;
    expect((await pathsIn(repositoryIn('/nonexistent'), wish))[0]).toBe('a tag is compared with nothing');
  });

  it('a folder that is in no repository has a reason', async () => {
    await rm(path.join(work.folder, '.git'), { recursive: true });
    expect((await pathsIn(work, push(null)))[0]).toBe('git knows no commit here');
  });
});

describe('a plan with the diff of a real checkout', () => {
  it.each<[string, Record<string, string>, string[]]>([
    ['selects nothing for a change of documentation only', { 'README.md': 'two', 'docs/a.md': '1' }, []],
    ['selects what changed and what is built on it', { 'base/file': 'two' }, ['base', 'app']],
  ])('%s', async (_, files, keys) => {
    const before = await work.commit(chain);
    await work.commit(files);
    const read = () => changedFiles(plainExec, work.folder, push(before));
    const made = await planOf({ ...chain, ...files }, { offline: true, changes: { isAsked: false, read } });
    expect(made.images.map(({ key }) => key)).toEqual(keys);
  });
});

describe('what changed since the last tag', () => {
  const sinceTag = (own: string | null): ChangeWish => ({ kind: 'last-tag', own });

  it('is compared with the tag before the one that is pushed', async () => {
    await work.git('tag', 'v1');
    await work.commit({ 'pyproject.toml': '1' });
    await work.commit({ 'b.txt': '1' });
    await work.git('tag', 'v2');
    expect(await pathsIn(work, sinceTag('v2'))).toEqual(['b.txt', 'pyproject.toml']);
  });

  it('is compared with the tag on this very commit where a run is by hand', async () => {
    await work.git('tag', 'v1');
    expect(await pathsIn(work, sinceTag(null))).toEqual([]);
  });

  it('is unknown where there is no tag before', async () => {
    await work.git('tag', 'v1');
    expect(await pathsIn(work, sinceTag('v1'))).toEqual([
      'no tag before this commit is in this checkout',
      'check out with fetch-depth: 0',
    ]);
  });
});
