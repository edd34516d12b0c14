import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { createPorts } from '../../../src/adapters/create-ports.ts';
import type { Digest } from '../../../src/domain/digest.ts';
import { hostOf, pathOf, type Repository, refText, type Tag } from '../../../src/domain/image-ref.ts';
import type { TempFolder } from '../../../src/ports/files.ts';
import type { Ports } from '../../../src/ports/ports.ts';
import { inParallel } from '../../../src/store/parallel.ts';
import { chanceOf } from '../../support/fault-proxy/random.ts';
import { crane, requireLab } from '../../support/lab.ts';
import { type MadeBlob, type MadeImage, madeImage } from '../../support/made-image.ts';
import {
  clientOf,
  collect,
  type RegistryProcess,
  repositoryAt,
  startRegistryProcess,
  tag,
} from '../../support/registries.ts';

const limitMs = 240_000;
const rounds = 10;
const writers = 8;
const seed = 20_240_511;

const lab = requireLab();
let ports: Ports & AsyncDisposable;
let work: TempFolder;
let running: RegistryProcess | undefined;

beforeAll(async () => {
  ports = createPorts();
  work = await ports.files.tempFolder('slipway-crash-');
}, limitMs);

afterAll(async () => {
  await running?.kill();
  await work?.[Symbol.asyncDispose]();
  await ports?.[Symbol.asyncDispose]();
});

/** What the registry has said yes to. */
interface Acknowledged {
  readonly blobs: Map<Digest, MadeBlob>;
  readonly images: Map<Digest, MadeImage>;
  readonly tags: Map<Tag, Digest>;
  readonly deleted: Set<Tag>;
}

/** What `latest` may name: everything that it was ever asked to. */
const latestWas = new Set<Digest>();

it(
  'a registry that is killed while it is written to has everything that it acknowledged, and no torn tag',
  async () => {
    const all = nothing();
    let current = await start(0);
    for (let round = 0; round < rounds; round += 1) {
      const acknowledged = await writeUntilKilled(current, round, 40 + Math.floor(chanceOf(seed, 'kill', round) * 200));
      current = await start(round + 1);
      await expectContent(current.repository, acknowledged);
      add(all, acknowledged);
      await expectTags(current.repository, all);
    }
    await expectContent(current.repository, all);
    expect(all.tags.size).toBeGreaterThan(rounds);
    expect(all.deleted.size).toBeGreaterThan(0);
    const { repository } = current;
    for (const each of ['latest', ...[...all.tags.keys()].slice(-4)]) {
      await crane(lab, 'validate', '--remote', refText({ repository, tag: tag(each) }));
    }
    const last = madeImage({ layers: [{ name: 'last' }] });
    expect(
      await push(
        writerTo(repository, nothing(), () => {}),
        last,
        tag('last'),
      ),
    ).toBe(true);
    expect((await clientOf(ports).resolve(repository, tag('last')))?.digest).toBe(last.manifest.digest);
  },
  limitMs,
);

interface Current {
  readonly process: RegistryProcess;
  readonly repository: Repository;
}

/** Each process lives a minute after the one before it, so that a lock left behind is old and need not be waited for. */
async function start(round: number): Promise<Current> {
  running = await startRegistryProcess(`${work.path}/registry`, round * 60_000);
  return { process: running, repository: repositoryAt(running, 'contract/crash') };
}

/** Many writers at once, none of which stops before the registry is gone; it goes after so many of its answers. */
async function writeUntilKilled(current: Current, round: number, killAfter: number): Promise<Acknowledged> {
  const acknowledged = nothing();
  let answers = 0;
  let killed: Promise<void> | undefined;
  const writer = writerTo(current.repository, acknowledged, () => {
    answers += 1;
    // Others are in the middle of their writes at this moment.
    if (answers === killAfter) killed = current.process.kill();
  });
  const places = Array.from({ length: writers }, (_, place) => place);
  await Promise.all(
    places.map(async (place) => {
      for (let turn = 0; killed === undefined; turn += 1) {
        const name = tag(`r${round}-${place}-${turn}`);
        const made = madeImage({ layers: [{ round: `${round}` }, { name }] });
        latestWas.add(made.manifest.digest);
        if (!(await push(writer, made, name))) return;
        if (!(await writer.manifest(made, tag('latest')))) return;
        if (turn % 2 === 1 && !(await writer.remove(tag(`r${round}-${place}-${turn - 1}`)))) return;
      }
    }),
  );
  await killed;
  expect(answers).toBeGreaterThanOrEqual(killAfter);
  return acknowledged;
}

function nothing(): Acknowledged {
  return { blobs: new Map(), images: new Map(), tags: new Map(), deleted: new Set() };
}

function add(all: Acknowledged, more: Acknowledged): void {
  for (const [digest, blob] of more.blobs) all.blobs.set(digest, blob);
  for (const [digest, image] of more.images) all.images.set(digest, image);
  for (const [name, digest] of more.tags) all.tags.set(name, digest);
  for (const name of more.deleted) all.deleted.add(name);
}

async function expectContent(repository: Repository, acknowledged: Acknowledged): Promise<void> {
  const client = clientOf(ports);
  const blobs = [...acknowledged.blobs.values()];
  await inParallel(blobs, 8, async ({ descriptor, bytes }) => {
    expect((await collect(await client.readBlob(repository, descriptor))).equals(bytes)).toBe(true);
  });
  await inParallel([...acknowledged.images.values()], 8, async ({ manifest }) => {
    const found = await client.readManifest(repository, manifest.digest);
    expect(found).toEqual({ ...manifest, bytes: new Uint8Array(manifest.bytes) });
  });
}

async function expectTags(repository: Repository, acknowledged: Acknowledged): Promise<void> {
  const client = clientOf(ports);
  const listed = await client.listTags(repository);
  expect(listed).toEqual(expect.arrayContaining([...acknowledged.tags.keys()]));
  expect(listed.filter((each) => acknowledged.deleted.has(each))).toEqual([]);
  await inParallel(listed, 8, async (each) => {
    const raw = await client.readManifest(repository, each);
    const allowed = each === 'latest' ? [...latestWas] : [acknowledged.tags.get(each) ?? raw?.digest];
    expect(allowed).toContain(raw?.digest);
  });
}

/** Writes without a second attempt; each method tells whether the registry said yes. */
interface Writer {
  blob(blob: MadeBlob): Promise<boolean>;
  manifest(made: MadeImage, name: Tag): Promise<boolean>;
  remove(name: Tag): Promise<boolean>;
}

function writerTo(repository: Repository, acknowledged: Acknowledged, onAnswer: () => void): Writer {
  const base = `http://${hostOf(repository)}/v2/${pathOf(repository)}`;
  const send = async (method: string, url: string, bytes?: Uint8Array, type = 'application/octet-stream') => {
    const body = bytes === undefined ? {} : { body: new Uint8Array(bytes), headers: { 'content-type': type } };
    // What got no answer, or half of one, was not acknowledged.
    const response = await fetch(url, { method, ...body }).catch(() => undefined);
    if (response === undefined || (await response.arrayBuffer().catch(() => undefined)) === undefined) return undefined;
    if (!response.ok) throw new Error(`${method} ${url} was answered ${response.status}`);
    onAnswer();
    return response;
  };
  return {
    async blob(blob) {
      const { digest } = blob.descriptor;
      const opened = await send('POST', `${base}/blobs/uploads/`);
      const at = `http://${hostOf(repository)}${opened?.headers.get('location')}`;
      if (opened === undefined || (await send('PATCH', at, blob.bytes.subarray(0, 50))) === undefined) return false;
      if ((await send('PUT', `${at}?digest=${digest}`, blob.bytes.subarray(50))) === undefined) return false;
      acknowledged.blobs.set(digest, blob);
      return true;
    },
    async manifest(made, name) {
      const { mediaType, bytes, digest } = made.manifest;
      if ((await send('PUT', `${base}/manifests/${name}`, bytes, mediaType)) === undefined) return false;
      acknowledged.images.set(digest, made);
      if (name !== 'latest') acknowledged.tags.set(name, digest);
      return true;
    },
    async remove(name) {
      // Whether it is there is open until the answer.
      acknowledged.tags.delete(name);
      if ((await send('DELETE', `${base}/manifests/${name}`)) === undefined) return false;
      acknowledged.deleted.add(name);
      return true;
    },
  };
}

async function push(writer: Writer, made: MadeImage, name: Tag): Promise<boolean> {
  for (const blob of made.blobs) if (!(await writer.blob(blob))) return false;
  return writer.manifest(made, name);
}
