import { Engine } from '../../clients/engine.ts';
import type { RegistryClient } from '../../clients/registry/client.ts';
import { repositoryContent } from '../../clients/registry/repository-content.ts';
import type { Digest } from '../../domain/digest.ts';
import { RemoteError } from '../../domain/errors.ts';
import { type ImageRef, parseImageRef, type Repository, refText } from '../../domain/image-ref.ts';
import type { OciDescriptor } from '../../formats/oci.ts';
import type { ContentSource } from '../../ports/content.ts';
import type { Ports } from '../../ports/ports.ts';
import { type ListedImage, listImages } from '../../store/listing.ts';
import { openStore } from '../../store/store.ts';
import { openArchive } from '../../store/tar/archive.ts';
import type { OpenForm } from '../../store/tar/oci-form.ts';
import { registryFor } from '../destination.ts';
import { type Place, tagged } from './place.ts';

/** A place that is open for reading. */
export interface ImageSource extends AsyncDisposable {
  readonly content: ContentSource;
  readonly images: readonly ListedImage[];
  /** What is attached to a digest there. */
  referrersOf(digest: Digest): Promise<readonly OciDescriptor[]>;
  /** The repository, if it is one. */
  readonly remote?: { readonly registry: RegistryClient; readonly repository: Repository };
}

/** Opens a place. An image of an engine is saved into a folder that is gone when the place is closed. */
export async function openSource(ports: Ports, place: Place): Promise<ImageSource> {
  switch (place.kind) {
    case 'store': {
      const store = await openStore(ports, place.folder);
      return listedSource({ source: store, entries: await store.entries() });
    }
    case 'archive':
      return listedSource(await openArchive(ports.files, place.file));
    case 'engine':
      return engineSource(ports, oneReference(place.reference));
    case 'registry':
      return registrySource(ports, tagged(place.ref));
  }
}

async function listedSource({ source, entries }: OpenForm, close = async () => {}): Promise<ImageSource> {
  const { images, referrersOf } = await listImages(source, entries);
  return { content: source, images, referrersOf: async (digest) => referrersOf(digest), [Symbol.asyncDispose]: close };
}

async function engineSource(ports: Ports, reference: string): Promise<ImageSource> {
  const folder = await ports.files.tempFolder('slipway-engine-');
  const close = (): Promise<void> => Promise.resolve(folder[Symbol.asyncDispose]());
  try {
    const file = `${folder.path}/image.tar`;
    await new Engine(ports).save(reference, file);
    const { source, entries } = await openArchive(ports.files, file);
    return await listedSource({ source: { ...source, name: `engine:${reference}` }, entries }, close);
  } catch (error) {
    await close();
    throw error;
  }
}

/** Without a tag, engines save every tag of a repository; an id is a whole name. */
function oneReference(text: string): string {
  if (/^(sha256:)?[0-9a-f]{12,64}$/.test(text)) return text;
  const { tag, digest } = parseImageRef(text, 'the argument');
  return tag === undefined && digest === undefined ? `${text}:latest` : text;
}

async function registrySource(ports: Ports, ref: ImageRef): Promise<ImageSource> {
  const registry = registryFor(ports);
  const wanted = ref.digest ?? ref.tag;
  const found = wanted === undefined ? undefined : await registry.resolve(ref.repository, wanted);
  if (found === undefined) {
    throw new RemoteError({
      code: 'image-absent',
      what: `there is no ${refText(ref)}`,
      where: ref.repository,
      state: 'nothing was read',
      next: 'check the name and the tag',
    });
  }
  const { repository, tag } = ref;
  const names = tag === undefined ? [] : [refText({ repository, tag })];
  return {
    content: repositoryContent(registry, repository),
    images: [{ descriptor: found, names }],
    referrersOf: (digest) => registry.listReferrers(repository, digest),
    remote: { registry, repository },
    [Symbol.asyncDispose]: async () => {},
  };
}
