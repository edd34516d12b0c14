import { readdirSync, readFileSync } from 'node:fs';
import { hasCode, isNotFound } from './lab-error.ts';

/** A pid alone is not a name: the kernel reuses it. With its start time it is one. */
export interface ProcessIdentity {
  readonly pid: number;
  /** Clock ticks since boot, field 22 of /proc/PID/stat. */
  readonly startTime: string;
}

export interface ProcessStat extends ProcessIdentity {
  readonly parent: number;
  readonly state: string;
}

/** Reads proc(5) stat; the program's name may contain blanks and brackets, so fields count from the last one. */
export function parseStat(stat: string): ProcessStat | undefined {
  const pid = Number.parseInt(stat, 10);
  const [state, parent, ...rest] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const startTime = rest[17];
  if (!Number.isInteger(pid) || state === undefined || parent === undefined || startTime === undefined) {
    return undefined;
  }
  return { pid, startTime, parent: Number.parseInt(parent, 10), state };
}

/** The process behind a pid now, if there is one that still runs. */
export function statOf(pid: number): ProcessStat | undefined {
  const stat = parseStat(readProc(`/proc/${pid}/stat`));
  return stat?.state === 'Z' ? undefined : stat;
}

/** Is it still the very process that was recorded? */
export function isAlive(identity: ProcessIdentity): boolean {
  return statOf(identity.pid)?.startTime === identity.startTime;
}

/** All processes of the machine. */
export function allProcesses(): readonly ProcessStat[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => statOf(Number(name)) ?? []);
}

/** A process and everything it has started, children first. */
export function familyOf(root: ProcessIdentity, all: readonly ProcessStat[]): readonly ProcessIdentity[] {
  const children = all.filter((candidate) => candidate.parent === root.pid);
  return [...children.flatMap((child) => familyOf(child, all)), root];
}

/** The arguments a process was started with. */
export function argumentsOf(pid: number): readonly string[] {
  return readProc(`/proc/${pid}/cmdline`).split('\0').slice(0, -1);
}

function readProc(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    // ESRCH: the process ended between open and read.
    if (isNotFound(error) || hasCode(error, 'ESRCH')) return '';
    throw error;
  }
}
