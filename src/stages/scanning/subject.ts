import type { PlatformRecord } from '../../domain/record.ts';
import type { OciDescriptor } from '../../formats/oci.ts';
import type { Ports } from '../../ports/ports.ts';
import { copyContent } from '../../store/copy.ts';
import { readImage } from '../../store/image-content.ts';
import type { Store } from '../../store/store.ts';
import { createCollection } from '../../store/tar/pack.ts';

type SubjectPorts = Pick<Ports, 'files'>;

/** Makes a place with one platform of an image and nothing else, so that no scanner has to choose; no layer is copied for a layout. */
export async function makeSubject(
  ports: SubjectPorts,
  { store, platform, folder }: { readonly store: Store; readonly platform: PlatformRecord; readonly folder: string },
  form: 'layout' | 'archive',
): Promise<string> {
  const [image] = (await readImage(store, platform.digest)).platforms;
  if (image === undefined) throw new Error(`${platform.digest} was read and has no platform`);
  const { descriptor } = image;
  return form === 'layout'
    ? layoutOf(ports, { store, descriptor, path: `${folder}/image` })
    : archiveOf(ports, { store, descriptor, path: `${folder}/image.tar` });
}

interface Making {
  readonly store: Store;
  readonly descriptor: OciDescriptor;
  readonly path: string;
}

async function layoutOf({ files }: SubjectPorts, { store, descriptor, path }: Making): Promise<string> {
  const blobs = `${store.folder}/blobs`;
  await files.write(`${path}/oci-layout`, JSON.stringify({ imageLayoutVersion: '1.0.0' }));
  await files.write(`${path}/index.json`, JSON.stringify({ schemaVersion: 2, manifests: [descriptor] }));
  await files.makeLink(`${path}/blobs`, (await files.realPath(blobs)) ?? blobs);
  return path;
}

async function archiveOf({ files }: SubjectPorts, { store, descriptor, path }: Making): Promise<string> {
  const collection = createCollection(path);
  await copyContent(store, collection, descriptor);
  await files.write(path, await collection.pack([descriptor], { digest: descriptor.digest, names: [] }));
  return path;
}
