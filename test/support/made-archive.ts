import { digestOf, hexOf } from '../../src/domain/digest.ts';
import type { MadeImage } from './made-image.ts';
import { type MadeEntry, madeTar } from './made-tar.ts';

const layout = { name: 'oci-layout', content: '{"imageLayoutVersion":"1.0.0"}' };

/** The files of an OCI layout that lists these images, each under the name given. */
export function ociEntries(images: Readonly<Record<string, MadeImage>>): readonly MadeEntry[] {
  const manifests = Object.entries(images).map(([name, { descriptor }]) => {
    return { ...descriptor, annotations: { 'org.opencontainers.image.ref.name': name } };
  });
  const index = JSON.stringify({ schemaVersion: 2, manifests });
  return [...Object.values(images).flatMap(blobEntries), { name: 'index.json', content: index }, layout];
}

/** The blobs of an image and its members, as a layout has them. */
export function blobEntries(image: MadeImage): readonly MadeEntry[] {
  const contents = [image.manifest.bytes, ...image.blobs.map((blob) => blob.bytes)];
  return [
    ...contents.map((content) => ({ name: `blobs/sha256/${hexOf(digestOf(content))}`, content })),
    ...image.children.flatMap(blobEntries),
  ];
}

/** An image as an engine of old saves it. */
export interface SavedImage {
  readonly entries: readonly MadeEntry[];
  readonly config: Uint8Array;
  readonly layers: readonly Uint8Array[];
}

/** The files that `docker save` writes on a classic store; a layer that comes again is a link to the first. */
export function savedImage(texts: readonly string[], tags: readonly string[] | null = ['acme/app:1']): SavedImage {
  const layers = texts.map((text) => madeTar([{ name: 'file', content: text }]));
  const rootfs = { type: 'layers', diff_ids: layers.map((layer) => digestOf(layer)) };
  const config = Buffer.from(JSON.stringify({ os: 'linux', architecture: 'amd64', config: { Env: ['A=1'] }, rootfs }));
  const names = layers.map((_layer, place) => `${hexOf(digestOf(`${place}`))}/layer.tar`);
  const configName = `${hexOf(digestOf(config))}.json`;
  const first = (place: number): number => texts.indexOf(texts[place] ?? '');
  const entries = layers.map((content, place) => {
    const name = names[place] ?? '';
    return first(place) === place ? { name, content } : { name, link: `../${names[first(place)]}` };
  });
  const list = [{ Config: configName, RepoTags: tags, Layers: names }];
  return {
    config,
    layers,
    entries: [
      ...entries,
      { name: configName, content: config },
      { name: 'manifest.json', content: JSON.stringify(list) },
    ],
  };
}
