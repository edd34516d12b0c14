import { z } from 'zod';
import { type Digest, digestOf, Hasher } from '../../domain/digest.ts';
import { readJson } from '../../formats/json.ts';
import { mediaTypes, OciConfig, type OciDescriptor } from '../../formats/oci.ts';
import { piecesOf } from '../../formats/pieces.ts';
import { verifiedContent } from '../../formats/verified-content.ts';
import type { RawManifest } from '../../ports/content.ts';
import { nameAnnotations } from '../names.ts';
import { maxLayers } from '../references.ts';
import type { Contents } from './contents.ts';
import { broken, layerCompressed, layerDamaged } from './failure.ts';
import type { OpenForm } from './oci-form.ts';
import type { ArchivedFile } from './scan.ts';

/** The `manifest.json` of an archive as `docker save` writes it. */
const SavedImages = z
  .array(
    z.object({
      Config: z.string(),
      RepoTags: z.array(z.string()).nullish(),
      Layers: z.array(z.string()).max(maxLayers).nullish(),
    }),
  )
  .min(1);
type SavedImage = z.infer<typeof SavedImages>[number];

const configType = 'application/vnd.docker.container.image.v1+json';
const layerType = 'application/vnd.docker.image.rootfs.diff.tar';
const file = 'manifest.json';

/** Content that an image of the archive is made of: bytes that we hold, or a file of the archive. */
type Part = Uint8Array | ArchivedFile;

/** Opens an archive in the form of `docker save`; `undefined` where it is none. Manifests are made, always the same ones. */
export async function openDockerForm(contents: Contents): Promise<OpenForm | undefined> {
  const bytes = await contents.readDocument(file);
  if (bytes === undefined) return undefined;
  const next = 'make the archive again with `docker save`';
  const saved = readJson(bytes, SavedImages, { code: 'archive-broken', what: file, where: contents.path, next });
  const parts = new Map<Digest, Part>();
  const manifests = new Map<Digest, RawManifest>();
  const hashes = new Map<number, Digest>();
  const entries: OciDescriptor[] = [];
  for (const image of saved) {
    const manifest = await manifestOf(contents, image, parts, hashes);
    manifests.set(manifest.digest, manifest);
    const plain = { mediaType: manifest.mediaType, digest: manifest.digest, size: manifest.bytes.length };
    const names = image.RepoTags ?? [];
    if (names.length === 0) entries.push(plain);
    for (const name of names) entries.push({ ...plain, annotations: nameAnnotations(name) });
  }
  const name = contents.path;
  const source: OpenForm['source'] = {
    name,
    readManifest: async (digest) => manifests.get(digest),
    async readBlob(descriptor) {
      const part = parts.get(descriptor.digest);
      if (part === undefined) return undefined;
      const content = part instanceof Uint8Array ? piecesOf(part) : await contents.read(part);
      return verifiedContent(descriptor, content, name);
    },
  };
  return { source, entries };
}

/** The manifest that a registry would have for a saved image: its config as it is, its layers as plain tars. */
async function manifestOf(
  contents: Contents,
  image: SavedImage,
  parts: Map<Digest, Part>,
  hashes: Map<number, Digest>,
): Promise<RawManifest> {
  const where = contents.path;
  const bytes = await contents.readDocument(image.Config);
  if (bytes === undefined) throw broken(`the config ${JSON.stringify(image.Config)} is not there`, where);
  const config = digestOf(bytes);
  const named = /(?:^|\/|sha256:)([0-9a-f]{64})(?:\.json)?$/.exec(image.Config)?.[1];
  if (named !== undefined && config !== `sha256:${named}`)
    throw broken(`the config ${named} hashes to ${config}`, where);
  const next = 'make the archive again';
  const about = { code: 'config-invalid', what: 'the config of the image', where, next };
  const diffIds = readJson(bytes, OciConfig, about).rootfs.diff_ids;
  const names = image.Layers ?? [];
  if (names.length !== diffIds.length) {
    throw broken(`the image ${config} has ${names.length} layers and its config speaks of ${diffIds.length}`, where);
  }
  parts.set(config, bytes);
  const layers: object[] = [];
  for (const [place, diffId] of diffIds.entries()) {
    const layer = await layerOf(contents, names[place] ?? '', diffId, hashes);
    parts.set(diffId, layer);
    layers.push({ mediaType: layerType, size: layer.size, digest: diffId });
  }
  const document = {
    schemaVersion: 2,
    mediaType: mediaTypes.dockerManifest,
    config: { mediaType: configType, size: bytes.length, digest: config },
    layers,
  };
  const made = new TextEncoder().encode(JSON.stringify(document));
  return { mediaType: mediaTypes.dockerManifest, digest: digestOf(made), bytes: made };
}

/** A layer is one when its bytes hash to what the config says; a file that several images share is hashed once. */
async function layerOf(
  contents: Contents,
  name: string,
  diffId: Digest,
  hashes: Map<number, Digest>,
): Promise<ArchivedFile> {
  const layer = contents.find(name);
  if (layer === undefined) throw broken(`the layer ${JSON.stringify(name)} is not there`, contents.path);
  const known = hashes.get(layer.start);
  let isCompressed = false;
  const hash = async (): Promise<Digest> => {
    const hasher = new Hasher();
    let isFirst = true;
    for await (const piece of await contents.read(layer)) {
      isCompressed ||= isFirst && piece[0] === 0x1f && piece[1] === 0x8b;
      isFirst = false;
      hasher.add(piece);
    }
    return hasher.digest();
  };
  const found = known ?? (await hash());
  // An empty file has no place of its own: another one may begin where it does.
  if (layer.size > 0) hashes.set(layer.start, found);
  if (found === diffId) return layer;
  if (isCompressed) throw layerCompressed(name, contents.path);
  throw layerDamaged(
    `the layer ${JSON.stringify(name)} hashes to ${found}, and the config says ${diffId}`,
    contents.path,
  );
}
