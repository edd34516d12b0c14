import { readFile, readlink } from 'node:fs/promises';
import { hostname } from 'node:os';
import type { Processes } from '../ports/processes.ts';
import { errorCode } from './error-code.ts';

/** What is in place of a start time where the system tells none. */
const unknownStart = '-';

/** The processes of this machine. An identity is `PLACE PID START`, joined by colons. */
export function createProcesses(): Processes {
  let place: Promise<string> | undefined;
  const here = (): Promise<string> => {
    place ??= readPlace();
    return place;
  };
  return {
    self: async () => `${await here()}:${process.pid}:${(await startOf(process.pid)) ?? unknownStart}`,
    async isAlive(identity) {
      const [, where, pid = '', start] = /^(.+):(\d{1,10}):(\d+|-)$/.exec(identity) ?? [];
      if (where !== (await here())) return undefined;
      const isThere = hasProcess(Number(pid));
      if (!isThere || start === unknownStart) return isThere ? undefined : false;
      return (await startOf(Number(pid))) === start;
    },
  };
}

/** Process numbers mean something within one boot of one machine, and on Linux within one namespace: containers may share a disk and a name. */
async function readPlace(): Promise<string> {
  const [boot, namespace] = await Promise.all([
    readFile('/proc/sys/kernel/random/boot_id', 'utf8').catch(() => ''),
    readlink('/proc/self/ns/pid').catch(() => ''),
  ]);
  return [hostname(), boot.trim(), namespace.replace(/\D/g, '')].map(encodeURIComponent).join('/');
}

/** When a process started, in ticks since the boot; a zombie has ended already. https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html */
async function startOf(pid: number): Promise<string | undefined> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  // The name of the program comes before these fields, in brackets, and may hold brackets and spaces itself.
  const [state = '', ...fields] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return /^[ZX]?$/.test(state) ? undefined : fields[18];
}

function hasProcess(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    // Of another user, and so there.
    return errorCode(error) === 'EPERM';
  }
}
