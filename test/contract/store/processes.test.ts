import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createClock } from '../../../src/adapters/clock.ts';
import { createFiles } from '../../../src/adapters/files.ts';
import { createProcesses } from '../../../src/adapters/processes.ts';
import { createRandom } from '../../../src/adapters/random.ts';
import { refNameAnnotation } from '../../../src/formats/oci.ts';
import type { TempFolder } from '../../../src/ports/files.ts';
import { createLock } from '../../../src/store/lock.ts';
import { openStore, type StorePorts } from '../../../src/store/store.ts';

const limitMs = 120_000;
const files = createFiles();
let work: TempFolder;
let children: ChildProcess[] = [];

beforeEach(async () => {
  work = await files.tempFolder('slipway-store-');
});

afterEach(async () => {
  await Promise.all(children.map(kill));
  children = [];
  await work[Symbol.asyncDispose]();
});

function start(script: URL, ...args: readonly string[]): ChildProcess {
  const child = spawn(process.execPath, ['--import', 'tsx', fileURLToPath(script), ...args], {
    env: {},
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  children.push(child);
  return child;
}

async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const isGone = once(child, 'exit');
  child.kill('SIGKILL');
  await isGone;
}

async function holderOf(path: string): Promise<ChildProcess> {
  const child = start(new URL('../../support/lock-holder.ts', import.meta.url), path);
  if (child.stdout === null) throw new Error('nobody listens to it');
  const [said] = await once(child.stdout, 'data');
  expect(`${said}`).toBe('holds\n');
  return child;
}

/** A clock on which no time passes, and which nobody may ask to wait more than so often. */
function impatient(mostSleeps: number): StorePorts {
  let left = mostSleeps;
  return {
    files,
    random: createRandom(),
    processes: createProcesses(),
    clock: {
      now: () => new Date(),
      async sleep() {
        left -= 1;
        if (left < 0) throw new Error('it waits too often');
        await createClock().sleep(1);
      },
    },
  };
}

describe('a lock on the disk', () => {
  it(
    'is free at once when its owner was killed within it',
    async () => {
      const path = `${work.path}/lock`;
      await kill(await holderOf(path));
      expect(await files.readText(path)).toBeDefined();
      expect(await createLock(impatient(3), path)(async () => 'ours')).toBe('ours');
      expect(await files.list(work.path)).toEqual([]);
    },
    limitMs,
  );

  it(
    'is not taken from an owner that runs',
    async () => {
      const path = `${work.path}/lock`;
      await holderOf(path);
      await expect(createLock(impatient(20), path)(async () => 'ours')).rejects.toThrow('it waits too often');
    },
    limitMs,
  );
});

describe('a store on the disk', () => {
  it(
    'has every entry that several processes wrote at once, each many times',
    async () => {
      const folder = `${work.path}/store`;
      const writer = new URL('../../support/store-writer.ts', import.meta.url);
      const writers = ['a', 'b', 'c'];
      const ends = writers.map((name) => once(start(writer, folder, name, '50'), 'exit'));
      expect(await Promise.all(ends)).toEqual(writers.map(() => [0, null]));
      const store = await openStore(impatient(0), folder);
      const names = (await store.entries()).map((entry) => entry.annotations?.[refNameAnnotation]);
      const expected = writers.flatMap((name) => Array.from({ length: 50 }, (_, place) => `${name}-${place}`));
      expect(names.sort()).toEqual(expected.sort());
      expect((await files.list(folder)).map(({ name }) => name)).toEqual(['index.json', 'oci-layout']);
    },
    limitMs,
  );
});
