import type { z } from 'zod';
import type { Digest } from '../domain/digest.ts';
import { ConfigError } from '../domain/errors.ts';
import { readJson } from '../formats/json.ts';
import { type OciDescriptor, OciIndex, refNameAnnotation } from '../formats/oci.ts';
import type { Files } from '../ports/files.ts';
import { createLock, type LockPorts } from './lock.ts';

/** What a layout lists as its images. */
export interface Entries {
  /** The list as it is now. */
  entries(): Promise<readonly OciDescriptor[]>;
  /** Lists a manifest, under a name if one is given; an entry of that name, or a nameless one of that digest, is replaced. */
  addEntry(descriptor: OciDescriptor, refName?: string): Promise<void>;
  /** Takes a name out of the list and tells whether it was there. */
  removeEntry(refName: string): Promise<boolean>;
  /** Takes all entries of a digest out of the list. */
  removeEntriesOf(digest: Digest): Promise<void>;
}

/** Opens the list that is in an `index.json`. Writers of several processes wait for each other. */
export function openEntries(ports: LockPorts, path: string): Entries {
  const locked = createLock(ports, `${path}.lock`);
  const nameOf = (entry: OciDescriptor): string | undefined => entry.annotations?.[refNameAnnotation];
  const change = (edit: (entries: readonly OciDescriptor[]) => readonly OciDescriptor[]): Promise<boolean> =>
    locked(async () => {
      const index = await readPart(ports, path, OciIndex);
      const manifests = edit(index.manifests);
      if (JSON.stringify(manifests) === JSON.stringify(index.manifests)) return false;
      await ports.files.write(path, JSON.stringify({ ...index, manifests }));
      return true;
    });
  return {
    entries: async () => (await readPart(ports, path, OciIndex)).manifests,
    async addEntry(descriptor, refName) {
      const entry = refName === undefined ? descriptor : named(descriptor, refName);
      const name = nameOf(entry);
      const isReplaced = (old: OciDescriptor): boolean =>
        name === undefined ? nameOf(old) === undefined && old.digest === entry.digest : nameOf(old) === name;
      await change((entries) => [...entries.filter((old) => !isReplaced(old)), entry]);
    },
    removeEntry: (refName) => change((entries) => entries.filter((entry) => nameOf(entry) !== refName)),
    async removeEntriesOf(digest) {
      await change((entries) => entries.filter((entry) => entry.digest !== digest));
    },
  };
}

function named(descriptor: OciDescriptor, refName: string): OciDescriptor {
  return { ...descriptor, annotations: { ...descriptor.annotations, [refNameAnnotation]: refName } };
}

/** Reads a file that every layout has. */
export async function readPart<T>(
  { files }: { readonly files: Files },
  path: string,
  schema: z.ZodType<T>,
): Promise<T> {
  const text = await files.readText(path);
  if (text !== undefined)
    return readJson(text, schema, { code: 'store-invalid', what: 'the file', where: path, next: storeAdvice });
  throw new ConfigError({
    code: 'store-invalid',
    what: 'the file is not there',
    where: path,
    state: 'nothing was read from the store',
    next: storeAdvice,
  });
}

/** What to do about a folder that is no layout. */
export const storeAdvice =
  'build into the folder again, or name one that `buildx build --output type=oci,tar=false` wrote';
