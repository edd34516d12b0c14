import { algorithmOf, type Digest, hexOf } from '../../domain/digest.ts';
import type { Platform } from '../../domain/platform.ts';
import { mediaTypes, type OciDescriptor } from '../../formats/oci.ts';
import { piecesOf } from '../../formats/pieces.ts';
import type { ContentSink, ContentSource, Descriptor, RawManifest } from '../../ports/content.ts';
import { readImage } from '../image-content.ts';
import { fullName } from '../names.ts';
import { type PackedFile, packTar } from './tar-stream.ts';

/** A sink that writes nothing yet: it keeps manifests, and for each blob the way to open it. */
export interface Collection extends ContentSink, ContentSource {
  /** The content of an archive that lists these entries, and how many bytes its blobs and manifests have. */
  pack(entries: readonly OciDescriptor[], saved?: SavedImage): Promise<AsyncIterable<Uint8Array>>;
  readonly bytes: number;
}

/** What an archive says to engines that read only what `docker save` of old writes. */
export interface SavedImage {
  readonly digest: Digest;
  readonly names: readonly string[];
  /** The one platform that such engines get of several; the first, if it is not among them. */
  readonly platform?: Platform | undefined;
}

interface CollectedBlob {
  readonly descriptor: Descriptor;
  readonly open: () => Promise<AsyncIterable<Uint8Array>>;
}

/** Collects what our one copy finds, so that an archive can be written in one pass and in the order of its names. */
export function createCollection(name: string): Collection {
  const manifests = new Map<Digest, RawManifest>();
  const blobs = new Map<Digest, CollectedBlob>();
  const collection: Collection = {
    name,
    get bytes() {
      const sizes = [...manifests.values()].map((one) => one.bytes.length);
      return [...sizes, ...[...blobs.values()].map((one) => one.descriptor.size)].reduce((sum, size) => sum + size, 0);
    },
    readManifest: async (digest) => manifests.get(digest),
    hasManifest: async (digest) => manifests.has(digest),
    async writeManifest(manifest) {
      manifests.set(manifest.digest, manifest);
    },
    readBlob: async ({ digest }) => blobs.get(digest)?.open(),
    hasBlob: async ({ digest }) => blobs.has(digest),
    async writeBlob(descriptor, open) {
      if (blobs.has(descriptor.digest)) return 'present';
      blobs.set(descriptor.digest, { descriptor, open });
      return 'written';
    },
    async pack(entries, saved) {
      const index = { schemaVersion: 2, mediaType: mediaTypes.index, manifests: entries };
      const documents = [document('oci-layout', { imageLayoutVersion: '1.0.0' }), document('index.json', index)];
      if (saved !== undefined) documents.push(document('manifest.json', [await savedImage(collection, saved)]));
      const contents = [...blobs.values()].map(({ descriptor, open }) => {
        return { name: blobPath(descriptor.digest), size: descriptor.size, open };
      });
      const lists = [...manifests.values()].map(({ digest, bytes }) => packed(blobPath(digest), bytes));
      return packTar([...documents, ...contents, ...lists]);
    },
  };
  return collection;
}

async function savedImage(source: ContentSource, { digest, names, platform }: SavedImage): Promise<object> {
  const { platforms } = await readImage(source, digest);
  const image = platforms.find((one) => one.platform === platform) ?? platforms[0];
  if (image === undefined) throw new Error(`${digest} was read and has no platform`);
  return {
    Config: blobPath(image.configDigest),
    RepoTags: names.map((name) => fullName(name)?.text).filter((name) => name !== undefined),
    Layers: image.layers.map((layer) => blobPath(layer.digest)),
  };
}

function blobPath(digest: Digest): string {
  return `blobs/${algorithmOf(digest)}/${hexOf(digest)}`;
}

function document(name: string, value: unknown): PackedFile {
  return packed(name, new TextEncoder().encode(JSON.stringify(value)));
}

function packed(name: string, bytes: Uint8Array): PackedFile {
  return { name, size: bytes.length, open: async () => piecesOf(bytes) };
}
