import { link, mkdir, open, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { errorCode } from './error-code.ts';
import { randomHex } from './random.ts';

type Content = string | Uint8Array | AsyncIterable<Uint8Array>;

/** Puts content at a path so that readers, and a crash at any moment, leave the old content or the new one. */
export async function replaceFile(path: string, content: Content): Promise<void> {
  await throughTemp(path, content, async (temp) => rename(temp, path));
}

/** Puts content at a path where nothing is; answers false where something is. */
export async function createFile(path: string, content: Content): Promise<boolean> {
  return throughTemp(path, content, async (temp) => {
    try {
      // Unlike a rename, a link refuses to replace; unlike an exclusive open, it shows the file only when it is whole.
      await link(temp, path);
    } catch (error) {
      if (errorCode(error) === 'EEXIST') return false;
      throw error;
    }
    await rm(temp);
    return true;
  });
}

async function throughTemp<T>(path: string, content: Content, place: (temp: string) => Promise<T>): Promise<T> {
  const folder = dirname(path);
  await mkdir(folder, { recursive: true });
  // In the same folder, because a rename does not cross disks; short, because a name may already be the longest.
  const temp = join(folder, `.slipway-${randomHex(16)}.tmp`);
  let placed: T;
  try {
    await writeSynced(temp, content);
    placed = await place(temp);
  } finally {
    await rm(temp, { force: true });
  }
  await syncFolder(folder);
  return placed;
}

async function writeSynced(path: string, content: Content): Promise<void> {
  const file = await open(path, 'wx');
  try {
    await writeFile(file, content);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Makes the new name itself survive a crash, on the systems that can. */
async function syncFolder(folder: string): Promise<void> {
  try {
    const handle = await open(folder, 'r');
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
  } catch {
    // The content is safe and in place; some file systems cannot sync a folder.
  }
}
