import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createHttp } from '../../../src/adapters/http.ts';
import { createRandom } from '../../../src/adapters/random.ts';
import { createRegistryClient } from '../../../src/clients/registry/client.ts';
import { repositoryContent } from '../../../src/clients/registry/repository-content.ts';
import { type Digest, digestOf } from '../../../src/domain/digest.ts';
import { SlipwayError } from '../../../src/domain/errors.ts';
import { parseRepository, type Repository } from '../../../src/domain/image-ref.ts';
import { mediaTypes } from '../../../src/formats/oci.ts';
import type { ServedRequest, ServedResponse } from '../../../src/ports/http-server.ts';
import { copyContent } from '../../../src/store/copy.ts';
import { fakeClock } from '../../support/fake-clock.ts';
import { type MadeImage, madeImage, madeIndex, writeMade } from '../../support/made-image.ts';
import { type EmbeddedRegistry, type Handler, startEmbedded, tag } from '../../support/registries.ts';

/** What a registry says instead of the truth. */
type Lie = (request: ServedRequest, truth: ServedResponse) => Promise<ServedResponse>;

const amd64 = madeImage({ platform: 'linux/amd64', layers: 2 });
const arm64 = madeImage({ platform: 'linux/arm64', layers: 2 });
const index = madeIndex([amd64, arm64]);
/** A valid image that was published there too, and that nobody asked for. */
const other = madeImage({ layers: [{ 'layer.txt': 'the work of somebody else' }] });
const [config, layer] = amd64.blobs;
const v1 = tag('v1');

let source: EmbeddedRegistry;
let target: EmbeddedRegistry;
let lie: Lie | undefined;
let http: ReturnType<typeof createHttp>;

beforeEach(async () => {
  const clock = fakeClock();
  lie = undefined;
  source = await startEmbedded({ clock }, (handler) => async (request) => {
    const truth = await handler(request);
    return lie === undefined ? truth : lie(request, truth);
  });
  target = await startEmbedded({ clock }, logged);
  http = createHttp(clock, { cancelled: new AbortController().signal });
  writes.length = 0;
  for (const made of [index, other]) await writeMade(repositoryContent(client(), from()), made);
  await client().putManifest(from(), v1, index.manifest);
});

afterEach(async () => {
  http?.[Symbol.dispose]();
  await source?.[Symbol.asyncDispose]();
  await target?.[Symbol.asyncDispose]();
});

const writes: string[] = [];

/** Notes all that would change the destination, and what it made of it. */
function logged(handler: Handler): Handler {
  return async (request) => {
    const answer = await handler(request);
    if (!['GET', 'HEAD'].includes(request.method)) writes.push(`${request.method} ${request.path} ${answer.status}`);
    return answer;
  };
}

const client = () => createRegistryClient({ http, clock: fakeClock(), random: createRandom() });
const from = (): Repository => parseRepository(`${source.host}/tampering/app`, 'test');
const to = (): Repository => parseRepository(`${target.host}/tampering/app`, 'test');

async function copy(made: Pick<MadeImage, 'manifest'>): Promise<unknown> {
  const sides = [repositoryContent(client(), from()), repositoryContent(client(), to())] as const;
  return copyContent(...sides, made.manifest, { concurrency: 1 });
}

async function codeOf(work: Promise<unknown>): Promise<string> {
  const failure: unknown = await work.then(
    () => undefined,
    (error: unknown) => error,
  );
  if (failure instanceof SlipwayError) return failure.code;
  throw failure ?? new Error('it went well');
}

async function bytesOf(body: ServedResponse['body']): Promise<Buffer> {
  if (body === undefined || body instanceof Uint8Array) return Buffer.from(body ?? []);
  const pieces: Uint8Array[] = [];
  for await (const piece of body) pieces.push(piece);
  return Buffer.concat(pieces);
}

/** Answers other bytes to a GET of this digest; lengths and digests in the headers fit as far as they are kept. */
function bytesFor(digest: Digest, change: (bytes: Buffer) => Uint8Array, headers: Record<string, string> = {}): Lie {
  return async (request, truth) => {
    if (request.method !== 'GET' || !request.path.endsWith(digest)) return truth;
    const body = change(await bytesOf(truth.body));
    const lower = Object.entries(truth.headers ?? {}).map(([name, value]) => [name.toLowerCase(), value]);
    return {
      ...truth,
      body,
      headers: { ...Object.fromEntries(lower), 'content-length': `${body.length}`, ...headers },
    };
  };
}

const flipped = (at: (bytes: Buffer) => number) => (bytes: Buffer) => {
  const changed = Buffer.from(bytes);
  const place = at(changed);
  changed[place] = (changed[place] ?? 0) ^ 1;
  return changed;
};

/** Still JSON, still a manifest: only the digest tells. */
const sameButOneDigit = (bytes: Buffer) => Buffer.from(bytes.toString().replace(/"size":(\d)/, '"size": $1'));
const swapped = () => {
  const text = Buffer.from(index.manifest.bytes).toString();
  const [one, two] = [amd64.manifest.digest, arm64.manifest.digest];
  return Buffer.from(text.replace(one, 'X').replace(two, one).replace('X', two));
};
const foreign = () => {
  const text = Buffer.from(index.manifest.bytes).toString();
  return Buffer.from(text.replace(amd64.manifest.digest, other.manifest.digest));
};

/** Where in the copy it shows, by what was written up to then: content of other blobs may be there, a manifest never. */
const lies: readonly { readonly name: string; readonly of: Digest; readonly lie: (digest: Digest) => Lie }[] = [
  ...(
    [
      ['the first byte', () => 0],
      ['a byte in the middle', (bytes: Buffer) => bytes.length >> 1],
      ['the last byte', (bytes: Buffer) => bytes.length - 1],
    ] as const
  ).flatMap(([place, at]) =>
    [
      { kind: 'the index', of: index.manifest.digest },
      { kind: 'a manifest', of: amd64.manifest.digest },
    ].map(({ kind, of }) => ({
      name: `${place} of ${kind} flipped`,
      of,
      lie: (digest: Digest) => bytesFor(digest, flipped(at)),
    })),
  ),
  { name: 'a blank more in a manifest', of: amd64.manifest.digest, lie: (digest) => bytesFor(digest, sameButOneDigit) },
  { name: 'members of the index swapped', of: index.manifest.digest, lie: (digest) => bytesFor(digest, swapped) },
  { name: 'a member of the index replaced', of: index.manifest.digest, lie: (digest) => bytesFor(digest, foreign) },
  {
    name: 'a valid manifest of another image',
    of: amd64.manifest.digest,
    lie: (digest) => bytesFor(digest, () => other.manifest.bytes),
  },
  {
    name: 'a valid manifest of another image, with its own digest in the header',
    of: amd64.manifest.digest,
    lie: (digest) => bytesFor(digest, () => other.manifest.bytes, { 'docker-content-digest': other.manifest.digest }),
  },
  {
    name: 'the manifest of another platform, with the digest that was asked for in the header',
    of: amd64.manifest.digest,
    lie: (digest) => bytesFor(digest, () => arm64.manifest.bytes, { 'docker-content-digest': digest }),
  },
  {
    name: 'half of a manifest with a length that fits',
    of: amd64.manifest.digest,
    lie: (digest) => bytesFor(digest, (bytes) => bytes.subarray(0, bytes.length >> 1)),
  },
  {
    name: 'nothing at all for a manifest',
    of: amd64.manifest.digest,
    lie: (digest) => bytesFor(digest, () => Buffer.alloc(0)),
  },
];

const blobs = [
  { kind: 'the config', blob: config },
  { kind: 'a layer', blob: layer },
] as const;
const blobLies = blobs.flatMap(({ kind, blob }) =>
  (
    [
      ['the first byte flipped', flipped(() => 0)],
      ['the last byte flipped', flipped((bytes) => bytes.length - 1)],
      ['the first half with a length that fits', (bytes: Buffer) => bytes.subarray(0, bytes.length >> 1)],
      ['all but the last byte', (bytes: Buffer) => bytes.subarray(0, -1)],
      ['a byte too many', (bytes: Buffer) => Buffer.concat([bytes, Buffer.from('\n')])],
      ['itself twice', (bytes: Buffer) => Buffer.concat([bytes, bytes])],
      ['nothing', () => Buffer.alloc(0)],
      ['another blob', () => Buffer.from(other.blobs[0]?.bytes ?? [])],
      ['zeros of the right length', (bytes: Buffer) => Buffer.alloc(bytes.length)],
    ] as const
  ).map(([name, change]) => ({ kind, name, of: blob?.descriptor.digest ?? index.manifest.digest, change })),
);

describe('T34 a copy from a registry that serves other bytes', () => {
  it('T34 is whole where it serves the right ones', async () => {
    await copy(index);
    expect((await client().readManifest(to(), index.manifest.digest))?.digest).toBe(index.manifest.digest);
  });

  it.each(lies)('T34 writes nothing: $name', async ({ of, lie: make }) => {
    lie = make(of);
    expect(await codeOf(copy(index))).toBe('content-damaged');
    expect(writes).toEqual([]);
  });

  it.each(blobLies)('T34 makes no blob of $kind and no manifest: $name', async ({ of, change }) => {
    // With the digest asked for in the header, as a registry that lies would have it.
    lie = bytesFor(of, change, { 'docker-content-digest': of });
    expect(await codeOf(copy(index))).toBe('content-damaged');
    // A finished upload is one that was answered 201; only those of other, right blobs may be there.
    const finished = writes.filter((line) => line.startsWith('PUT') && line.endsWith(' 201'));
    expect(finished.filter((line) => line.includes('/manifests/'))).toEqual([]);
    const known = client();
    for (const { descriptor, bytes } of [...amd64.blobs, ...arm64.blobs]) {
      const isThere = await known.hasBlob(to(), descriptor);
      if (descriptor.digest === of) expect(isThere).toBe(false);
      else if (isThere) expect(digestOf(bytes)).toBe(descriptor.digest);
    }
    expect(await known.listTags(to())).toEqual([]);
  });
});

describe('T34 a tag of a registry that tells other digests', () => {
  it('T34 is refused when the header names another digest than the bytes have', async () => {
    lie = async (request, truth) =>
      request.path.endsWith('/manifests/v1')
        ? { ...truth, headers: { ...truth.headers, 'docker-content-digest': other.manifest.digest } }
        : truth;
    expect(await codeOf(client().readManifest(from(), v1))).toBe('content-damaged');
  });

  it('T34 is refused when the header says what a digest is that it is not', async () => {
    const { digest } = index.manifest;
    lie = async (request, truth) =>
      request.method === 'HEAD'
        ? { ...truth, headers: { ...truth.headers, 'docker-content-digest': other.manifest.digest } }
        : truth;
    expect(await codeOf(client().resolve(from(), digest))).toBe('content-damaged');
  });

  it('T34 resolved by a lying header is caught when its content is read', async () => {
    lie = async (request, truth) =>
      request.method === 'HEAD' && request.path.endsWith('/v1')
        ? { ...truth, headers: { ...truth.headers, 'docker-content-digest': digestOf('nothing of the kind') } }
        : truth;
    const found = await client().resolve(from(), v1);
    expect(found?.digest).toBe(digestOf('nothing of the kind'));
    const root = { manifest: { ...index.manifest, digest: found?.digest ?? index.manifest.digest } };
    await expect(copy(root)).rejects.toThrow();
    expect(writes).toEqual([]);
  });

  it.each([
    ['an index that calls itself an image', index, mediaTypes.manifest],
    ['an image that calls itself an index', amd64, mediaTypes.index],
  ])('T34 is refused: %s', async (_, made, mediaType) => {
    lie = bytesFor(made.manifest.digest, (bytes) => bytes, { 'content-type': mediaType });
    expect(await codeOf(copy(made))).toBe('registry-answer-invalid');
    expect(writes).toEqual([]);
  });
});
