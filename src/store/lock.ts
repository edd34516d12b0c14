import type { Ports } from '../ports/ports.ts';

/** After this time a lock counts as left behind, where nobody can tell whether its owner still runs. */
export const staleLockMs = 30_000;

/** After this time a lock is taken even from an owner that runs: it hangs, or it could not remove the file. */
export const stuckLockMs = 10 * staleLockMs;

const waitMs = 15;

/** What a lock needs from outside. */
export type LockPorts = Pick<Ports, 'files' | 'clock' | 'random' | 'processes'>;

/** Runs one body at a time: in this process by a queue, among processes by a file. */
export type Lock = <T>(body: () => Promise<T>) => Promise<T>;

/** A lock whose file is `path`; the folder of the file must be there. */
export function createLock(ports: LockPorts, path: string): Lock {
  let queue: Promise<unknown> = Promise.resolve();
  return (body) => {
    const turn = async () => {
      const text = await acquire(ports, path);
      try {
        return await body();
      } finally {
        await removeLock(ports, path, text);
      }
    };
    const result = queue.then(turn, turn);
    queue = result.catch(() => undefined);
    return result;
  };
}

async function acquire(ports: LockPorts, path: string): Promise<string> {
  const { files, clock, random } = ports;
  const token = random.hex(16);
  let seen = { text: '', since: clock.now().getTime() };
  for (;;) {
    const now = clock.now().getTime();
    const ours = await signed(ports, token);
    if (await files.create(path, ours)) return ours;
    const text = await files.readText(path);
    if (text === undefined) continue;
    if (text !== seen.text) seen = { text, since: now };
    if (await isLeftBehind(ports, text, seen.since)) await removeLock(ports, path, text);
    await clock.sleep(waitMs + (Number.parseInt(random.hex(2), 16) % waitMs));
  }
}

/** What we write into a file that others must be able to judge: a token, the time, and which process we are. */
async function signed({ clock, processes }: LockPorts, token: string): Promise<string> {
  return `${token} ${clock.now().getTime()} ${await processes.self()}`;
}

/** A process killed between making the file and filling it leaves one without a time; then our own watch counts. */
async function isLeftBehind({ clock, processes }: LockPorts, text: string, seenSince: number): Promise<boolean> {
  const [, written, owner] = /^[0-9a-f]+ (\d+)(?: (\S+))?$/.exec(text) ?? [];
  const isAlive = owner === undefined ? undefined : await processes.isAlive(owner);
  const age = clock.now().getTime() - (written === undefined ? seenSince : Number(written));
  return isAlive === false || age > (isAlive === true ? stuckLockMs : staleLockMs);
}

/**
 * Removes the lock with this text and no other. Only who made the claim file of a lock may remove that lock,
 * so two processes that find the same stale lock cannot remove the fresh one that the first of them made.
 */
async function removeLock(ports: LockPorts, path: string, text: string): Promise<void> {
  const { files } = ports;
  const token = /^[0-9a-f]+/.exec(text)?.[0] ?? 'unfilled';
  const claim = `${path}.${token}`;
  if (!(await files.create(claim, await signed(ports, '0')))) {
    const claimed = await files.readText(claim);
    if (claimed !== undefined && (await isLeftBehind(ports, claimed, 0))) await files.remove(claim);
    return;
  }
  if ((await files.readText(path)) === text) await files.remove(path);
  await files.remove(claim);
}
