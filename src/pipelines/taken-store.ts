import { digestOf } from '../domain/digest.ts';
import { ConfigError } from '../domain/errors.ts';
import { parseRepository } from '../domain/image-ref.ts';
import { builtIn, type KeptStore } from '../domain/kept-store.ts';
import type { ImageRecord } from '../domain/record.ts';
import type { ContentSource } from '../ports/content.ts';
import type { Ports } from '../ports/ports.ts';
import { platformRecord } from '../stages/build.ts';
import { readImage } from '../store/image-content.ts';
import { keptArchive, readKeptFolder, unpackStore } from './kept-artifact.ts';
import { copyHeld, type HeldImage, keptFile, parseKept } from './kept-stores.ts';
import { readPlace } from './places/place.ts';
import { openSource } from './places/source.ts';

/** Takes an image from a folder that somebody downloaded: an artifact, what another clone kept, or any store or archive with one image. */
export async function takeStore(ports: Ports, path: string, key: string, layout: string): Promise<HeldImage> {
  const isThere = async (name: string): Promise<boolean> => (await ports.files.facts(`${path}/${name}`)) !== undefined;
  if (!(await isThere(keptFile))) return takeImage(ports, path, key, layout);
  const kept = (await isThere(keptArchive))
    ? await readKeptFolder(ports, path)
    : parseKept((await ports.files.readBytes(`${path}/${keptFile}`)) ?? '', `${path}/${keptFile}`);
  if (kept.key !== key) throw otherKey(path, `it holds ${kept.key}`, key);
  if (await isThere(keptArchive)) return unpackStore(ports, path, kept, layout);
  await using source = await openSource(ports, { kind: 'store', folder: `${path}/image` });
  return copyHeld(ports, source.content, kept, layout);
}

/** Takes an image that a record speaks of, from where it was uploaded. */
export function takeUploaded(
  ports: Ports,
  { record, from }: { readonly record: ImageRecord; readonly from: ContentSource },
  layout: string,
): Promise<HeldImage> {
  const { key, repository, identity, commit, dirty, run } = record;
  const kept: KeptStore = { ...plain, key, repository, identity, commit, dirty, run, built: builtIn(record) };
  return copyHeld(ports, from, kept, layout);
}

const plain = { schema: 'slipway.kept/1', why: null, buildable: null } as const;
const unknown = 'unknown';

/** Of an image without anything beside it nothing is known but its bytes. */
async function takeImage(ports: Ports, path: string, key: string, layout: string): Promise<HeldImage> {
  await using source = await openSource(ports, await readPlace(ports.files, path));
  const [image, ...more] = source.images;
  if (image === undefined || more.length > 0) throw otherKey(path, `it holds ${source.images.length} images`, key);
  const { digest } = image.descriptor;
  const content = await readImage(source.content, digest);
  const kept: KeptStore = {
    ...plain,
    key,
    repository: parseRepository('localhost/unknown', path),
    identity: digestOf(`unknown inputs of ${digest}`),
    commit: null,
    dirty: true,
    run: { id: unknown, number: null, attempt: 1 },
    built: {
      digest,
      mediaType: content.mediaType,
      platforms: content.platforms.map(platformRecord),
      bases: [],
      builder: { name: unknown, driver: unknown, version: unknown },
      durationMs: 0,
    },
  };
  return copyHeld(ports, source.content, kept, layout);
}

function otherKey(path: string, what: string, key: string): ConfigError {
  return new ConfigError({
    code: 'store-other-image',
    what: `${what}, and what is wanted is one image ${key}`,
    where: path,
    state: 'nothing was tested',
    next: 'name the folder of that image, or with --image the image that it holds',
  });
}
