import { existsSync } from 'node:fs';
import { readdir, readFile, stat } from 'node:fs/promises';
import path from 'node:path';

/** Names the files that only one of two folders holds, or that differ in bytes or in being executable. */
export async function differences(fresh: string, existing: string): Promise<string[]> {
  const [wanted, found] = await Promise.all([filesBelow(fresh), filesBelow(existing)]);
  const report: string[] = [];
  for (const file of [...new Set([...wanted, ...found])].sort()) {
    if (!found.has(file)) report.push(`${file} is missing`);
    else if (!wanted.has(file)) report.push(`${file} is left over`);
    else if (!(await isSame(path.join(fresh, file), path.join(existing, file)))) report.push(`${file} differs`);
  }
  return report;
}

async function filesBelow(folder: string): Promise<Set<string>> {
  if (!existsSync(folder)) return new Set();
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => !entry.isDirectory());
  return new Set(files.map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name))));
}

async function isSame(a: string, b: string): Promise<boolean> {
  const [statA, statB, bytesA, bytesB] = await Promise.all([stat(a), stat(b), readFile(a), readFile(b)]);
  const isExecutable = (mode: number): boolean => (mode & 0o100) !== 0;
  return isExecutable(statA.mode) === isExecutable(statB.mode) && bytesA.equals(bytesB);
}
