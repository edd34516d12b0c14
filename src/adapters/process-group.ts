import { atExit } from './at-exit.ts';
import { errorCode } from './error-code.ts';

/** A program with everything that it started. */
export interface ProcessGroup {
  /** Asks to end, and insists after a while. */
  stop(): void;
  /** The program has ended: `insist` ends at once what it left behind. */
  ended(options: { readonly insist: boolean; readonly leftovers: boolean }): void;
}

const usualGraceMs = 5_000;

/** Follows the group of a program that was started as the leader of one; it does not outlive our process. */
export function followGroup(leader: number, graceMs = usualGraceMs): ProcessGroup {
  const forget = atExit(() => signalGroup(leader, 'SIGKILL'));
  let grace: NodeJS.Timeout | undefined;
  return {
    stop() {
      if (grace !== undefined) return;
      signalGroup(leader, 'SIGTERM');
      grace = setTimeout(() => signalGroup(leader, 'SIGKILL'), graceMs);
    },
    ended({ insist, leftovers }) {
      clearTimeout(grace);
      if (insist) signalGroup(leader, 'SIGKILL');
      // The number of an empty group can be given to a stranger, so it must not be signalled later.
      if (insist || !leftovers) forget();
    },
  };
}

function signalGroup(leader: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-leader, signal);
  } catch (error) {
    // ESRCH: nobody is left. EPERM: what is left runs as somebody else.
    if (!['ESRCH', 'EPERM'].includes(errorCode(error) ?? '')) throw error;
  }
}
