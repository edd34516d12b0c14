import { readRecords } from '../clients/records.ts';
import { repositoryContent } from '../clients/registry/repository-content.ts';
import type { Digest } from '../domain/digest.ts';
import { ConfigError, RemoteError } from '../domain/errors.ts';
import { parseImageRef, refText } from '../domain/image-ref.ts';
import type { ImageRecord, PlatformRecord } from '../domain/record.ts';
import type { Ports } from '../ports/ports.ts';
import { platformRecord } from '../stages/build.ts';
import { readImage } from '../store/image-content.ts';
import { openStore } from '../store/store.ts';
import { registryFor } from './destination.ts';

/** What there is to know about an image without running it. */
export interface InspectedImage {
  readonly digest: Digest;
  readonly mediaType: string;
  readonly platforms: readonly PlatformRecord[];
  readonly record: ImageRecord | null;
}

/** Looks at an image in a registry, or at every image of a store on disk. */
export async function inspect(ports: Ports, subject: string): Promise<readonly InspectedImage[]> {
  const folder = await ports.files.facts(`${subject}/oci-layout`);
  return folder === undefined ? [await inspectReference(ports, subject)] : inspectStore(ports, subject);
}

async function inspectStore(ports: Ports, folder: string): Promise<readonly InspectedImage[]> {
  const store = await openStore(ports, folder);
  const digests = new Set((await store.entries()).map((entry) => entry.digest));
  return Promise.all([...digests].map(async (digest) => ({ ...(await described(store, digest)), record: null })));
}

async function inspectReference(ports: Ports, text: string): Promise<InspectedImage> {
  if (text.startsWith('.') || text.startsWith('/')) {
    throw new ConfigError({
      code: 'store-missing',
      what: 'there is no OCI image layout',
      where: text,
      state: 'nothing was read',
      next: 'name the folder in which oci-layout and index.json lie, or a reference such as ghcr.io/owner/app:1.0',
    });
  }
  const ref = parseImageRef(text, 'the argument');
  const registry = registryFor(ports);
  const wanted = ref.digest ?? ref.tag ?? parseImageRef(`${text}:latest`, 'the argument').tag;
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
  const image = await described(repositoryContent(registry, ref.repository), found.digest);
  const { records } = await readRecords(registry, ref.repository, found.digest);
  return { ...image, record: records.at(-1)?.record ?? null };
}

async function described(
  source: Parameters<typeof readImage>[0],
  digest: Digest,
): Promise<Omit<InspectedImage, 'record'>> {
  const image = await readImage(source, digest);
  return { digest: image.digest, mediaType: image.mediaType, platforms: image.platforms.map(platformRecord) };
}
