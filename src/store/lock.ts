import type { Ports } from '../ports/ports.ts';

/** After this time a lock counts as left behind by a process that was killed. */
export const staleLockMs = 30_000;

const waitMs = 15;

/** Runs one body at a time: in this process by a queue, among processes by a file. */
export type Lock = <T>(body: () => Promise<T>) => Promise<T>;

/** A lock whose file is `path`; the folder of the file must be there. */
export function createLock(ports: Pick<Ports, 'files' | 'clock' | 'random'>, path: string): Lock {
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

async function acquire(ports: Pick<Ports, 'files' | 'clock' | 'random'>, path: string): Promise<string> {
  const { files, clock, random } = ports;
  const token = random.hex(16);
  let seen = { text: '', since: clock.now().getTime() };
  for (;;) {
    const now = clock.now().getTime();
    const ours = `${token} ${now}`;
    if (await files.create(path, ours)) return ours;
    const text = await files.readText(path);
    if (text === undefined) continue;
    if (text !== seen.text) seen = { text, since: now };
    if (now - heldSince(text, seen.since) > staleLockMs) await removeLock(ports, path, text);
    await clock.sleep(waitMs + (Number.parseInt(random.hex(2), 16) % waitMs));
  }
}

/** A process killed between making the file and filling it leaves a lock without a time; then our own watch counts. */
function heldSince(text: string, seenSince: number): number {
  const written = /^[0-9a-f]+ (\d+)$/.exec(text)?.[1];
  return written === undefined ? seenSince : Number(written);
}

/**
 * Removes the lock with this text and no other. Only who made the claim file of a lock may remove that lock,
 * so two processes that find the same stale lock cannot remove the fresh one that the first of them made.
 */
async function removeLock({ files, clock }: Pick<Ports, 'files' | 'clock'>, path: string, text: string): Promise<void> {
  const claim = `${path}.${/^[0-9a-f]+/.exec(text)?.[0] ?? 'unfilled'}`;
  const now = clock.now().getTime();
  if (!(await files.create(claim, `${now}`))) {
    const claimed = Number(await files.readText(claim));
    if (now - claimed > staleLockMs) await files.remove(claim);
    return;
  }
  if ((await files.readText(path)) === text) await files.remove(path);
  await files.remove(claim);
}
