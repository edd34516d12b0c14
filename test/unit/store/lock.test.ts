import { describe, expect, it } from '@jest/globals';
import type { Files } from '../../../src/ports/files.ts';
import { createLock, staleLockMs, stuckLockMs } from '../../../src/store/lock.ts';
import { fakeProcesses } from '../../support/fake-processes.ts';
import { createMemoryFiles } from '../../support/memory-files.ts';
import { pause, storePorts } from './store-ports.ts';

const path = '/store/index.json.lock';

describe('a lock', () => {
  it('lets one body run at a time, among processes and within one', async () => {
    const files = createMemoryFiles();
    const locks = [createLock(storePorts(files), path), createLock(storePorts(files), path)];
    let inside = 0;
    const seen: number[] = [];
    const body = async () => {
      inside += 1;
      seen.push(inside);
      await pause();
      inside -= 1;
    };
    await Promise.all(Array.from({ length: 12 }, (_, place) => locks[place % 2]?.(body)));
    expect(seen).toEqual(Array(12).fill(1));
  });

  it('is free again after a body that failed', async () => {
    const lock = createLock(storePorts(), path);
    await expect(lock(() => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(await lock(async () => 'yes')).toBe('yes');
  });

  it.each([
    ['a killed process', 'abc 500000'],
    ['a process of another machine', 'abc 500000 elsewhere'],
    ['a process that was killed before it could fill the file', ''],
  ])('of %s is taken over by one of many', async (_name, text) => {
    const files = createMemoryFiles({ [path]: text });
    let now = 500_000;
    const done: number[] = [];
    const ports = storePorts(files, () => now);
    const turns = [1, 2, 3].map((place) => createLock(ports, path)(async () => void done.push(place)));
    for (let turn = 0; turn < 60; turn += 1) await pause();
    expect(done).toEqual([]);
    now += staleLockMs + 1;
    await Promise.all(turns);
    expect(done.sort()).toEqual([1, 2, 3]);
  });

  it('of a process that is known to be gone is taken at once', async () => {
    const files = createMemoryFiles({ [path]: 'abc 500000 gone' });
    const ports = storePorts(files, () => 500_000, fakeProcesses('this', { gone: false }));
    expect(await createLock(ports, path)(async () => 'ours')).toBe('ours');
  });

  it('says which process holds it', async () => {
    const files = createMemoryFiles();
    const ports = storePorts(files, () => 7, fakeProcesses('this'));
    expect(await createLock(ports, path)(() => files.readText(path))).toMatch(/^[0-9a-f]{16} 7 this$/);
  });

  it('of a process that runs is waited for much longer, and not for ever', async () => {
    const held = 'abc 500000 runs';
    const files = createMemoryFiles({ [path]: held });
    let now = 500_000 + stuckLockMs;
    const ports = storePorts(files, () => now, fakeProcesses('this', { runs: true }));
    const turn = createLock(ports, path)(async () => 'ours');
    for (let step = 0; step < 50; step += 1) await pause();
    expect(await files.readText(path)).toBe(held);
    now += 1;
    expect(await turn).toBe('ours');
  });

  it('is taken over also where one who did that was killed in the middle of it', async () => {
    const files = createMemoryFiles({ [path]: 'abc 500000 gone', [`${path}.abc`]: '0 500000 gone' });
    const ports = storePorts(files, () => 500_000, fakeProcesses('this', { gone: false }));
    expect(await createLock(ports, path)(async () => 'ours')).toBe('ours');
    expect(await files.list('/store')).toEqual([]);
  });

  it('is not taken from one who holds it within the time', async () => {
    const files = createMemoryFiles({ [path]: 'abc 500000' });
    let now = 500_000;
    let isDone = false;
    const turn = createLock(
      storePorts(files, () => now),
      path,
    )(async () => {
      isDone = true;
    });
    now += staleLockMs;
    for (let step = 0; step < 50; step += 1) await pause();
    expect([isDone, await files.readText(path)]).toEqual([false, 'abc 500000']);
    await files.remove(path);
    await turn;
    expect(isDone).toBe(true);
  });

  it('is left alone when another made it after we had found the old one stale', async () => {
    const fresh = 'def 600000';
    const disk = createMemoryFiles({ [path]: 'abc 500000' });
    const files: Files = {
      ...disk,
      async create(name, content) {
        if (name === `${path}.abc`) await disk.write(path, fresh);
        return disk.create(name, content);
      },
    };
    let isDone = false;
    const turn = createLock(
      storePorts(files, () => 600_000),
      path,
    )(async () => {
      isDone = true;
    });
    for (let step = 0; step < 50; step += 1) await pause();
    expect([isDone, await disk.readText(path)]).toEqual([false, fresh]);
    await disk.remove(path);
    await turn;
  });
});
