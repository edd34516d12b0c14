import { rmSync } from 'node:fs';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TempFolder } from '../ports/files.ts';
import { atExit } from './at-exit.ts';

/** Makes a folder that is removed when it is disposed of, and at the latest when the process ends; unless it is to stay. */
export async function makeTempFolder(prefix: string, parent = tmpdir()): Promise<TempFolder> {
  await mkdir(parent, { recursive: true });
  const path = await mkdtemp(join(parent, prefix));
  const forget = atExit(() => rmSync(path, { recursive: true, force: true }));
  let stays = false;
  return {
    path,
    stay() {
      stays = true;
      forget();
    },
    async [Symbol.asyncDispose]() {
      if (stays) return;
      // The retries outlast a program that is just writing its last file there.
      await rm(path, { recursive: true, force: true, maxRetries: 3 });
      forget();
    },
  };
}
