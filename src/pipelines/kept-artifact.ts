import { sizeText } from '../domain/byte-size.ts';
import { canonicalJson } from '../domain/canonical-json.ts';
import { CancelledError, RemoteError, SlipwayError } from '../domain/errors.ts';
import { type KeptStore, whyNotAdopted } from '../domain/kept-store.ts';
import type { Plan, PlannedImage, RunFacts } from '../domain/plan.ts';
import { maxDocumentBytes } from '../formats/json.ts';
import type { ActionPorts } from '../ports/ports.ts';
import { copyContent } from '../store/copy.ts';
import { openStore } from '../store/store.ts';
import { openArchive } from '../store/tar/archive.ts';
import { createCollection } from '../store/tar/pack.ts';
import type { MadeImage } from './image-job.ts';
import { copyHeld, type HeldImage, type KeepPorts, keptFile, parseKept } from './kept-stores.ts';

/** The image as one file: an archive of its layout, which `slipway copy`, `inspect` and others read too. */
export const keptArchive = 'store.tar';
/** What the store of an image, or of a part of it, is called among the artifacts of a run. */
export function storeArtifact(key: string, part = ''): string {
  return `slipway-store-${key}${part}`;
}

/** So much must be free beside the archive. */
const spareBytes = 200 * 1024 * 1024;

type StorePorts = KeepPorts & Pick<ActionPorts, 'secrets' | 'artifactFolders'>;

/** A store that failed, under the name that it is to be found by. */
export interface RedStore {
  readonly name: string;
  readonly layout: string;
  readonly kept: KeptStore;
}

/** Uploads the store of an image that failed. What goes wrong with that is said, and hides nothing; the answer is why it was not kept. */
export async function uploadStore(
  ports: StorePorts,
  red: RedStore,
  limits: { readonly temp: string; readonly maxBytes: number },
): Promise<string | undefined> {
  const { key } = red.kept;
  try {
    const why = await packAndUpload(ports, red, limits);
    if (why !== undefined) ports.log.warning(`the store of ${key} is not kept: ${why}`);
    return why;
  } catch (error) {
    if (!(error instanceof SlipwayError) || error instanceof CancelledError) throw error;
    ports.log.warning(`the store of ${key} is not kept: ${error.what}`);
    return error.what;
  }
}

async function packAndUpload(
  ports: StorePorts,
  { name, layout, kept }: RedStore,
  { temp, maxBytes }: { readonly temp: string; readonly maxBytes: number },
): Promise<string | undefined> {
  if (maxBytes === 0) return 'keep-store-max is 0';
  const store = await openStore(ports, layout, { name: `the store of ${kept.key}` });
  const collection = createCollection(name);
  const { digest } = kept.built;
  await copyContent(store, collection, { digest });
  const { bytes } = collection;
  if (bytes > maxBytes) return `it has ${sizeText(bytes)}, and keep-store-max is ${sizeText(maxBytes)}`;
  const free = await ports.files.freeBytes(temp);
  if (free < bytes + spareBytes) return `it has ${sizeText(bytes)}, and ${sizeText(free)} are free on the disk`;
  const root = await store.readManifest(digest);
  if (root === undefined) throw new Error(`${digest} was in ${store.name} a moment ago`);
  const text = canonicalJson(kept);
  if (ports.secrets.clean(text) !== text) return 'what would be written beside it has a secret in it';
  await using folder = await ports.files.tempFolder('slipway-store-', temp);
  const entry = { mediaType: root.mediaType, digest, size: root.bytes.length };
  await ports.files.write(`${folder.path}/${keptArchive}`, await collection.pack([entry]));
  await ports.files.write(`${folder.path}/${keptFile}`, text);
  await ports.artifactFolders.uploadFolder(name, folder.path);
  ports.log.info(`the store of ${kept.key} is kept: the artifact ${name}, ${sizeText(bytes)}`);
  return undefined;
}

/** Takes what an earlier attempt of this run built and kept, so that the very same bytes are tested; `undefined` where the image is to be built. */
export async function adoptStore(
  ports: StorePorts,
  wanted: {
    readonly name: string;
    readonly plan: Pick<Plan, 'commit'>;
    readonly image: PlannedImage;
    readonly run: RunFacts;
    readonly temp: string;
  },
  layout: string,
): Promise<MadeImage | undefined> {
  const { name, image, temp } = wanted;
  try {
    await using folder = await ports.files.tempFolder('slipway-store-', temp);
    if (!(await ports.artifactFolders.downloadTo(name, folder.path))) return undefined;
    const kept = await readKeptFolder(ports, folder.path);
    const why = whyNotAdopted(kept, wanted);
    if (why !== undefined) {
      ports.log.info(`${image.key} is built: what was kept of it is not taken, ${why}`);
      return undefined;
    }
    const { store } = await unpackStore(ports, folder.path, kept, layout);
    const { built: fragment, run } = kept;
    ports.log.notice(
      `${image.key} is not built: ${fragment.digest} was kept by attempt ${run.attempt}, and is tested again`,
    );
    return { fragment, store, cached: 0, executed: 0 };
  } catch (error) {
    if (!(error instanceof SlipwayError) || error instanceof CancelledError) throw error;
    ports.log.warning(`${image.key} is built: what was kept of it cannot be used: ${error.what}`);
    await ports.files.remove(layout);
    return undefined;
  }
}

/** Reads what is written beside a store that travelled. Two plain files and nothing else are taken from such a folder. */
export async function readKeptFolder({ files }: Pick<StorePorts, 'files'>, folder: string): Promise<KeptStore> {
  for (const name of [keptFile, keptArchive]) {
    const facts = await files.facts(`${folder}/${name}`);
    if (facts?.kind === 'file' && (name === keptArchive || facts.size <= maxDocumentBytes)) continue;
    throw new RemoteError({
      code: 'kept-invalid',
      what: `there is no plain file ${name} of a fitting size`,
      where: folder,
      state: 'it was not used',
      next: `name the folder in which ${keptFile} and ${keptArchive} of an artifact slipway-store-KEY lie`,
    });
  }
  return parseKept((await files.readBytes(`${folder}/${keptFile}`)) ?? '', `${folder}/${keptFile}`);
}

/** Puts the image of such a folder into a layout. Nothing is unpacked by its name: each content is found and compared by its digest. */
export async function unpackStore(
  ports: KeepPorts,
  folder: string,
  kept: KeptStore,
  layout: string,
): Promise<HeldImage> {
  const { source } = await openArchive(ports.files, `${folder}/${keptArchive}`);
  return copyHeld(ports, source, kept, layout);
}
