import { existsSync, readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { attempt } from './command.ts';
import { say } from './progress.ts';

const FOLDER = '/proc/sys/fs/binfmt_misc';
const ENTRY = path.join(FOLDER, 'slipway-aarch64');
/** A 64-bit little-endian ELF executable or shared object for machine 0xb7; see binfmt-misc.rst of the kernel. */
const MAGIC = String.raw`\x7fELF\x02\x01\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x02\x00\xb7\x00`;
const MASK = String.raw`\xff\xff\xff\xff\xff\xff\xff\x00\xff\xff\xff\xff\xff\xff\xff\xff\xfe\xff\xff\xff`;

/**
 * Lets the kernel run arm64 programs. Flag F opens the emulator now, so that it works inside containers;
 * flag P keeps the name a program was called by, without which a busybox link cannot tell its applet.
 * Builders look for emulators when they start, so this comes before them.
 */
export async function enableEmulation(): Promise<readonly string[]> {
  if (process.arch !== 'x64') return [];
  try {
    if (!existsSync(path.join(FOLDER, 'register'))) {
      await attempt('mount', ['-t', 'binfmt_misc', 'binfmt_misc', FOLDER]);
    }
    if (!isRegistered()) {
      const rule = `:${path.basename(ENTRY)}:M::${MAGIC}:${MASK}:/usr/bin/qemu-aarch64-static:PF`;
      await writeFile(path.join(FOLDER, 'register'), rule);
    }
    return ['linux/arm64'];
  } catch (error) {
    say(`no emulation of linux/arm64: ${error instanceof Error ? error.message : String(error)}`);
    return [];
  }
}

function isRegistered(): boolean {
  return [ENTRY, path.join(FOLDER, 'qemu-aarch64')].some(
    (entry) => existsSync(entry) && isUsable(readFileSync(entry, 'utf8')),
  );
}

/** Is a binfmt entry on, does it work inside containers, and does it keep the program's name? */
export function isUsable(entry: string): boolean {
  const flags = /^flags: (\S*)$/m.exec(entry)?.[1] ?? '';
  return /^enabled$/m.test(entry) && flags.includes('F') && flags.includes('P');
}
