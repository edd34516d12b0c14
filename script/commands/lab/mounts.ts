import { readFileSync } from 'node:fs';
import { attempt, run } from './command.ts';

/** Mount points at or under a folder, the latest first, as mountinfo(5) lists them. */
export function mountsUnder(mountInfo: string, folder: string): readonly string[] {
  return mountInfo
    .split('\n')
    .flatMap((line) => line.split(' ')[4] ?? [])
    .map((point) =>
      point.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8))),
    )
    .filter((point) => point === folder || point.startsWith(`${folder}/`))
    .reverse();
}

/** Unmounts everything in a folder; what is busy vanishes as soon as it no longer is. */
export async function unmountUnder(folder: string): Promise<void> {
  for (const point of mountsUnder(readFileSync('/proc/self/mountinfo', 'utf8'), folder)) {
    const result = await attempt('umount', [point]);
    if (result.exitCode !== 0) await run('umount', ['--lazy', point]);
  }
}
