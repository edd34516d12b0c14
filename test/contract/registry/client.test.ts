import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { createPorts } from '../../../src/adapters/create-ports.ts';
import { attachRecord, readRecords } from '../../../src/clients/records.ts';
import type { RegistryClient } from '../../../src/clients/registry/client.ts';
import { repositoryContent } from '../../../src/clients/registry/repository-content.ts';
import { digestOf } from '../../../src/domain/digest.ts';
import { type Repository, refText } from '../../../src/domain/image-ref.ts';
import { parsePlatform } from '../../../src/domain/platform.ts';
import { type ImageRecord, recordType } from '../../../src/domain/record.ts';
import { mediaTypes } from '../../../src/formats/oci.ts';
import type { TempFolder } from '../../../src/ports/files.ts';
import type { Ports } from '../../../src/ports/ports.ts';
import { copyContent } from '../../../src/store/copy.ts';
import { inParallel } from '../../../src/store/parallel.ts';
import { referrersTag } from '../../../src/store/referrers.ts';
import { createStore, type Store } from '../../../src/store/store.ts';
import { crane, requireLab } from '../../support/lab.ts';
import { type MadeImage, madeArtifact, madeBlob, madeImage, madeIndex, writeMade } from '../../support/made-image.ts';
import {
  clientOf,
  collect,
  type EmbeddedRegistry,
  freshRepository,
  labRegistry,
  startCraneRegistry,
  startEmbedded,
  type TestRegistry,
  tag,
} from '../../support/registries.ts';

const limitMs = 120_000;

const noise = Array.from({ length: 20_000 }, (_, place) => digestOf(`noise ${place}`)).join('');
const image = madeImage({ layers: [{ 'small.txt': 'small' }, { 'large.txt': noise }] });
const platforms = [image, madeImage({ platform: 'linux/arm64', layers: 2 })];
const index = madeIndex(platforms, { attestation: true });

const lab = requireLab();
let ports: Ports & AsyncDisposable;
let work: TempFolder;
let store: Store;

beforeAll(async () => {
  ports = createPorts();
  work = await ports.files.tempFolder('slipway-client-');
  store = await createStore(ports, `${work.path}/store`);
  await writeMade(store, index);
}, limitMs);

afterAll(async () => {
  await work?.[Symbol.asyncDispose]();
  await ports?.[Symbol.asyncDispose]();
});

interface Kind {
  readonly name: string;
  readonly start: () => Promise<TestRegistry>;
  /** It lists referrers itself; without that, the list is in a tag. */
  readonly listsReferrers: boolean;
}

const kinds: readonly Kind[] = [
  { name: 'our registry', start: () => startEmbedded(ports), listsReferrers: true },
  { name: "Debian's docker-registry", start: async () => labRegistry(lab), listsReferrers: false },
  { name: "go-containerregistry's registry", start: () => startCraneRegistry(lab), listsReferrers: false },
];

describe.each(kinds)('the client and $name', ({ start, listsReferrers }) => {
  let registry: TestRegistry;
  let client: RegistryClient;
  let repository: Repository;

  beforeAll(async () => {
    registry = await start();
    client = clientOf(ports);
  }, limitMs);
  beforeEach(() => {
    repository = freshRepository(registry, 'client');
  });
  afterAll(async () => registry?.[Symbol.asyncDispose]());

  const push = (made: MadeImage = index, to: Repository = repository) =>
    copyContent(store, repositoryContent(client, to), made.manifest);

  /** Platform by platform, because crane counts no attestation as a layer and so calls its manifest broken. */
  const validate = async (where: Repository): Promise<void> => {
    for (const { manifest } of platforms) {
      await crane(lab, 'validate', '--remote', refText({ repository: where, digest: manifest.digest }));
    }
  };

  it(
    'push an index that others find whole',
    async () => {
      expect(await push()).toMatchObject({ manifests: 5 });
      await client.putManifest(repository, tag('v1'), index.manifest);
      const ref = refText({ repository, tag: tag('v1') });
      expect(await crane(lab, 'digest', ref)).toBe(index.manifest.digest);
      expect(digestOf(await crane(lab, 'manifest', ref))).toBe(index.manifest.digest);
      await validate(repository);
    },
    limitMs,
  );

  it(
    'resolve a tag and a digest to the same manifest',
    async () => {
      await push();
      await client.putManifest(repository, tag('v1'), index.manifest);
      const { mediaType, digest, bytes } = index.manifest;
      const resolved = { mediaType, digest, size: bytes.length };
      expect(await client.resolve(repository, tag('v1'))).toEqual(resolved);
      expect(await client.resolve(repository, digest)).toEqual(resolved);
      expect(await client.resolve(repository, digest, 'push')).toEqual(resolved);
    },
    limitMs,
  );

  it(
    'move a tag to another image',
    async () => {
      await push();
      await client.putManifest(repository, tag('moving'), index.manifest);
      await client.putManifest(repository, tag('moving'), image.manifest);
      expect((await client.readManifest(repository, tag('moving')))?.digest).toBe(image.manifest.digest);
      expect(await crane(lab, 'digest', refText({ repository, tag: tag('moving') }))).toBe(image.manifest.digest);
    },
    limitMs,
  );

  it(
    'copy an image back byte by byte',
    async () => {
      await push();
      const back = await createStore(ports, `${work.path}/back-${ports.random.hex(8)}`);
      await copyContent(repositoryContent(client, repository), back, index.manifest);
      for (const made of [index, ...index.children]) {
        expect((await back.readManifest(made.manifest.digest))?.bytes).toEqual(new Uint8Array(made.manifest.bytes));
        for (const { descriptor, bytes } of made.blobs) {
          expect((await collect(await back.readBlob(descriptor))).equals(bytes)).toBe(true);
        }
      }
    },
    limitMs,
  );

  it(
    'copy nothing the second time, also when they look for holes',
    async () => {
      await push();
      const nothing = { manifests: 0, blobs: 0, bytes: 0 };
      expect(await push()).toEqual(nothing);
      const verified = await copyContent(store, repositoryContent(client, repository), index.manifest, {
        verify: true,
      });
      expect(verified).toEqual(nothing);
    },
    limitMs,
  );

  it(
    'share layers with another repository instead of sending them',
    async () => {
      await push();
      const target = freshRepository(registry, 'mounted');
      const manifests = [index, ...index.children].map((made) => made.manifest);
      const copied = await copyContent(
        store,
        repositoryContent(client, target, { mountFrom: [repository] }),
        index.manifest,
      );
      expect(copied.bytes).toBe(manifests.reduce((sum, { bytes }) => sum + bytes.length, 0));
      await validate(target);
    },
    limitMs,
  );

  it(
    'list more than a hundred tags, all of them',
    async () => {
      await push(image);
      const tags = Array.from({ length: 120 }, (_, place) => tag(`t-${place}`));
      await inParallel(tags, 8, async (each) => {
        await client.putManifest(repository, each, image.manifest);
      });
      expect((await client.listTags(repository)).toSorted()).toEqual(tags.toSorted());
      expect((await crane(lab, 'ls', repository)).split('\n').sort()).toEqual(tags.toSorted());
    },
    limitMs,
  );

  it(
    'keep every one of twenty tags that are written at once',
    async () => {
      await push();
      const tags = Array.from({ length: 20 }, (_, place) => tag(`p-${place}`));
      await Promise.all(tags.map((each) => client.putManifest(repository, each, index.manifest)));
      const resolved = await Promise.all(tags.map((each) => client.resolve(repository, each)));
      expect(resolved.map((one) => one?.digest)).toEqual(tags.map(() => index.manifest.digest));
      expect((await client.listTags(repository)).toSorted()).toEqual(tags.toSorted());
    },
    limitMs,
  );

  it(
    'find a record beside every digest that it speaks of',
    async () => {
      await push();
      const record = madeRecord(repository);
      const other = madeArtifact('application/vnd.example.other', 'other', index.descriptor);
      await attachRecord(client, repository, record, [index.descriptor, image.descriptor]);
      await client.attachReferrer(repository, {
        manifest: other.manifest,
        blobs: other.blobs.map(({ descriptor, bytes }) => ({ descriptor, open: async () => pieces(bytes) })),
      });
      await attachRecord(client, repository, record, [index.descriptor]);
      for (const { digest } of [index.descriptor, image.descriptor]) {
        const found = await readRecords(client, repository, digest);
        expect(found).toEqual({ records: [{ digest: expect.anything(), record }], unreadable: [] });
      }
      const types = (await client.listReferrers(repository, index.manifest.digest)).map((one) => one.artifactType);
      expect(types.toSorted()).toEqual(['application/vnd.example.other', recordType]);
    },
    limitMs,
  );

  it(
    `keep the list of referrers ${listsReferrers ? 'without a tag' : 'in the tag that the specification names'}`,
    async () => {
      await push(image);
      await attachRecord(client, repository, madeRecord(repository), [image.descriptor]);
      const fallback = referrersTag(image.manifest.digest);
      expect(await client.listTags(repository)).toEqual(listsReferrers ? [] : [fallback]);
      if (listsReferrers) return;
      const list: unknown = JSON.parse(await crane(lab, 'manifest', refText({ repository, tag: fallback })));
      expect(list).toMatchObject({ mediaType: mediaTypes.index, manifests: [{ artifactType: recordType }] });
    },
    limitMs,
  );

  it(
    'call absent what is absent',
    async () => {
      const absent = madeBlob('application/octet-stream', Buffer.from('absent')).descriptor;
      const never = freshRepository(registry, 'never');
      expect(await client.listTags(never)).toEqual([]);
      await push(image);
      for (const place of [repository, never]) {
        expect(await client.resolve(place, tag('absent'))).toBeUndefined();
        expect(await client.resolve(place, absent.digest)).toBeUndefined();
        expect(await client.readManifest(place, absent.digest)).toBeUndefined();
        expect(await client.readBlob(place, absent)).toBeUndefined();
        expect(await client.hasBlob(place, absent)).toBe(false);
        expect(await client.listReferrers(place, absent.digest)).toEqual([]);
      }
      expect(await client.listTags(never)).toEqual([]);
    },
    limitMs,
  );

  it(
    'try a push that leaves no trace',
    async () => {
      expect(await client.canPush(repository)).toBe(true);
      expect(await client.listTags(repository)).toEqual([]);
    },
    limitMs,
  );
});

describe('a second copy to our registry', () => {
  let registry: EmbeddedRegistry;
  beforeAll(async () => {
    registry = await startEmbedded(ports);
  });
  afterAll(async () => registry?.[Symbol.asyncDispose]());

  it(
    'sends nothing but questions',
    async () => {
      const client = clientOf(ports);
      const target = repositoryContent(client, freshRepository(registry, 'twice'));
      await copyContent(store, target, index.manifest);
      const before = registry.lines.length;
      expect(registry.lines.some(({ method }) => method === 'PUT')).toBe(true);
      await copyContent(store, target, index.manifest);
      await copyContent(store, target, index.manifest, { verify: true });
      const second = registry.lines.slice(before);
      expect(second.length).toBeGreaterThan(0);
      expect(second.filter(({ method }) => method !== 'HEAD')).toEqual([]);
    },
    limitMs,
  );
});

async function* pieces(bytes: Uint8Array): AsyncIterable<Uint8Array> {
  yield bytes;
}

function madeRecord(repository: Repository): ImageRecord {
  const platform = parsePlatform('linux/amd64');
  const [config = image.descriptor] = image.blobs.map((blob) => blob.descriptor);
  return {
    schema: 'slipway.record/1',
    key: 'app',
    repository,
    identity: digestOf('identity'),
    digest: index.manifest.digest,
    mediaType: index.manifest.mediaType,
    platforms: [
      {
        platform,
        digest: image.manifest.digest,
        config: config.digest,
        fingerprint: digestOf('fingerprint'),
        layers: 'chain',
        diffIds: [],
      },
    ],
    bases: [],
    builder: { name: 'made', driver: 'docker', version: '1' },
    durationMs: 1,
    tests: [],
    test: 'untested',
    commit: null,
    dirty: false,
    run: { id: 'run', number: null, attempt: 1 },
  };
}
