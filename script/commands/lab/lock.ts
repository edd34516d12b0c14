import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { hasCode, isNotFound } from './lab-error.ts';
import { isAlive, statOf } from './process-identity.ts';
import { say } from './progress.ts';

/** Runs the work while holding a lock file; a lock whose owner has died is taken over. */
export async function withLock<T>(file: string, what: string, work: () => Promise<T>): Promise<T> {
  mkdirSync(path.dirname(file), { recursive: true });
  let isAnnounced = false;
  while (!acquire(file)) {
    if (!isAnnounced) say(`${what} … waiting for another run that works on it`);
    isAnnounced = true;
    await sleep(200);
  }
  try {
    return await work();
  } finally {
    rmSync(file, { force: true });
  }
}

/** A hard link appears at once and with its content, so a lock without an owner cannot be seen. */
function acquire(file: string): boolean {
  const mine = `${file}.${process.pid}`;
  writeFileSync(mine, `${process.pid} ${statOf(process.pid)?.startTime ?? ''}`);
  try {
    linkSync(mine, file);
    return true;
  } catch (error) {
    if (!hasCode(error, 'EEXIST')) throw error;
    breakStale(file);
    return false;
  } finally {
    rmSync(mine, { force: true });
  }
}

/** Two runs may break the same lock at once; then both work, which costs time but harms nothing: results are renamed into place. */
function breakStale(file: string): void {
  try {
    const [pid = '', startTime = ''] = readFileSync(file, 'utf8').split(' ');
    if (isAlive({ pid: Number(pid), startTime })) return;
    const stale = `${file}.stale-${process.pid}`;
    renameSync(file, stale);
    rmSync(stale, { force: true });
  } catch (error) {
    if (!isNotFound(error)) throw error;
  }
}
