import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { hasCode } from './lab-error.ts';
import { allProcesses, argumentsOf, familyOf, isAlive, type ProcessIdentity } from './process-identity.ts';

const POLL_MS = 50;

/** Asks a process to end and, when it does not, ends it with everything it has started. */
export async function stopProcess(identity: ProcessIdentity, graceMs: number): Promise<void> {
  if (!isAlive(identity)) return;
  signal(identity, 'SIGTERM');
  if (await hasEnded(identity, graceMs)) return;
  await killFamily(identity);
}

/**
 * Ends what a killed engine left behind: its containerd, or the shims of its containers. They belong to
 * init by then, so the exec root in their arguments, which is one engine's alone, tells them from another's.
 */
export async function stopOrphans(program: string, execRoot: string): Promise<void> {
  const orphans = allProcesses().filter(({ pid }) => {
    const [name = '', ...args] = argumentsOf(pid);
    return path.basename(name) === program && args.some((argument) => argument.startsWith(`${execRoot}/`));
  });
  for (const orphan of orphans) await killFamily(orphan);
}

async function killFamily(identity: ProcessIdentity): Promise<void> {
  const family = familyOf(identity, allProcesses());
  for (const member of family) signal(member, 'SIGKILL');
  for (const member of family) await hasEnded(member, 2_000);
}

function signal(identity: ProcessIdentity, name: NodeJS.Signals): void {
  if (!isAlive(identity)) return;
  try {
    process.kill(identity.pid, name);
  } catch (error) {
    if (!hasCode(error, 'ESRCH')) throw error;
  }
}

async function hasEnded(identity: ProcessIdentity, waitMs: number): Promise<boolean> {
  const deadlineMs = performance.now() + waitMs;
  while (isAlive(identity)) {
    if (performance.now() > deadlineMs) return false;
    await sleep(POLL_MS);
  }
  return true;
}
