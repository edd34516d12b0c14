import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { createPorts } from '../../../src/adapters/create-ports.ts';
import { createHttp } from '../../../src/adapters/http.ts';
import type { RegistryClient } from '../../../src/clients/registry/client.ts';
import { repositoryContent } from '../../../src/clients/registry/repository-content.ts';
import type { Digest } from '../../../src/domain/digest.ts';
import type { Repository, Tag } from '../../../src/domain/image-ref.ts';
import { OciIndex, refNameAnnotation } from '../../../src/formats/oci.ts';
import type { TempFolder } from '../../../src/ports/files.ts';
import type { Ports } from '../../../src/ports/ports.ts';
import { pushMade } from '../../support/fault-proxy/faulty-registry.ts';
import { type MadeImage, madeImage } from '../../support/made-image.ts';
import { clientOf, type RegistryProcess, repositoryAt, startRegistryProcess, tag } from '../../support/registries.ts';
import { lackingIn } from '../../support/registries-opened.ts';

const limitMs = 60_000;
const clients = 64;
const names = ['shared/a', 'shared/b', 'shared/a/b', 'shared/c'] as const;
const moving = ['latest', 'stable', '1'].map(tag);

let ports: Ports & AsyncDisposable;
let work: TempFolder;
let server: RegistryProcess;

beforeAll(async () => {
  ports = createPorts();
  work = await ports.files.tempFolder('slipway-parallel-');
  server = await startRegistryProcess(`${work.path}/registry`, 0);
}, limitMs);

afterAll(async () => {
  await server?.kill();
  await work?.[Symbol.asyncDispose]();
  await ports?.[Symbol.asyncDispose]();
});

/** One client among many: what it writes, and where. */
interface Part {
  readonly repository: Repository;
  readonly image: MadeImage;
  readonly own: Tag;
}

function partOf(place: number): Part {
  // The first layer is everybody's, the second one that of a group across repositories.
  const layers = [{ all: 'all' }, { group: `${place % 8}` }, { own: `${place}` }];
  return {
    repository: repositoryAt(server, names[place % names.length] ?? names[0]),
    image: madeImage({ layers }),
    own: tag(`own-${place}`),
  };
}

it(
  'sixty-four clients at once find everything that they wrote, and leave nothing else',
  async () => {
    const parts = Array.from({ length: clients }, (_, place) => partOf(place));
    await Promise.all(parts.map(workOf));

    const client = clientOf(ports);
    for (const name of names) {
      const repository = repositoryAt(server, name);
      const here = parts.filter((part) => part.repository === repository);
      const expected = [...here.map(({ own }) => own), ...moving].sort();
      expect((await client.listTags(repository)).toSorted()).toEqual(expected);
      for (const { own, image } of here) {
        expect((await client.resolve(repository, own))?.digest).toBe(image.manifest.digest);
        expect(await lackingIn(repositoryContent(client, repository), image)).toEqual([]);
      }
      const written = here.map(({ image }) => image.manifest.digest);
      for (const each of moving) expect(written).toContain((await client.resolve(repository, each))?.digest);
      expect(await tagsOnDisk(name)).toEqual(await tagsByClient(client, repository, expected));
    }
    expect(await leftovers()).toEqual([]);
  },
  limitMs,
);

/** Pushes, moves the shared tags, gives itself a second tag and takes it back, and reads in between. */
async function workOf({ repository, image, own }: Part, place: number): Promise<void> {
  // A pool of connections of its own, as another process would have.
  using http = createHttp(ports.clock, ports.signals);
  const client = clientOf({ ...ports, http });
  await pushMade({ client, repository }, image, own);
  const passing = madeImage({ layers: [{ all: 'all' }, { passing: `${place}` }] });
  await pushMade({ client, repository }, passing, `passing-${place}`);
  for (const each of moving) await client.putManifest(repository, each, image.manifest);
  expect(await client.listTags(repository)).toEqual(expect.arrayContaining([own, `passing-${place}`, ...moving]));
  expect(await client.deleteManifest(repository, passing.manifest.digest)).toBe(true);
  expect(await client.resolve(repository, tag(`passing-${place}`))).toBeUndefined();
  expect((await client.readManifest(repository, own))?.digest).toBe(image.manifest.digest);
}

type Named = readonly (readonly [string, Digest | undefined])[];

async function tagsByClient(client: RegistryClient, repository: Repository, tags: readonly Tag[]): Promise<Named> {
  return Promise.all(tags.map(async (each) => [each, (await client.resolve(repository, each))?.digest] as const));
}

/** What the layout of a repository says to tools that read it past us. */
async function tagsOnDisk(name: string): Promise<Named> {
  const text = await readFile(`${work.path}/registry/repositories/${name}/_layout/index.json`, 'utf8');
  const entries = OciIndex.parse(JSON.parse(text)).manifests;
  return entries
    .map(({ annotations, digest }) => [annotations?.[refNameAnnotation] ?? '', digest] as const)
    .sort(([one], [other]) => (one < other ? -1 : 1));
}

/** Locks, files on their way to their names, and uploads that nobody finished. */
async function leftovers(): Promise<readonly string[]> {
  const entries = await readdir(`${work.path}/registry`, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => !entry.isDirectory())
    .map((entry) => path.join(entry.parentPath, entry.name))
    .filter((file) => /\.(?:tmp|lock)(?:\.|$)|\/_uploads\//.test(file));
}
