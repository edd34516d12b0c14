import { canonicalJson } from '../domain/canonical-json.ts';
import { RemoteError, SlipwayError } from '../domain/errors.ts';
import { KeptStore } from '../domain/kept-store.ts';
import type { BuildFragment } from '../domain/record.ts';
import { readJson } from '../formats/json.ts';
import type { ContentSource } from '../ports/content.ts';
import type { Ports } from '../ports/ports.ts';
import { platformRecord } from '../stages/build.ts';
import { copyContent } from '../store/copy.ts';
import { readImage } from '../store/image-content.ts';
import { createStore, openStore, type Store } from '../store/store.ts';

/** The files of a store that is kept: what it is, and beside it the layout; the same names in a folder and in an artifact. */
export const keptFile = 'kept.json';
const layoutFolder = 'image';

/** An image that was built before and lies on this machine. */
export interface HeldImage {
  readonly kept: KeptStore;
  readonly store: Store;
}

/** What keeping and finding stores needs from outside. */
export type KeepPorts = Pick<Ports, 'files' | 'clock' | 'random' | 'processes' | 'log'>;

/** Where the store of an image is kept, below the working folder of a repository. */
export function keptPath(work: string, key: string): string {
  return `${work}/stores/${key}`;
}

/** Moves the store of an image to where the next command finds it, whole or not at all. */
export async function keepStore(
  { files }: Pick<Ports, 'files'>,
  place: {
    readonly work: string;
    /** A folder on the same disk that is gone at the end of the run; what is replaced goes with it. */
    readonly runFolder: string;
    readonly layout: string;
  },
  kept: KeptStore,
): Promise<void> {
  const { work, runFolder, layout } = place;
  const path = keptPath(work, kept.key);
  // No key has two dots in a row, so that no store has these names.
  const made = `${runFolder}/${kept.key}..kept`;
  await files.move(layout, `${made}/${layoutFolder}`);
  await files.write(`${made}/${keptFile}`, canonicalJson(kept));
  await dropKept({ files }, place, kept.key);
  await files.move(made, path);
}

/** Takes a kept store away: at once out of its place, whatever removing it costs. */
export async function dropKept(
  { files }: Pick<Ports, 'files'>,
  { work, runFolder }: { readonly work: string; readonly runFolder: string },
  key: string,
): Promise<void> {
  const path = keptPath(work, key);
  if ((await files.facts(path)) !== undefined) await files.move(path, `${runFolder}/${key}..old`);
}

/** The image that is kept for a key; one that cannot be read is told and counts as none. */
export async function findKept(ports: KeepPorts, work: string, key: string): Promise<HeldImage | undefined> {
  const path = keptPath(work, key);
  const text = await ports.files.readText(`${path}/${keptFile}`);
  if (text === undefined) return undefined;
  try {
    const kept = parseKept(text, path);
    return await holdImage(ports, kept, `${path}/${layoutFolder}`);
  } catch (error) {
    if (!(error instanceof SlipwayError)) throw error;
    ports.log.warning(`what is kept of ${key} cannot be used: ${error.what}`);
    return undefined;
  }
}

/** Reads what is written beside a kept store. */
export function parseKept(text: string | Uint8Array, where: string): KeptStore {
  return readJson(text, KeptStore, {
    code: 'kept-invalid',
    what: 'what is written beside the image',
    where,
    next: 'build the image again: `slipway build`',
  });
}

/** Opens a layout, and compares it with what is written about it: its bytes count, and not what a file beside them says. */
export async function holdImage(ports: KeepPorts, kept: KeptStore, layout: string): Promise<HeldImage> {
  const store = await openStore(ports, layout, { name: `the kept store of ${kept.key}` });
  const { platforms } = await readImage(store, kept.built.digest);
  const built: BuildFragment = { ...kept.built, platforms: platforms.map(platformRecord) };
  if (canonicalJson(built.platforms) === canonicalJson(kept.built.platforms)) return { kept, store };
  throw new RemoteError({
    code: 'kept-invalid',
    what: `the image ${kept.built.digest} is not what is written beside it`,
    where: layout,
    state: 'it was not used',
    next: 'build the image again: `slipway build`',
  });
}

/** Brings an image into a layout of its own, and holds it there. */
export async function copyHeld(
  ports: KeepPorts,
  from: ContentSource,
  kept: KeptStore,
  layout: string,
): Promise<HeldImage> {
  const store = await createStore(ports, layout, { name: `the store of ${kept.key}` });
  await copyContent(from, store, kept.built);
  const root = await store.readManifest(kept.built.digest);
  if (root === undefined) throw new Error('unreachable: it was copied a moment ago');
  await store.addEntry({ mediaType: root.mediaType, digest: root.digest, size: root.bytes.length });
  return holdImage(ports, kept, layout);
}
