import type { Digest } from '../domain/digest.ts';
import type { Files } from '../ports/files.ts';
import { openBlobs } from './blobs.ts';
import { type Marks, openMarks } from './marks.ts';
import { defaultMinAgeMs, drop, type Pruned, type PruneOptions } from './prune.ts';
import type { StorePorts } from './store.ts';

/** Drops from a registry's folder the blobs that belong to none of its repositories any more. */
export async function pruneRegistry(
  { files, clock }: Pick<StorePorts, 'files' | 'clock'>,
  folder: string,
  { minAgeMs = defaultMinAgeMs }: PruneOptions = {},
): Promise<Pruned> {
  const blobs = openBlobs(files, `${folder}/blobs`, folder);
  const before = clock.now().getTime() - minAgeMs;
  const old = (await blobs.list()).filter((blob) => blob.modified.getTime() <= before);
  const marks = await marksBelow(files, `${folder}/repositories`);
  const kept = new Set<Digest>();
  for (const one of marks) for (const digest of await one.digests()) kept.add(digest);
  const dropped = { count: 0, bytes: 0 };
  for (const blob of old.filter(({ digest }) => !kept.has(digest))) {
    // Looked at again, because a push may have begun to use it meanwhile.
    const uses = await Promise.all(marks.map((one) => one.read(blob.digest)));
    if (uses.some((use) => use !== undefined)) continue;
    const { bytes } = await drop(blobs, [blob]);
    dropped.count += 1;
    dropped.bytes += bytes;
  }
  return dropped;
}

/** The marks of all repositories; a repository may lie below another, and what belongs to one begins with `_`. */
async function marksBelow(files: Files, folder: string): Promise<readonly Marks[]> {
  const names = (await files.list(folder)).filter(({ kind }) => kind === 'folder').map(({ name }) => name);
  const own = names.filter((name) => name === '_blobs' || name === '_manifests');
  const below = names.filter((name) => !name.startsWith('_'));
  const deeper = await Promise.all(below.map((name) => marksBelow(files, `${folder}/${name}`)));
  return [...own.map((name) => openMarks(files, `${folder}/${name}`)), ...deeper.flat()];
}
