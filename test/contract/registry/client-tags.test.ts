import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { createPorts } from '../../../src/adapters/create-ports.ts';
import { createRegistryClient } from '../../../src/clients/registry/client.ts';
import { pathOf, type Repository, refText } from '../../../src/domain/image-ref.ts';
import type { Ports } from '../../../src/ports/ports.ts';
import { inParallel } from '../../../src/store/parallel.ts';
import { pushMade } from '../../support/fault-proxy/faulty-registry.ts';
import { requireLab } from '../../support/lab.ts';
import { madeImage, madeIndex } from '../../support/made-image.ts';
import { freshRepository, repositoryAt, tag } from '../../support/registries.ts';
import { inPages, startFront } from '../../support/registries-front.ts';
import { registryKinds } from '../../support/registries-kinds.ts';
import { type OpenedRegistry, openRegistry } from '../../support/registries-opened.ts';

const limitMs = 60_000;

const image = madeImage({ layers: 2 });
const index = madeIndex([image, madeImage({ platform: 'linux/arm64' })], { attestation: true });
const other = madeImage({ layers: [{ name: 'other' }] });

const lab = requireLab();
let ports: Ports & AsyncDisposable;

beforeAll(async () => {
  ports = createPorts();
}, limitMs);

afterAll(async () => ports?.[Symbol.asyncDispose]());

describe.each(registryKinds)('tags in $name', (kind) => {
  let registry: OpenedRegistry;
  let repository: Repository;

  beforeAll(async () => {
    registry = await openRegistry(kind, lab, ports);
  }, limitMs);
  beforeEach(() => {
    repository = freshRepository(registry, 'tags');
  });
  afterAll(async () => registry?.[Symbol.asyncDispose]());

  const named = (name: string): string => refText({ repository, tag: tag(name) });
  const digestBy = async (tool: 'crane' | 'regctl', name: string): Promise<string> => {
    const verb = tool === 'crane' ? ['digest'] : ['image', 'digest'];
    return `${await registry.ask(tool, [...verb, named(name)])}`.trim();
  };
  const writeMany = async () => {
    await pushMade({ client: registry.client, repository }, image);
    const tags = Array.from({ length: 60 }, (_, place) => tag(`t-${place}`)).sort();
    await inParallel(tags, 8, async (each) => {
      await registry.client.putManifest(repository, each, image.manifest);
    });
    return tags;
  };
  const linesOf = (text: Buffer): readonly string[] => `${text}`.trim().split('\n').sort();

  it(
    'are listed, all of them, by us and by others',
    async () => {
      const tags = await writeMany();
      expect((await registry.client.listTags(repository)).toSorted()).toEqual(tags);
      const [crane, regctl] = await Promise.all([
        registry.ask('crane', ['ls', repository]),
        registry.ask('regctl', ['tag', 'ls', repository]),
      ]);
      expect([linesOf(crane), linesOf(regctl)]).toEqual([tags, tags]);
    },
    limitMs,
  );

  if (kind.traits.listsInPages) {
    it(
      'are listed page by page',
      async () => {
        const tags = await writeMany();
        let pages = 0;
        const behind = { host: registry.host, async [Symbol.asyncDispose]() {} };
        await using front = await startFront(behind, (handler) => async (request) => {
          const answer = await inPages(25)(handler)(request);
          if (request.path.endsWith('/tags/list') && answer.status === 200) pages += 1;
          return answer;
        });
        const client = createRegistryClient(ports, { credentials: registry.credentials });
        const listed = await client.listTags(repositoryAt(front, pathOf(repository)));
        expect(listed.toSorted()).toEqual(tags);
        expect(pages).toBe(3);
      },
      limitMs,
    );
  }

  it(
    'are all kept when twenty are written at once',
    async () => {
      const { client } = registry;
      await pushMade({ client, repository }, index);
      const tags = Array.from({ length: 20 }, (_, place) => tag(`p-${place}`)).sort();
      await Promise.all(tags.map((each) => client.putManifest(repository, each, index.manifest)));
      const resolved = await Promise.all(tags.map((each) => client.resolve(repository, each)));
      expect(resolved.map((one) => one?.digest)).toEqual(tags.map(() => index.manifest.digest));
      expect((await client.listTags(repository)).toSorted()).toEqual(tags);
    },
    limitMs,
  );

  it(
    'are written and moved, and read back each time',
    async () => {
      const { client } = registry;
      await pushMade({ client, repository }, index);
      await pushMade({ client, repository }, other);
      const steps = [
        { manifest: index.manifest, previous: undefined },
        { manifest: other.manifest, previous: index.manifest.digest },
        { manifest: image.manifest, previous: other.manifest.digest },
        { manifest: index.manifest, previous: image.manifest.digest },
      ];
      for (const { manifest, previous } of steps) {
        const written = await client.writeTag(repository, { tag: tag('moving'), manifest, previous });
        expect(written).toEqual({ digest: manifest.digest, lateMs: 0, refused: undefined });
        expect((await client.readManifest(repository, tag('moving')))?.digest).toBe(manifest.digest);
      }
      expect(await digestBy('crane', 'moving')).toBe(index.manifest.digest);
      expect(await digestBy('regctl', 'moving')).toBe(index.manifest.digest);
      expect(await client.listTags(repository)).toEqual(['moving']);
    },
    limitMs,
  );

  if (kind.traits.requiresBlobs) {
    it(
      'that are refused say so, and stay',
      async () => {
        const { client } = registry;
        await pushMade({ client, repository }, image, 'v1');
        const absent = madeImage({ layers: [{ name: 'absent' }] });
        const write = { tag: tag('v1'), manifest: absent.manifest, previous: image.manifest.digest };
        const written = await client.writeTag(repository, write);
        expect(written).toMatchObject({ digest: image.manifest.digest, refused: { code: 'registry-blobs-missing' } });
      },
      limitMs,
    );
  }

  it(
    `${kind.traits.deletesTagsToo ? 'go' : 'stay'} when the manifest behind them is deleted`,
    async () => {
      const { client } = registry;
      await pushMade({ client, repository }, image, 'v1');
      await client.putManifest(repository, tag('v2'), image.manifest);
      await pushMade({ client, repository }, other, 'v3');
      expect(await client.deleteManifest(repository, image.manifest.digest)).toBe(true);
      expect(await client.deleteManifest(repository, image.manifest.digest)).toBe(false);
      expect(await client.resolve(repository, image.manifest.digest)).toBeUndefined();
      const left = kind.traits.deletesTagsToo ? ['v3'] : ['v1', 'v2', 'v3'];
      expect((await client.listTags(repository)).toSorted()).toEqual(left);
      expect(await digestBy('crane', 'v3')).toBe(other.manifest.digest);
      if (!kind.traits.deletesTagsToo) return;
      await expect(registry.ask('crane', ['digest', named('v1')])).rejects.toThrow(/404|MANIFEST_UNKNOWN/);
    },
    limitMs,
  );
});
