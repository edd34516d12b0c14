import { gzipSync } from 'node:zlib';
import { digestOf } from '../../src/domain/digest.ts';
import { mediaTypes, referenceTypeAnnotation } from '../../src/formats/oci.ts';
import { type MadeBlob, type MadeImage, madeBlob, madeManifest } from './made-image.ts';
import { type MadeEntry, madeTar } from './made-tar.ts';
import { zstdFrame } from './zstd.ts';

/** The forms that an image has in the world. */
export const imageForms = ['docker', 'oci', 'index'] as const;
export type ImageForm = (typeof imageForms)[number];

/** One layer of a drawn image, with what its history says of it. */
export interface DrawnLayer {
  readonly entries: readonly MadeEntry[];
  readonly createdBy: string;
  readonly packing?: 'gzip' | 'none' | 'zstd';
}

/** An image before it is made, so that one thing of it can be changed. */
export interface DrawnImage {
  readonly layers: readonly DrawnLayer[];
  readonly config: Readonly<Record<string, unknown>>;
  readonly architecture: string;
  readonly created: string;
  /** Entries of the history that have no layer, by the place of the layer behind them. */
  readonly historyBefore?: Readonly<Record<number, readonly string[]>>;
  /** The same behind all layers. */
  readonly quietHistory: readonly string[];
  readonly annotations: Readonly<Record<string, string>>;
  readonly mediaType?: string;
  /** The second platform of an index. */
  readonly second: 'arm64' | '386';
  /** Two platforms of an index are listed under each other's name. */
  readonly isSwapped: boolean;
  readonly attestation: string;
  readonly historyComment?: string;
}

/** An image of two layers, with a history that accounts for them. */
export const honest: DrawnImage = {
  layers: [
    { entries: [{ name: 'bin/sh', content: 'shell' }], createdBy: 'ADD rootfs.tar / # buildkit' },
    { entries: [{ name: 'app/main', content: 'main' }], createdBy: 'COPY main /app/ # buildkit' },
  ],
  config: {
    Env: ['PATH=/bin'],
    Entrypoint: ['/app/main'],
    Cmd: ['serve'],
    User: '1000',
    WorkingDir: '/app',
    Labels: { team: 'blue' },
  },
  architecture: 'amd64',
  created: '2026-01-01T00:00:00Z',
  quietHistory: ['CMD ["serve"]'],
  annotations: {},
  second: 'arm64',
  isSwapped: false,
  attestation: 'built by us',
};

const packed = {
  gzip: (tar: Uint8Array) => gzipSync(tar),
  none: (tar: Uint8Array) => tar,
  zstd: (tar: Uint8Array) => zstdFrame(tar),
} as const;

const layerTypes = {
  oci: {
    gzip: 'application/vnd.oci.image.layer.v1.tar+gzip',
    none: 'application/vnd.oci.image.layer.v1.tar',
    zstd: 'application/vnd.oci.image.layer.v1.tar+zstd',
  },
  docker: {
    gzip: 'application/vnd.docker.image.rootfs.diff.tar.gzip',
    none: 'application/vnd.docker.image.rootfs.diff.tar',
    zstd: 'application/vnd.docker.image.rootfs.diff.tar.zstd',
  },
} as const;

/** Makes a drawn image in one of the forms; equal drawings give equal bytes. */
export function drawn(drawing: DrawnImage, form: ImageForm): MadeImage {
  if (form !== 'index') return manifestOf(drawing, form);
  // Of its own machine, as programs are.
  const layers = drawing.layers.map((layer) => ({
    ...layer,
    entries: [...layer.entries, { name: 'lib', content: 'arm' }],
  }));
  const other: DrawnImage = { ...drawing, layers, architecture: drawing.second };
  const [one, two] = [manifestOf(drawing, 'oci'), manifestOf(other, 'oci')];
  const images = drawing.isSwapped ? [named(two, one), named(one, two)] : [one, two];
  const children = images.flatMap((image) => [image, attestationOf(image, drawing.attestation)]);
  const manifests = children.map((child) => child.descriptor);
  const document = { schemaVersion: 2, mediaType: mediaTypes.index, manifests, annotations: drawing.annotations };
  const blob = madeBlob(mediaTypes.index, json(document));
  const manifest = { mediaType: mediaTypes.index, digest: blob.descriptor.digest, bytes: blob.bytes };
  return { descriptor: blob.descriptor, manifest, blobs: [], children };
}

/** An image under the name of another's platform. */
function named(image: MadeImage, other: MadeImage): MadeImage {
  const { platform } = other.descriptor;
  return { ...image, descriptor: { ...image.descriptor, ...(platform === undefined ? {} : { platform }) } };
}

function manifestOf(drawing: DrawnImage, form: 'docker' | 'oci'): MadeImage {
  const { layers, architecture, created, quietHistory, annotations } = drawing;
  const tars = layers.map(({ entries }) => madeTar(entries));
  const blobs = layers.map(({ packing = 'gzip' }, place): MadeBlob => {
    return madeBlob(layerTypes[form][packing], packed[packing](tars[place] ?? new Uint8Array()));
  });
  const comment = drawing.historyComment ?? 'buildkit.dockerfile.v0';
  const history = [
    ...layers.flatMap(({ createdBy }, place) => [
      ...(drawing.historyBefore?.[place] ?? []).map((text) => ({
        created,
        created_by: text,
        comment,
        empty_layer: true,
      })),
      { created, created_by: createdBy, comment },
    ]),
    ...quietHistory.map((createdBy) => ({ created, created_by: createdBy, comment, empty_layer: true })),
  ];
  const rootfs = { type: 'layers', diff_ids: tars.map((tar) => digestOf(tar)) };
  const document = { os: 'linux', architecture, created, config: drawing.config, rootfs, history };
  const isDocker = form === 'docker';
  const configType = isDocker ? 'application/vnd.docker.container.image.v1+json' : mediaTypes.config;
  const mediaType = drawing.mediaType ?? (isDocker ? mediaTypes.dockerManifest : mediaTypes.manifest);
  const made = madeManifest(madeBlob(configType, json(document)), blobs, {
    mediaType,
    ...(Object.keys(annotations).length === 0 ? {} : { annotations }),
  });
  const platform = { os: 'linux', architecture };
  return {
    ...made,
    manifest: { ...made.manifest, mediaType },
    descriptor: { ...made.descriptor, mediaType, platform },
  };
}

function attestationOf(image: MadeImage, text: string): MadeImage {
  const platform = { os: 'unknown', architecture: 'unknown' };
  const statement = madeBlob('application/vnd.in-toto+json', json({ subject: image.manifest.digest, text }));
  const rootfs = { type: 'layers', diff_ids: [statement.descriptor.digest] };
  const made = madeManifest(madeBlob(mediaTypes.config, json({ ...platform, config: {}, rootfs })), [statement]);
  const annotations = {
    [referenceTypeAnnotation]: 'attestation-manifest',
    'vnd.docker.reference.digest': image.manifest.digest,
  };
  return { ...made, descriptor: { ...made.descriptor, platform, annotations } };
}

function json(value: object): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(value));
}
