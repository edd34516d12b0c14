import { z } from 'zod';
import type { Digest } from '../domain/digest.ts';
import { ConfigError, SlipwayError } from '../domain/errors.ts';
import { maxDocumentBytes } from '../formats/json.ts';
import { mediaTypes, type OciIndex } from '../formats/oci.ts';
import { piecesOf } from '../formats/pieces.ts';
import type { ContentSink, ContentSource } from '../ports/content.ts';
import { type BlobFolder, openBlobs } from './blobs.ts';
import { type Entries, openEntries, readPart, storeAdvice } from './entries.ts';
import { createLock, type LockPorts } from './lock.ts';
import { typeOf } from './manifest-type.ts';

/** What a store needs from outside. */
export type StorePorts = LockPorts;

/** An OCI image layout on disk: https://github.com/opencontainers/image-spec/blob/v1.1.1/image-layout.md */
export interface Store extends ContentSource, ContentSink, Entries {
  readonly folder: string;
  /** How many bytes the content of a digest has, if it is here. */
  blobSize(digest: Digest): Promise<number | undefined>;
}

/** How a store differs from the plain case. */
export interface StoreOptions {
  /** How a person would call this store; its folder, if nothing else is said. */
  readonly name?: string;
  /** Where the blobs are, if several stores share them. */
  readonly blobsFolder?: string;
}

const LayoutFile = z.object({ imageLayoutVersion: z.literal('1.0.0') });
const emptyIndex = { schemaVersion: 2, mediaType: mediaTypes.index, manifests: [] } satisfies OciIndex;

/** Opens the layout that is in a folder; a folder that holds none is a ConfigError. */
export async function openStore(ports: StorePorts, folder: string, options: StoreOptions = {}): Promise<Store> {
  const store = storeAt(ports, folder, options);
  try {
    await readPart(ports, `${folder}/oci-layout`, LayoutFile);
    await store.entries();
  } catch (cause) {
    throw cause instanceof SlipwayError ? invalid(folder, cause) : cause;
  }
  return store;
}

/** Opens the layout that is in a folder, and makes it first where there is none. */
export async function createStore(ports: StorePorts, folder: string, options: StoreOptions = {}): Promise<Store> {
  await ports.files.makeFolder(folder);
  const index = `${folder}/index.json`;
  if ((await ports.files.facts(index)) === undefined) {
    await createLock(
      ports,
      `${index}.lock`,
    )(async () => {
      if ((await ports.files.facts(index)) !== undefined) return;
      await ports.files.write(`${folder}/oci-layout`, JSON.stringify({ imageLayoutVersion: '1.0.0' }));
      await ports.files.write(index, JSON.stringify(emptyIndex));
    });
  }
  return openStore(ports, folder, options);
}

function storeAt(ports: StorePorts, folder: string, options: StoreOptions): Store {
  const name = options.name ?? folder;
  const blobs = openBlobs(ports.files, options.blobsFolder ?? `${folder}/blobs`, name);
  return { folder, name, ...contentOf(blobs), ...openEntries(ports, `${folder}/index.json`) };
}

function contentOf(blobs: BlobFolder): Omit<ContentSource & ContentSink, 'name'> & Pick<Store, 'blobSize'> {
  return {
    blobSize: (digest) => blobs.size(digest),
    readBlob: (descriptor, life) => blobs.read(descriptor, life),
    hasBlob: async (descriptor) => (await blobs.size(descriptor.digest)) === descriptor.size,
    writeBlob: async (descriptor, open) => ((await blobs.write(descriptor, open)) ? 'written' : 'present'),
    hasManifest: async (digest) => (await blobs.size(digest)) !== undefined,
    async writeManifest({ digest, bytes }) {
      await blobs.write({ digest, size: bytes.length }, async () => piecesOf(bytes));
    },
    async readManifest(digest) {
      const bytes = await blobs.readBytes(digest, maxDocumentBytes);
      return bytes === undefined ? undefined : { digest, bytes, mediaType: typeOf(bytes, digest) };
    },
  };
}

function invalid(folder: string, cause: SlipwayError): ConfigError {
  return new ConfigError({
    code: 'store-invalid',
    what: `the folder holds no OCI image layout: ${cause.what} (${typeof cause.where === 'string' ? cause.where : 'index.json'})`,
    where: folder,
    state: 'nothing was read from it',
    next: storeAdvice,
    cause,
  });
}
