import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { createPorts } from '../../../src/adapters/create-ports.ts';
import type { RegistryClient } from '../../../src/clients/registry/client.ts';
import { dockerCredentials } from '../../../src/clients/registry/credentials.ts';
import { repositoryContent } from '../../../src/clients/registry/repository-content.ts';
import { type Repository, refText } from '../../../src/domain/image-ref.ts';
import type { TempFolder } from '../../../src/ports/files.ts';
import type { ServedRequest, ServedResponse } from '../../../src/ports/http-server.ts';
import type { Ports } from '../../../src/ports/ports.ts';
import { copyContent } from '../../../src/store/copy.ts';
import { routeOf } from '../../../src/store/registry/route.ts';
import { createStore, type Store } from '../../../src/store/store.ts';
import { crane, type Lab, requireLab } from '../../support/lab.ts';
import { madeImage, writeMade } from '../../support/made-image.ts';
import {
  clientOf,
  type EmbeddedRegistry,
  freshRepository,
  type Handler,
  repositoryAt,
  startEmbedded,
  tag,
} from '../../support/registries.ts';

const limitMs = 120_000;
const image = madeImage({ layers: 2 });

/** Accounts of the servers here: what each may do, by the very header that its name and password make. */
const rights: Readonly<Record<string, readonly string[]>> = {
  [basic('writer', 'pass:wörd')]: ['pull', 'push'],
  [basic('reader', 'reading')]: ['pull'],
};

const lab = requireLab();
let ports: Ports & AsyncDisposable;
let work: TempFolder;
let store: Store;
let registry: EmbeddedRegistry;
let repository: Repository;

beforeAll(async () => {
  ports = createPorts();
}, limitMs);

beforeEach(async () => {
  work = await ports.files.tempFolder('slipway-auth-');
  store = await createStore(ports, `${work.path}/store`);
  await writeMade(store, image);
});

afterEach(async () => {
  await registry?.[Symbol.asyncDispose]();
  await work?.[Symbol.asyncDispose]();
});

afterAll(async () => ports?.[Symbol.asyncDispose]());

const doors: readonly { readonly name: string; readonly guard: (handler: Handler) => Handler }[] = [
  { name: 'asks for a password', guard: basicDoor },
  { name: 'asks for a token', guard: bearerDoor },
];

describe.each(doors)('a registry that $name', ({ guard }) => {
  beforeEach(async () => {
    registry = await startEmbedded(ports, guard);
    repository = freshRepository(registry, 'auth');
  });

  it(
    'lets in the account of the docker configuration, for us as for others',
    async () => {
      const client = await clientAs('writer', 'pass:wörd');
      await copyContent(store, repositoryContent(client, repository), image.manifest);
      await client.putManifest(repository, tag('v1'), image.manifest);
      expect((await client.resolve(repository, tag('v1')))?.digest).toBe(image.manifest.digest);
      expect(await client.listTags(repository)).toEqual(['v1']);
      const ref = refText({ repository, tag: tag('v1') });
      await crane(await labAs('writer', 'pass:wörd'), 'validate', '--remote', ref);
      await crane(await labAs('writer', 'pass:wörd'), 'copy', ref, `${registry.host}/contract/copied:v1`);
      const copied = repositoryAt(registry, 'contract/copied');
      expect((await client.resolve(copied, tag('v1')))?.digest).toBe(image.manifest.digest);
    },
    limitMs,
  );

  it(
    'shares layers between repositories of one account',
    async () => {
      const client = await clientAs('writer', 'pass:wörd');
      await copyContent(store, repositoryContent(client, repository), image.manifest);
      const target = repositoryContent(client, freshRepository(registry, 'mounted'), { mountFrom: [repository] });
      const copied = await copyContent(store, target, image.manifest);
      expect(copied.bytes).toBe(image.manifest.bytes.length);
    },
    limitMs,
  );

  it(
    'denies a wrong password, for us as for others',
    async () => {
      const denied = expect.objectContaining({ code: 'registry-denied', where: repository });
      const client = await clientAs('writer', 'wrong');
      await expect(client.resolve(repository, tag('v1'))).rejects.toEqual(denied);
      await expect(client.requirePush(repository)).rejects.toEqual(denied);
      expect(await client.canPush(repository)).toBe(false);
      const ref = refText({ repository, tag: tag('v1') });
      await expect(crane(await labAs('writer', 'wrong'), 'digest', ref)).rejects.toThrow(/401|UNAUTHORIZED/);
    },
    limitMs,
  );

  it(
    'denies everything to a client without an account',
    async () => {
      const client = clientOf(ports);
      await expect(client.listTags(repository)).rejects.toMatchObject({ code: 'registry-denied' });
      expect(await client.canPush(repository)).toBe(false);
    },
    limitMs,
  );

  it(
    'lets an account that may only read do no more',
    async () => {
      const writer = await clientAs('writer', 'pass:wörd');
      await copyContent(store, repositoryContent(writer, repository), image.manifest);
      const reader = await clientAs('reader', 'reading');
      expect((await reader.readManifest(repository, image.manifest.digest))?.digest).toBe(image.manifest.digest);
      expect(await reader.canPush(repository)).toBe(false);
      await expect(reader.putManifest(repository, tag('v1'), image.manifest)).rejects.toMatchObject({
        code: 'registry-denied',
      });
      expect(await writer.listTags(repository)).toEqual([]);
    },
    limitMs,
  );

  it(
    'serves many requests at once with one account',
    async () => {
      const client = await clientAs('writer', 'pass:wörd');
      await copyContent(store, repositoryContent(client, repository), image.manifest);
      const tags = Array.from({ length: 20 }, (_, place) => tag(`p-${place}`));
      await Promise.all(tags.map((each) => client.putManifest(repository, each, image.manifest)));
      expect((await client.listTags(repository)).toSorted()).toEqual(tags.toSorted());
    },
    limitMs,
  );
});

describe('a token that the server forgets', () => {
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
      repository = freshRepository(registry, 'forgetful');
      const client = await clientAs('writer', 'pass:wörd');
      for (const { descriptor, bytes } of image.blobs) {
        await client.writeBlob(repository, { descriptor, open: async () => pieces(bytes) });
      }
      await client.putManifest(repository, tag('v1'), image.manifest);
      expect((await client.readManifest(repository, tag('v1')))?.digest).toBe(image.manifest.digest);
      expect([...forgotAt]).toEqual(['HEAD', 'POST', 'PUT', 'GET']);
    },
    limitMs,
  );
});

async function* pieces(bytes: Uint8Array): AsyncIterable<Uint8Array> {
  yield bytes;
}

/** The folder of a docker configuration that `docker login` would have written. */
async function configFor(username: string, password: string): Promise<string> {
  const folder = `${work.path}/${username}-${password.length}`;
  const auth = Buffer.from(`${username}:${password}`).toString('base64');
  await ports.files.write(`${folder}/config.json`, JSON.stringify({ auths: { [registry.host]: { auth } } }));
  return folder;
}

async function clientAs(username: string, password: string): Promise<RegistryClient> {
  const env = { DOCKER_CONFIG: await configFor(username, password) };
  return clientOf(ports, dockerCredentials({ exec: ports.exec, files: ports.files, env }));
}

async function labAs(username: string, password: string): Promise<Lab> {
  return { ...lab, dockerConfig: await configFor(username, password) };
}

function basic(username: string, password: string): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
}

function rightFor({ method }: ServedRequest): string {
  return method === 'GET' || method === 'HEAD' ? 'pull' : 'push';
}

async function refuse(request: ServedRequest, status: number, challenge: string): Promise<ServedResponse> {
  for await (const _ of request.body);
  const body = Buffer.from(JSON.stringify({ errors: [{ code: status === 401 ? 'UNAUTHORIZED' : 'DENIED' }] }));
  return { status, headers: { 'www-authenticate': challenge, 'content-type': 'application/json' }, body };
}

function basicDoor(handler: Handler): Handler {
  return async (request) => {
    const may = rights[request.headers.authorization ?? ''];
    if (may === undefined) return refuse(request, 401, 'Basic realm="the contract"');
    return may.includes(rightFor(request)) || request.path === '/v2/'
      ? handler(request)
      : refuse(request, 403, 'Basic realm="the contract"');
  };
}

/** As the specification has it: the token server grants what the account may, and the registry asks for what it needs. */
function bearerDoor(handler: Handler): Handler {
  const granted = new Map<string, readonly string[]>();
  const grant = async (request: ServedRequest): Promise<ServedResponse> => {
    const { authorization } = request.headers;
    const may = authorization === undefined ? [] : rights[authorization];
    if (may === undefined) return refuse(request, 401, 'Basic realm="the token server"');
    const token = ports.random.hex(32);
    const asked = request.query.getAll('scope').flatMap((text) => text.split(' '));
    granted.set(
      `Bearer ${token}`,
      asked.flatMap((scope) => {
        const colon = scope.lastIndexOf(':');
        const actions = scope.slice(colon + 1).split(',');
        return actions.filter((action) => may.includes(action)).map((action) => `${scope.slice(0, colon)}:${action}`);
      }),
    );
    const body = Buffer.from(JSON.stringify({ token, expires_in: 300 }));
    return { status: 200, headers: { 'content-type': 'application/json' }, body };
  };
  return async (request) => {
    const home = `http://${request.headers.host}`;
    if (request.path === '/token') return grant(request);
    const scopes = granted.get(request.headers.authorization ?? '');
    const route = routeOf(request.path);
    const scope = route !== undefined && 'name' in route ? `repository:${route.name}:${rightFor(request)}` : undefined;
    if (scopes !== undefined && (scope === undefined || scopes.includes(scope))) return handler(request);
    const named = scope === undefined ? '' : `,scope="${scope.replace(/:push$/, ':pull,push')}"`;
    return refuse(request, 401, `Bearer realm="${home}/token",service="the contract"${named}`);
  };
}
