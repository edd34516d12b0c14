import { attachOnce, repositoryContent } from '../../clients/registry/repository-content.ts';
import { hostOf, type ImageRef, refText } from '../../domain/image-ref.ts';
import type { OciDescriptor } from '../../formats/oci.ts';
import type { ContentSink, RawManifest } from '../../ports/content.ts';
import type { Ports } from '../../ports/ports.ts';
import type { Attach } from '../../store/copy-referrers.ts';
import { entriesOf, type ListedImage } from '../../store/listing.ts';
import { fullName } from '../../store/names.ts';
import { createStore } from '../../store/store.ts';
import { createCollection } from '../../store/tar/pack.ts';
import { registryFor } from '../destination.ts';
import { engineTarget } from './engine-target.ts';
import type { Place } from './place.ts';
import type { ImageSource } from './source.ts';

/** A place that is open for writing. */
export interface ImageTarget {
  readonly name: string;
  readonly content: ContentSink;
  /** Without it, the place cannot keep what is attached to an image. */
  readonly attach?: Attach;
  /** Makes what was written findable: a tag, an entry, the archive itself. */
  finish(image: ListedImage): Promise<void>;
  /** How many bytes were written, where only the place knows that. */
  readonly bytes?: () => number;
}

/** Opens a place for one image of a source. */
export async function openTarget(ports: Ports, place: Place, source: ImageSource): Promise<ImageTarget> {
  switch (place.kind) {
    case 'store':
      return storeTarget(ports, place.folder);
    case 'archive':
      return archiveTarget(ports, place);
    case 'engine':
      return engineTarget(ports, place.reference);
    case 'registry':
      return registryTarget(ports, place.ref, source);
  }
}

async function storeTarget(ports: Ports, folder: string): Promise<ImageTarget> {
  const store = await createStore(ports, folder);
  return {
    name: `oci:${folder}`,
    content: store,
    attach: (referrer) => store.addEntry(descriptorOf(referrer)),
    async finish({ descriptor, names }) {
      if (names.length === 0) await store.addEntry(descriptor);
      // The full name, because an entry replaces another one of its name, and many images have a tag in common.
      for (const name of names) await store.addEntry(descriptor, name);
    },
  };
}

function archiveTarget(ports: Ports, { file, form }: Extract<Place, { kind: 'archive' }>): ImageTarget {
  const name = `${form}-archive:${file}`;
  const collection = createCollection(name);
  const attached: OciDescriptor[] = [];
  const target: ImageTarget = {
    name,
    content: collection,
    bytes: () => collection.bytes,
    async finish(image) {
      const { descriptor } = image;
      // Of a bare word, such as the `latest` of a build without a name, an engine would make a repository.
      const names = form === 'docker' ? image.names.filter((one) => fullName(one) !== undefined) : image.names;
      const saved = form === 'docker' ? { digest: descriptor.digest, names } : undefined;
      const entries = [...entriesOf({ descriptor, names }), ...attached];
      await ports.files.write(file, await collection.pack(entries, saved));
    },
  };
  if (form === 'docker') return target;
  return { ...target, attach: async (referrer) => void attached.push(descriptorOf(referrer)) };
}

function registryTarget(ports: Ports, ref: ImageRef, source: ImageSource): ImageTarget {
  const { repository, tag } = ref;
  const from = source.remote;
  const isSameHost = from !== undefined && hostOf(from.repository) === hostOf(repository);
  const registry = isSameHost ? from.registry : registryFor(ports);
  const mountFrom = isSameHost && from.repository !== repository ? [from.repository] : [];
  return {
    name: refText(ref),
    content: repositoryContent(registry, repository, { mountFrom }),
    attach: (manifest, subject) => attachOnce(registry, repository, { manifest, subject }),
    async finish({ descriptor }) {
      if (tag === undefined) return;
      const manifest = await source.content.readManifest(descriptor.digest);
      if (manifest !== undefined) await registry.putManifest(repository, tag, manifest);
    },
  };
}

function descriptorOf({ mediaType, digest, bytes }: RawManifest): OciDescriptor {
  return { mediaType, digest, size: bytes.length };
}
