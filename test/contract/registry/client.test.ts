import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { createPorts } from '../../../src/adapters/create-ports.ts';
import { repositoryContent } from '../../../src/clients/registry/repository-content.ts';
import { digestOf } from '../../../src/domain/digest.ts';
import { type Repository, refText } from '../../../src/domain/image-ref.ts';
import type { Ports } from '../../../src/ports/ports.ts';
import { copyContent } from '../../../src/store/copy.ts';
import { madeSource, pushMade } from '../../support/fault-proxy/faulty-registry.ts';
import { requireLab } from '../../support/lab.ts';
import { madeArtifact, madeBlob, madeImage, madeIndex } from '../../support/made-image.ts';
import { clientOf, type EmbeddedRegistry, freshRepository, startEmbedded, tag } from '../../support/registries.ts';
import { registryKinds } from '../../support/registries-kinds.ts';
import { lackingIn, type OpenedRegistry, openRegistry } from '../../support/registries-opened.ts';

const limitMs = 60_000;

const noise = Array.from({ length: 20_000 }, (_, place) => digestOf(`noise ${place}`)).join('');
const image = madeImage({ layers: [{ 'small.txt': 'small' }, { 'large.txt': noise }] });
const platforms = [image, madeImage({ platform: 'linux/arm64', layers: 2 })];
const index = madeIndex(platforms);
const attested = madeIndex(platforms, { attestation: true });

const shapes = [
  { what: 'an image', made: image },
  { what: 'an image of zstd layers', made: madeImage({ layers: 2, packing: 'zstd' }) },
  { what: 'an index', made: index },
  { what: 'an index of indexes', made: madeIndex([index, madeIndex([image])]) },
  { what: 'an index with attestations', made: attested },
  { what: 'an artifact about an image', made: madeArtifact('application/vnd.example.sbom', 'all', image.descriptor) },
];

const lab = requireLab();
let ports: Ports & AsyncDisposable;

beforeAll(async () => {
  ports = createPorts();
}, limitMs);

afterAll(async () => ports?.[Symbol.asyncDispose]());

describe.each(registryKinds)('the client and $name', (kind) => {
  let registry: OpenedRegistry;
  let repository: Repository;

  beforeAll(async () => {
    registry = await openRegistry(kind, lab, ports);
  }, limitMs);
  beforeEach(() => {
    repository = freshRepository(registry, 'client');
  });
  afterAll(async () => registry?.[Symbol.asyncDispose]());

  const content = (at: Repository = repository) => repositoryContent(registry.client, at);

  it.each(shapes)(
    'bring $what there and read the very same bytes back',
    async ({ made }) => {
      const { client } = registry;
      await pushMade({ client, repository }, made, 'v1');
      const { mediaType, digest, bytes } = made.manifest;
      const resolved = { mediaType, digest, size: bytes.length };
      for (const reference of [tag('v1'), digest]) {
        expect(await client.resolve(repository, reference)).toEqual(resolved);
        expect(await client.resolve(repository, reference, 'push')).toEqual(resolved);
      }
      expect(await lackingIn(content(), made)).toEqual([]);
    },
    limitMs,
  );

  it(
    'bring all of that there at once, and others read the very same bytes, manifests and blobs',
    async () => {
      const all = madeIndex(shapes.map(({ made }) => made));
      await pushMade({ client: registry.client, repository }, all, 'all');
      const ref = refText({ repository, tag: tag('all') });
      const byDigest = refText({ repository, digest: attested.manifest.digest });
      const manifests = await Promise.all([
        registry.ask('crane', ['manifest', ref]),
        registry.ask('regctl', ['manifest', 'get', byDigest, '--format', 'raw-body']),
      ]);
      expect(manifests.map((one) => digestOf(one))).toEqual([all.manifest.digest, attested.manifest.digest]);
      const layouts = [registry.takeOut('crane', repository, 'all'), registry.takeOut('regctl', repository, 'all')];
      for (const layout of await Promise.all(layouts)) expect(await lackingIn(layout, all)).toEqual([]);
    },
    limitMs,
  );

  it(
    `${kind.traits.takesSha512Manifests ? 'bring' : 'are told that it takes no'} manifests with sha512 digests; blobs go everywhere`,
    async () => {
      const made = madeIndex([madeImage({ layers: 2, algorithm: 'sha512' })], { algorithm: 'sha512' });
      const push = pushMade({ client: registry.client, repository }, made);
      if (kind.traits.takesSha512Manifests) {
        await push;
        expect(await lackingIn(content(), made)).toEqual([]);
        const ref = refText({ repository, digest: made.manifest.digest });
        const raw = await registry.ask('regctl', ['manifest', 'get', ref, '--format', 'raw-body']);
        expect(raw.equals(made.manifest.bytes)).toBe(true);
      } else {
        await expect(push).rejects.toMatchObject({ code: 'registry-refused', status: 400 });
      }
      for (const { descriptor, bytes } of made.children.flatMap(({ blobs }) => blobs.slice(0, 1))) {
        const blob = await registry.ask('regctl', ['blob', 'get', repository, descriptor.digest]);
        expect(blob.equals(bytes)).toBe(true);
      }
    },
    limitMs,
  );

  it(
    'copy nothing the second time, also when they look for holes',
    async () => {
      await pushMade({ client: registry.client, repository }, attested);
      const nothing = { manifests: 0, blobs: 0, bytes: 0 };
      expect(await copyContent(madeSource(attested), content(), attested.manifest)).toMatchObject(nothing);
      const verified = await copyContent(madeSource(attested), content(), attested.manifest, { verify: true });
      expect(verified).toMatchObject(nothing);
    },
    limitMs,
  );

  it(
    'share layers with another repository instead of sending them',
    async () => {
      await pushMade({ client: registry.client, repository }, attested);
      const target = freshRepository(registry, 'mounted');
      const mounting = repositoryContent(registry.client, target, { mountFrom: [repository] });
      const copied = await copyContent(madeSource(attested), mounting, attested.manifest);
      const manifests = [attested, ...attested.children].map((made) => made.manifest);
      expect(copied.bytes).toBe(manifests.reduce((sum, { bytes }) => sum + bytes.length, 0));
      expect(await lackingIn(content(target), attested)).toEqual([]);
    },
    limitMs,
  );

  it(
    'call absent what is absent',
    async () => {
      const { client } = registry;
      const absent = madeBlob('application/octet-stream', Buffer.from('absent')).descriptor;
      const never = freshRepository(registry, 'never');
      expect(await client.listTags(never)).toEqual([]);
      await pushMade({ client, repository }, image);
      for (const place of [repository, never]) {
        expect(await client.resolve(place, tag('absent'))).toBeUndefined();
        expect(await client.resolve(place, absent.digest)).toBeUndefined();
        expect(await client.readManifest(place, absent.digest)).toBeUndefined();
        expect(await client.readBlob(place, absent)).toBeUndefined();
        expect(await client.hasBlob(place, absent)).toBe(false);
        expect(await client.listReferrers(place, absent.digest)).toEqual([]);
        expect(await client.deleteManifest(place, absent.digest)).toBe(false);
      }
      expect(await client.listTags(never)).toEqual([]);
    },
    limitMs,
  );

  it(
    'try a push that leaves no trace',
    async () => {
      expect(await registry.client.canPush(repository)).toBe(true);
      expect(await registry.client.listTags(repository)).toEqual([]);
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
      const target = repositoryContent(clientOf(ports), freshRepository(registry, 'twice'));
      await copyContent(madeSource(attested), target, attested.manifest);
      const before = registry.lines.length;
      expect(registry.lines.some(({ method }) => method === 'PUT')).toBe(true);
      await copyContent(madeSource(attested), target, attested.manifest);
      await copyContent(madeSource(attested), target, attested.manifest, { verify: true });
      const second = registry.lines.slice(before);
      expect(second.length).toBeGreaterThan(0);
      expect(second.filter(({ method }) => method !== 'HEAD')).toEqual([]);
    },
    limitMs,
  );
});
