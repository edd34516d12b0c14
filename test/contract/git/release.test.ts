import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createPorts } from '../../../src/adapters/create-ports.ts';
import { readGitTag, readRelation } from '../../../src/clients/git-release.ts';

const run = promisify(execFile);
const { exec, env } = createPorts();
let folder: string;
let origin: string;
let clone: string;

const git = async (where: string, ...args: readonly string[]): Promise<string> => {
  const user = ['-c', 'user.name=A tester', '-c', 'user.email=tester@example.com', '-c', 'tag.gpgSign=false'];
  return (await run('git', ['-C', where, ...user, ...args])).stdout.trim();
};
const commit = async (where: string, name: string): Promise<string> => {
  await git(where, 'commit', '--quiet', '--allow-empty', '--message', name);
  return git(where, 'rev-parse', 'HEAD');
};

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'slipway-git-'));
  origin = path.join(folder, 'origin');
  clone = path.join(folder, 'clone');
  await run('git', ['init', '--quiet', '--initial-branch', 'main', origin]);
  await git(origin, 'config', 'uploadpack.allowAnySHA1InWant', 'true');
});

afterEach(() => rm(folder, { recursive: true, force: true }));

describe('a git tag', () => {
  it('is read from the server, and not from the checkout', async () => {
    const first = await commit(origin, 'first');
    await git(origin, 'tag', 'light');
    await git(origin, 'tag', '--annotate', '--message', 'a tag', 'noted');
    await run('git', ['clone', '--quiet', origin, clone]);
    for (const tag of ['light', 'noted']) {
      expect(await readGitTag(exec, { folder: clone, env }, tag)).toEqual({ kind: 'at', commit: first });
    }
    const second = await commit(origin, 'second');
    await git(origin, 'tag', '--force', 'light');
    await git(origin, 'tag', '--delete', 'noted');
    expect(await readGitTag(exec, { folder: clone, env }, 'light')).toEqual({ kind: 'at', commit: second });
    expect(await readGitTag(exec, { folder: clone, env }, 'noted')).toEqual({ kind: 'gone' });
  });

  it('is read from the address of the repository where there is no checkout', async () => {
    const first = await commit(origin, 'first');
    await git(origin, 'tag', 'light');
    expect(await readGitTag(exec, { folder, source: origin, env }, 'light')).toEqual({ kind: 'at', commit: first });
  });

  it('is that of the repository itself where there is no server, and unknown where there is neither', async () => {
    const first = await commit(origin, 'first');
    await git(origin, 'tag', 'light');
    expect(await readGitTag(exec, { folder: origin, env }, 'light')).toEqual({ kind: 'at', commit: first });
    expect(await readGitTag(exec, { folder: origin, env }, 'other')).toMatchObject({ kind: 'unknown' });
    const nowhere = { folder, source: path.join(folder, 'nowhere'), env };
    expect(await readGitTag(exec, nowhere, 'light')).toMatchObject({
      kind: 'unknown',
      why: expect.stringContaining('git could not ask'),
    });
  });
});

describe('how a commit stands to another', () => {
  it('is told in a whole history, and in one that is cut', async () => {
    const first = await commit(origin, 'first');
    const second = await commit(origin, 'second');
    await git(origin, 'checkout', '--quiet', '-b', 'side', first);
    const side = await commit(origin, 'side');
    await git(origin, 'checkout', '--quiet', 'main');
    const third = await commit(origin, 'third');
    await run('git', ['clone', '--quiet', '--depth', '1', `file://${origin}`, clone]);
    for (const where of [origin, clone]) {
      const relation = (theirs: string, ours: string) => readRelation(exec, where, { theirs, ours });
      expect(await relation(third, third)).toBe('same');
      expect(await relation(second, third)).toBe('ancestor');
      expect(await relation(third, second)).toBe('descendant');
      expect(['apart', 'unknown']).toContain(await relation(side, third));
      expect(await relation('e'.repeat(40), third)).toBe('unknown');
    }
    expect(await readRelation(exec, origin, { theirs: side, ours: third })).toBe('apart');
    expect(await readRelation(exec, folder, { theirs: second, ours: third })).toBe('unknown');
  });
});
