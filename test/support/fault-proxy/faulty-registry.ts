import { randomBytes } from 'node:crypto';
import { setMaxListeners } from 'node:events';
import { createClock } from '../../../src/adapters/clock.ts';
import { createHttp } from '../../../src/adapters/http.ts';
import { createRandom } from '../../../src/adapters/random.ts';
import { createRegistryClient, type RegistryClient } from '../../../src/clients/registry/client.ts';
import type { FindCredentials } from '../../../src/clients/registry/login.ts';
import { repositoryContent } from '../../../src/clients/registry/repository-content.ts';
import { RemoteError } from '../../../src/domain/errors.ts';
import type { Repository } from '../../../src/domain/image-ref.ts';
import type { ContentSource } from '../../../src/ports/content.ts';
import { copyContent } from '../../../src/store/copy.ts';
import { fakeClock } from '../fake-clock.ts';
import type { MadeImage } from '../made-image.ts';
import { repositoryAt, startEmbedded, type TestRegistry, tag } from '../registries.ts';
import type { Door, FaultRule } from './fault-script.ts';
import { type FaultProxy, startFaultProxy } from './proxy.ts';

export interface FaultyOptions {
  readonly rules?: readonly FaultRule[];
  readonly door?: Door;
  readonly credentials?: FindCredentials;
  readonly idleMs?: number;
  readonly chunkBytes?: number;
  /** Another registry than our own; it is left running. */
  readonly upstream?: TestRegistry;
  /** What a wait of the client really waits for, where something has to happen meanwhile. */
  readonly meanwhile?: () => Promise<void>;
}

/** A registry behind a fault proxy, with one client that goes through it and one that goes past it. */
export interface FaultyRegistry extends AsyncDisposable {
  readonly proxy: FaultProxy;
  /** The clock of the client stands still; waiting moves it on at once, and what was waited for is in `slept`. */
  readonly clock: ReturnType<typeof fakeClock>;
  readonly client: RegistryClient;
  /** The same repository, by the client and past the faults. */
  readonly repository: Repository;
  readonly direct: { readonly client: RegistryClient; readonly repository: Repository };
}

export async function startFaulty(options: FaultyOptions = {}): Promise<FaultyRegistry> {
  const { rules = [], credentials, chunkBytes, idleMs } = options;
  const own = options.upstream === undefined ? await startEmbedded({ clock: createClock() }) : undefined;
  const registry = options.upstream ?? own;
  if (registry === undefined) throw new Error('there is no registry');
  const door = options.door === undefined ? {} : { door: options.door };
  const proxy = await startFaultProxy({ upstream: `http://${registry.host}`, rules, ...door });
  const still = fakeClock();
  const clock = {
    ...still,
    async sleep(ms: number) {
      await still.sleep(ms);
      await options.meanwhile?.();
    },
  };
  const signals = { cancelled: new AbortController().signal };
  // Every request under way listens.
  setMaxListeners(0, signals.cancelled);
  const random = createRandom();
  const http = createHttp(clock, signals, idleMs === undefined ? {} : { idleMs });
  const plain = createHttp(clock, signals);
  const path = `faults/app-${randomBytes(6).toString('hex')}`;
  return {
    proxy,
    clock,
    client: createRegistryClient(
      { http, clock, random },
      { ...(credentials === undefined ? {} : { credentials }), ...(chunkBytes === undefined ? {} : { chunkBytes }) },
    ),
    repository: repositoryAt(proxy, path),
    direct: {
      client: createRegistryClient({ http: plain, clock: fakeClock(), random }),
      repository: repositoryAt(registry, path),
    },
    async [Symbol.asyncDispose]() {
      http[Symbol.dispose]();
      plain[Symbol.dispose]();
      await proxy[Symbol.asyncDispose]();
      await own?.[Symbol.asyncDispose]();
    },
  };
}

/** A made image as a place to copy from. */
export function madeSource(made: MadeImage): ContentSource {
  const all = withChildren(made);
  return {
    name: 'made',
    readManifest: async (digest) => all.map(({ manifest }) => manifest).find((one) => one.digest === digest),
    async readBlob({ digest }) {
      const blob = all.flatMap(({ blobs }) => blobs).find(({ descriptor }) => descriptor.digest === digest);
      return blob === undefined ? undefined : piecesOf(blob.bytes);
    },
  };
}

/** Pushes an image with all that belongs to it, and a tag if one is named. */
export async function pushMade(
  { client, repository }: { readonly client: RegistryClient; readonly repository: Repository },
  made: MadeImage,
  name?: string,
  concurrency = 8,
): Promise<void> {
  await copyContent(madeSource(made), repositoryContent(client, repository), made.manifest, { concurrency });
  if (name !== undefined) await client.putManifest(repository, tag(name), made.manifest);
}

/** Everything of an image that a registry does not have, byte by byte; nothing where it is whole. */
export async function missingFrom(
  { client, repository }: { readonly client: RegistryClient; readonly repository: Repository },
  made: MadeImage,
): Promise<readonly string[]> {
  const missing: string[] = [];
  for (const { manifest, blobs } of withChildren(made)) {
    const found = await client.readManifest(repository, manifest.digest);
    if (found === undefined || !Buffer.from(found.bytes).equals(manifest.bytes)) missing.push(manifest.digest);
    for (const { descriptor, bytes } of blobs) {
      const pieces: Uint8Array[] = [];
      for await (const piece of (await client.readBlob(repository, descriptor)) ?? []) pieces.push(piece);
      if (!Buffer.concat(pieces).equals(bytes)) missing.push(descriptor.digest);
    }
  }
  return missing;
}

/** The error that a promise must end with. */
export async function failureOf(promise: Promise<unknown>): Promise<RemoteError> {
  const outcome: unknown = await promise.then(
    () => new Error('it went well'),
    (error: unknown) => error,
  );
  if (outcome instanceof RemoteError) return outcome;
  throw outcome;
}

/** Bytes in pieces of 64 KiB, as a disk gives them. */
export async function* piecesOf(bytes: Uint8Array): AsyncIterable<Uint8Array> {
  for (let from = 0; from < bytes.length; from += 65_536) yield bytes.subarray(from, from + 65_536);
}

function withChildren(made: MadeImage): readonly MadeImage[] {
  return [made, ...made.children.flatMap(withChildren)];
}
