import { algorithmOf, type Digest, hexOf } from '../domain/digest.ts';
import type { Tag } from '../domain/image-ref.ts';
import { maxDocumentBytes, readJson } from '../formats/json.ts';
import { OciDescriptor, refNameAnnotation } from '../formats/oci.ts';
import { piecesOf } from '../formats/pieces.ts';
import type { ContentSink, ContentSource, RawManifest } from '../ports/content.ts';
import type { BlobFolder } from './blobs.ts';
import { type Marks, openMarks } from './marks.ts';
import { type Referrer, referrerOf } from './referrers.ts';
import type { Store, StorePorts } from './store.ts';
import { createUploads, type UploadFolder } from './uploads.ts';

/** One repository of our registry: the content that belongs to it, and its tags, which are the entries of its layout. */
export interface RepositoryFolder extends ContentSource, ContentSink {
  /** A layout that other tools can read. */
  readonly layout: string;
  readonly uploads: UploadFolder;
  blobSize(digest: Digest): Promise<number | undefined>;
  /** Lets a blob that is in the pool belong to this repository. */
  addBlob(digest: Digest): Promise<void>;
  removeBlob(digest: Digest): Promise<boolean>;
  removeManifest(digest: Digest): Promise<boolean>;
  tags(): Promise<readonly string[]>;
  digestOfTag(tag: Tag): Promise<Digest | undefined>;
  writeTag(tag: Tag, manifest: RawManifest): Promise<void>;
  removeTag(tag: Tag): Promise<boolean>;
  referrers(subject: Digest): Promise<readonly OciDescriptor[]>;
}

const tagOf = (entry: OciDescriptor): string | undefined => entry.annotations?.[refNameAnnotation];

interface RepositoryParts {
  readonly folder: string;
  readonly path: string;
  readonly blobs: BlobFolder;
  readonly store: Store;
}

/**
 * Each fact is a file of its own, written whole after what it relies on and removed before it:
 * a server that is killed leaves at worst content that nothing names.
 */
export function openRepository(ports: StorePorts, { folder, path, blobs, store }: RepositoryParts): RepositoryFolder {
  const marks = (kind: string): Marks => openMarks(ports.files, `${folder}/${kind}`);
  const ownBlobs = marks('_blobs');
  const ownManifests = marks('_manifests');
  const referrersOf = (subject: Digest): Marks => marks(`_referrers/${algorithmOf(subject)}/${hexOf(subject)}`);
  const uploads = createUploads(ports, `${folder}/_uploads`, blobs);

  const blobSize = async (digest: Digest): Promise<number | undefined> =>
    (await ownBlobs.read(digest)) === undefined ? undefined : blobs.size(digest);
  const readManifest = async (digest: Digest): Promise<RawManifest | undefined> => {
    const mediaType = await ownManifests.read(digest);
    const bytes = mediaType === undefined ? undefined : await blobs.readBytes(digest, maxDocumentBytes);
    return mediaType === undefined || bytes === undefined ? undefined : { digest, mediaType, bytes };
  };
  return {
    name: path,
    layout: `${folder}/_layout`,
    uploads,
    blobSize,
    readManifest,
    readBlob: async (descriptor) =>
      (await ownBlobs.read(descriptor.digest)) === undefined ? undefined : blobs.read(descriptor),
    hasBlob: async (descriptor) => (await blobSize(descriptor.digest)) === descriptor.size,
    async writeBlob(descriptor, open) {
      if ((await blobSize(descriptor.digest)) === descriptor.size) return 'present';
      const isNew = await blobs.write(descriptor, open);
      await ownBlobs.write(descriptor.digest, '');
      return isNew ? 'written' : 'mounted';
    },
    addBlob: (digest) => ownBlobs.write(digest, ''),
    removeBlob: (digest) => ownBlobs.remove(digest),
    hasManifest: async (digest) => (await ownManifests.read(digest)) !== undefined,
    async writeManifest(raw) {
      const referrer = referrerOf(raw);
      await blobs.write({ digest: raw.digest, size: raw.bytes.length }, async () => piecesOf(raw.bytes));
      await ownManifests.write(raw.digest, raw.mediaType);
      if (referrer !== undefined)
        await referrersOf(referrer.subject).write(raw.digest, JSON.stringify(referrer.descriptor));
    },
    async removeManifest(digest) {
      const raw = await readManifest(digest);
      const referrer: Referrer | undefined = raw === undefined ? undefined : referrerOf(raw);
      await store.removeEntriesOf(digest);
      if (referrer !== undefined) await referrersOf(referrer.subject).remove(digest);
      return ownManifests.remove(digest);
    },
    tags: async () =>
      (await store.entries())
        .map(tagOf)
        .filter((tag) => tag !== undefined)
        .sort(),
    digestOfTag: async (tag) => (await store.entries()).find((entry) => tagOf(entry) === tag)?.digest,
    writeTag: (tag, { mediaType, digest, bytes }) => store.addEntry({ mediaType, digest, size: bytes.length }, tag),
    removeTag: (tag) => store.removeEntry(tag),
    async referrers(subject) {
      const found: OciDescriptor[] = [];
      const list = referrersOf(subject);
      for (const digest of await list.digests()) {
        const text = await list.read(digest);
        if (text !== undefined) found.push(readJson(text, OciDescriptor, aboutReferrer(digest)));
      }
      return found;
    },
  };
}

function aboutReferrer(digest: Digest): { code: string; what: string; where: string; next: string } {
  return { code: 'referrers-invalid', what: 'the mark of a referrer', where: digest, next: 'push the referrer again' };
}
