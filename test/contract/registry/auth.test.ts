import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { createPorts } from '../../../src/adapters/create-ports.ts';
import { type Repository, refText } from '../../../src/domain/image-ref.ts';
import type { Ports } from '../../../src/ports/ports.ts';
import { pushMade } from '../../support/fault-proxy/faulty-registry.ts';
import { requireLab } from '../../support/lab.ts';
import { madeImage } from '../../support/made-image.ts';
import { clientOf, freshRepository, startEmbedded, type TestRegistry, tag } from '../../support/registries.ts';
import { bearerDoor, reader, writer } from '../../support/registries-doors.ts';
import { registryKinds } from '../../support/registries-kinds.ts';
import { type OpenedRegistry, openRegistry } from '../../support/registries-opened.ts';

const limitMs = 60_000;
const image = madeImage({ layers: 2 });
const wrong = { username: writer.username, password: 'wrong' };

const lab = requireLab();
let ports: Ports & AsyncDisposable;

beforeAll(async () => {
  ports = createPorts();
}, limitMs);

afterAll(async () => ports?.[Symbol.asyncDispose]());

const guarded = registryKinds.filter(({ signIn }) => signIn !== 'nobody');

describe.each(guarded)('the sign-in to $name', (kind) => {
  let registry: OpenedRegistry;
  let repository: Repository;
  let ref: string;

  beforeAll(async () => {
    registry = await openRegistry(kind, lab, ports);
  }, limitMs);
  beforeEach(() => {
    repository = freshRepository(registry, 'auth');
    ref = refText({ repository, tag: tag('v1') });
  });
  afterAll(async () => registry?.[Symbol.asyncDispose]());

  it(
    'takes the account of the docker configuration, from us as from others',
    async () => {
      const { client } = registry;
      await pushMade({ client, repository }, image, 'v1');
      expect((await client.resolve(repository, tag('v1')))?.digest).toBe(image.manifest.digest);
      expect(await client.listTags(repository)).toEqual(['v1']);
      for (const tool of ['crane', 'regctl'] as const) {
        const copied = freshRepository(registry, tool);
        const target = refText({ repository: copied, tag: tag('v1') });
        await registry.ask(tool, tool === 'crane' ? ['copy', ref, target] : ['image', 'copy', ref, target]);
        expect((await client.resolve(copied, tag('v1')))?.digest).toBe(image.manifest.digest);
      }
    },
    limitMs,
  );

  it(
    'refuses a wrong password, to us as to others',
    async () => {
      const denied = expect.objectContaining({
        code: 'registry-denied',
        where: expect.stringContaining(repository),
        what: expect.stringContaining('the user writer'),
      });
      const client = await registry.clientAs(wrong);
      await expect(client.resolve(repository, tag('v1'))).rejects.toEqual(denied);
      await expect(client.requirePush(repository)).rejects.toEqual(denied);
      expect(await client.canPush(repository)).toBe(false);
      await expect(registry.ask('crane', ['digest', ref], wrong)).rejects.toThrow(/401|UNAUTHORIZED/);
      await expect(registry.ask('regctl', ['image', 'digest', ref], wrong)).rejects.toThrow(/401|unauthorized/i);
    },
    limitMs,
  );

  it(
    'refuses everything to a client without an account',
    async () => {
      const client = await registry.clientAs(undefined);
      await expect(client.listTags(repository)).rejects.toMatchObject({ code: 'registry-denied' });
      expect(await client.canPush(repository)).toBe(false);
    },
    limitMs,
  );

  if (kind.traits.knowsReaders) {
    it(
      'lets an account that may only read do no more',
      async () => {
        await pushMade({ client: registry.client, repository }, image);
        const client = await registry.clientAs(reader);
        expect((await client.readManifest(repository, image.manifest.digest))?.digest).toBe(image.manifest.digest);
        expect(await client.canPush(repository)).toBe(false);
        await expect(client.putManifest(repository, tag('v1'), image.manifest)).rejects.toMatchObject({
          code: 'registry-denied',
        });
        await expect(client.deleteManifest(repository, image.manifest.digest)).rejects.toMatchObject({
          code: 'registry-denied',
        });
        expect(await registry.client.listTags(repository)).toEqual([]);
      },
      limitMs,
    );
  }

  it(
    'serves many requests at once with one account',
    async () => {
      const client = await registry.clientAs(writer);
      const tags = Array.from({ length: 20 }, (_, place) => tag(`p-${place}`));
      await pushMade({ client: registry.client, repository }, image);
      await Promise.all(tags.map((each) => client.putManifest(repository, each, image.manifest)));
      expect((await client.listTags(repository)).toSorted()).toEqual(tags.toSorted());
    },
    limitMs,
  );
});

describe('a token that the server forgets', () => {
  let registry: TestRegistry | undefined;
  afterEach(async () => registry?.[Symbol.asyncDispose]());

  it(
    'is got again at every kind of request',
    async () => {
      const forgotAt = new Set<string>();
      registry = await startEmbedded(ports, (handler) => {
        let door = bearerDoor(handler);
        return (request) => {
          // A new door knows no token of the old one, like a server that was restarted.
          if (request.path !== '/token' && !forgotAt.has(request.method)) door = bearerDoor(handler);
          if (request.path !== '/token') forgotAt.add(request.method);
          return door(request);
        };
      });
      const repository = freshRepository(registry, 'forgetful');
      const client = clientOf(ports, async () => ({ kind: 'password', ...writer }));
      for (const { descriptor, bytes } of image.blobs) {
        await client.writeBlob(repository, { descriptor, open: async () => pieces(bytes) });
      }
      await client.putManifest(repository, tag('v1'), image.manifest);
      expect((await client.readManifest(repository, tag('v1')))?.digest).toBe(image.manifest.digest);
      expect(await client.deleteManifest(repository, image.manifest.digest)).toBe(true);
      expect([...forgotAt]).toEqual(['HEAD', 'POST', 'PUT', 'GET', 'DELETE']);
    },
    limitMs,
  );
});

async function* pieces(bytes: Uint8Array): AsyncIterable<Uint8Array> {
  yield bytes;
}
