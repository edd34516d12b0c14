import { gzipSync } from 'node:zlib';
import { type DigestAlgorithm, digestOf } from '../../src/domain/digest.ts';
import { mediaTypes, type OciDescriptor, referenceTypeAnnotation } from '../../src/formats/oci.ts';
import type { ContentSink, RawManifest } from '../../src/ports/content.ts';
import { zstdFrame } from './zstd.ts';

/** Content with the descriptor that names it. */
export interface MadeBlob {
  readonly descriptor: OciDescriptor;
  readonly bytes: Uint8Array;
}

/** An image, an artifact or an index in memory: its manifest, what it is made of, and the descriptor that an index lists. */
export interface MadeImage {
  readonly descriptor: OciDescriptor;
  readonly manifest: RawManifest;
  readonly blobs: readonly MadeBlob[];
  readonly children: readonly MadeImage[];
}

export interface MadeImageOptions {
  readonly platform?: string;
  /** How many layers, or the files of each: one small gzipped tar a layer. */
  readonly layers?: number | readonly Readonly<Record<string, string>>[];
  /** The runtime part of the config: Env, Cmd, Labels. */
  readonly config?: Readonly<Record<string, unknown>>;
  /** How the layers are packed. */
  readonly packing?: keyof typeof packings;
  /** The algorithm of every digest in it. */
  readonly algorithm?: DigestAlgorithm;
}

const layerType = 'application/vnd.oci.image.layer.v1.tar';

const packings = {
  none: { type: layerType, pack: (tar: Uint8Array) => tar },
  gzip: { type: `${layerType}+gzip`, pack: (tar: Uint8Array) => gzipSync(tar) },
  zstd: { type: `${layerType}+zstd`, pack: (tar: Uint8Array) => zstdFrame(tar) },
};

/** Makes an image without a builder; equal options give equal bytes. */
export function madeImage(options: MadeImageOptions = {}): MadeImage {
  const { platform = 'linux/amd64', layers = 1, config = {}, packing = 'gzip', algorithm } = options;
  const [os = '', architecture = '', variant] = platform.split('/');
  const fields = { os, architecture, ...(variant === undefined ? {} : { variant }) };
  const folders =
    typeof layers === 'number'
      ? Array.from({ length: layers }, (_, place) => ({ 'layer.txt': `${platform} ${place}` }))
      : layers;
  const tars = folders.map(tarOf);
  const layerBlobs = tars.map((tar) => madeBlob(packings[packing].type, packings[packing].pack(tar), algorithm));
  const rootfs = { type: 'layers', diff_ids: tars.map((tar) => digestOf(tar, algorithm)) };
  const configBlob = madeBlob(mediaTypes.config, json({ ...fields, config, rootfs, history: [] }), algorithm);
  const made = madeManifest(configBlob, layerBlobs, {}, algorithm);
  return { ...made, descriptor: { ...made.descriptor, platform: fields } };
}

/** Makes an artifact that is no image, about a subject or on its own. */
export function madeArtifact(artifactType: string, text: string, subject?: OciDescriptor): MadeImage {
  const config = madeBlob(mediaTypes.empty, json({}));
  const content = madeBlob('text/plain', new TextEncoder().encode(text));
  return madeManifest(config, [content], { artifactType, annotations: { made: 'yes' }, subject });
}

/** Makes an index, with an attestation after each image if that is asked for, as BuildKit writes it. */
export function madeIndex(
  images: readonly MadeImage[],
  options: { readonly attestation?: boolean; readonly algorithm?: DigestAlgorithm } = {},
): MadeImage {
  const children = images.flatMap((image) => (options.attestation === true ? [image, attestationOf(image)] : [image]));
  const manifests = children.map((child) => child.descriptor);
  const document = { schemaVersion: 2, mediaType: mediaTypes.index, manifests };
  const raw = rawOf(mediaTypes.index, document, options.algorithm);
  return { descriptor: describe(raw), manifest: raw, blobs: [], children };
}

/** Makes a manifest from its parts; `more` are further fields. */
export function madeManifest(
  config: MadeBlob,
  layers: readonly MadeBlob[],
  more: object = {},
  algorithm?: DigestAlgorithm,
): MadeImage {
  const document = {
    schemaVersion: 2,
    mediaType: mediaTypes.manifest,
    config: config.descriptor,
    layers: layers.map((layer) => layer.descriptor),
    ...more,
  };
  const manifest = rawOf(mediaTypes.manifest, document, algorithm);
  return { descriptor: describe(manifest), manifest, blobs: [config, ...layers], children: [] };
}

/** Makes a blob of any bytes. */
export function madeBlob(mediaType: string, bytes: Uint8Array, algorithm?: DigestAlgorithm): MadeBlob {
  return { descriptor: { mediaType, digest: digestOf(bytes, algorithm), size: bytes.length }, bytes };
}

/** Writes all that belongs to an image, its manifest last. */
export async function writeMade(sink: ContentSink, made: MadeImage): Promise<void> {
  for (const child of made.children) await writeMade(sink, child);
  for (const { descriptor, bytes } of made.blobs) {
    await sink.writeBlob(descriptor, async () => piecesOf(bytes));
  }
  await sink.writeManifest(made.manifest);
}

function attestationOf(image: MadeImage): MadeImage {
  const platform = { os: 'unknown', architecture: 'unknown' };
  const statement = json({ _type: 'https://in-toto.io/Statement/v0.1', subject: [image.manifest.digest] });
  const layer = madeBlob('application/vnd.in-toto+json', statement);
  const rootfs = { type: 'layers', diff_ids: [layer.descriptor.digest] };
  const made = madeManifest(madeBlob(mediaTypes.config, json({ ...platform, config: {}, rootfs })), [layer]);
  const annotations = {
    [referenceTypeAnnotation]: 'attestation-manifest',
    'vnd.docker.reference.digest': image.manifest.digest,
  };
  return { ...made, descriptor: { ...made.descriptor, platform, annotations } };
}

function rawOf(mediaType: string, document: object, algorithm?: DigestAlgorithm): RawManifest {
  const bytes = json(document);
  return { mediaType, digest: digestOf(bytes, algorithm), bytes };
}

function describe({ mediaType, digest, bytes }: RawManifest): OciDescriptor {
  return { mediaType, digest, size: bytes.length };
}

function json(value: object): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(value));
}

async function* piecesOf(bytes: Uint8Array): AsyncIterable<Uint8Array> {
  yield bytes.subarray(0, 7);
  yield bytes.subarray(7);
}

/** A tar in the ustar form: a header of 512 bytes a file, contents filled up to 512, two empty blocks at the end. */
function tarOf(files: Readonly<Record<string, string>>): Uint8Array {
  const parts = Object.entries(files).map(([name, text]) => {
    const content = Buffer.from(text);
    const header = Buffer.alloc(512);
    header.write(name, 0);
    header.write('0000644\0', 100);
    header.write('0000000\0', 108);
    header.write('0000000\0', 116);
    header.write(`${content.length.toString(8).padStart(11, '0')}\0`, 124);
    header.write('00000000000\0', 136);
    header.write('        0', 148);
    header.write('ustar\x0000', 257);
    const sum = header.reduce((total, byte) => total + byte, 0);
    header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
    return Buffer.concat([header, content, Buffer.alloc((512 - (content.length % 512)) % 512)]);
  });
  return Buffer.concat([...parts, Buffer.alloc(1024)]);
}
