import { createCipheriv } from 'node:crypto';
import { statfs } from 'node:fs/promises';
import type { MachinePorts } from '../../../src/adapters/machine-ports.ts';
import { type Digest, Hasher } from '../../../src/domain/digest.ts';
import type { OciDescriptor } from '../../../src/formats/oci.ts';
import { createStore } from '../../../src/store/store.ts';
import { madeBlob, madeManifest } from '../../../test/support/made-image.ts';
import { ScriptError } from '../script.ts';

const LAYERS = 8;
const LAYER_BYTES = 128 * 2 ** 20;
const PIECE_BYTES = 2 ** 20;
/** The layout, the registry's copy, uploads under way, and room to breathe. */
const NEEDED_BYTES = 6 * 2 ** 30;

/** Makes a layout with an image of 1 GiB that no packing makes smaller. Its bytes are the same each time. */
export async function makeLargeImage(ports: MachinePorts, layout: string): Promise<Digest> {
  const store = await createStore(ports, layout);
  const { bavail, bsize } = await statfs(layout);
  if (bavail * bsize < NEEDED_BYTES) throw new ScriptError(`this needs 6 GiB of disk at ${layout}`);
  const layers: OciDescriptor[] = [];
  for (let seed = 0; seed < LAYERS; seed += 1) {
    const hasher = new Hasher();
    for (const piece of randomPieces(seed)) hasher.add(piece);
    const mediaType = 'application/vnd.oci.image.layer.v1.tar';
    const layer = { mediaType, digest: hasher.digest(), size: LAYER_BYTES };
    await store.writeBlob(layer, async () => inTurn(randomPieces(seed)));
    layers.push(layer);
  }
  const rootfs = { type: 'layers', diff_ids: layers.map(({ digest }) => digest) };
  const document = { os: 'linux', architecture: 'amd64', config: {}, rootfs, history: [] };
  const config = madeBlob('application/vnd.oci.image.config.v1+json', Buffer.from(JSON.stringify(document)));
  const made = madeManifest(
    config,
    layers.map((descriptor) => ({ descriptor, bytes: new Uint8Array() })),
  );
  await store.writeBlob(config.descriptor, async () => inTurn([config.bytes]));
  await store.writeManifest(made.manifest);
  await store.addEntry(made.descriptor);
  return made.manifest.digest;
}

/** The stream of a cipher: as random as it gets, and the same for the same seed. */
function* randomPieces(seed: number): Iterable<Uint8Array> {
  const key = Buffer.alloc(16);
  key.writeUInt32BE(seed);
  const cipher = createCipheriv('aes-128-ctr', key, Buffer.alloc(16));
  const zeros = Buffer.alloc(PIECE_BYTES);
  for (let at = 0; at < LAYER_BYTES; at += PIECE_BYTES) yield cipher.update(zeros);
}

async function* inTurn(pieces: Iterable<Uint8Array>): AsyncIterable<Uint8Array> {
  yield* pieces;
}
