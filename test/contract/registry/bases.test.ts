import { createServer, type Server, type Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createPorts } from '../../../src/adapters/create-ports.ts';
import { createRegistryClient } from '../../../src/clients/registry/client.ts';
import { impatientHttp } from '../../../src/clients/registry/impatient.ts';
import type { WantedBase } from '../../../src/domain/base-image.ts';
import { refText } from '../../../src/domain/image-ref.ts';
import { parsePlatform } from '../../../src/domain/platform.ts';
import type { Ports } from '../../../src/ports/ports.ts';
import { resolveBases } from '../../../src/stages/planning/bases.ts';
import { pushMade } from '../../support/fault-proxy/faulty-registry.ts';
import { requireLab } from '../../support/lab.ts';
import { type MadeImage, madeImage, madeIndex } from '../../support/made-image.ts';
import { freshRepository, tag } from '../../support/registries.ts';
import { registryKinds } from '../../support/registries-kinds.ts';
import { type OpenedRegistry, openRegistry } from '../../support/registries-opened.ts';

const limitMs = 60_000;
const both = ['linux/amd64', 'linux/arm64'];
const amd64 = madeImage();
const arm64 = madeImage({ platform: 'linux/arm64/v8' });
const lab = requireLab();
let ports: Ports & AsyncDisposable;

beforeAll(async () => {
  ports = createPorts();
}, limitMs);

afterAll(async () => ports?.[Symbol.asyncDispose]());

function wanted(reference: string, platforms: readonly string[]): WantedBase {
  return { reference, platforms: platforms.map(parsePlatform), where: { file: 'Dockerfile', line: 1 } };
}

describe.each(registryKinds)('the bases in $name', (kind) => {
  let registry: OpenedRegistry;

  beforeAll(async () => {
    registry = await openRegistry(kind, lab, ports);
  }, limitMs);
  afterAll(async () => registry?.[Symbol.asyncDispose]());

  const resolve = (bases: readonly WantedBase[], client = registry.client) =>
    resolveBases({ registry: client, clock: ports.clock }, bases, { budgetMs: limitMs, publishes: true });

  async function pushed(made: MadeImage): Promise<string> {
    const repository = freshRepository(registry, 'base');
    await pushMade({ client: registry.client, repository }, made, 'v1');
    return refText({ repository, tag: tag('v1') });
  }

  it(
    'have the digests of an index and of its platforms, and attestations are no platforms',
    async () => {
      const made = madeIndex([amd64, arm64], { attestation: true });
      const reference = await pushed(made);
      const { bases, notes } = await resolve([wanted(reference, both)]);
      const platforms = new Map([
        ['linux/amd64', amd64.manifest.digest],
        ['linux/arm64', arm64.manifest.digest],
      ]);
      expect(bases.get(reference)).toEqual({ kind: 'resolved', base: { digest: made.manifest.digest, platforms } });
      expect(notes).toEqual([]);
    },
    limitMs,
  );

  it(
    'have the platform of a single image',
    async () => {
      const reference = await pushed(arm64);
      const { bases } = await resolve([wanted(reference, ['linux/arm64'])]);
      const { digest } = arm64.manifest;
      const platforms = new Map([['linux/arm64', digest]]);
      expect(bases.get(reference)).toEqual({ kind: 'resolved', base: { digest, platforms } });
    },
    limitMs,
  );

  it(
    'stop the plan where a platform is missing, though an attestation is there',
    async () => {
      const reference = await pushed(madeIndex([amd64], { attestation: true }));
      await expect(resolve([wanted(reference, both)])).rejects.toMatchObject({
        code: 'base-platform-missing',
        what: `${reference} is not there for linux/arm64; it has linux/amd64`,
      });
    },
    limitMs,
  );

  it(
    'stop the plan where the image is absent, and where there is no login that is needed',
    async () => {
      const reference = await pushed(amd64);
      const absent = [
        wanted(`${reference}-none`, []),
        wanted(refText({ repository: freshRepository(registry, 'none') }), []),
      ];
      for (const one of absent) await expect(resolve([one])).rejects.toMatchObject({ code: 'base-absent' });
      if (kind.signIn === 'nobody') return;
      const stranger = await registry.clientAs(undefined);
      await expect(resolve([wanted(reference, [])], stranger)).rejects.toMatchObject({ code: 'registry-denied' });
    },
    limitMs,
  );
});

describe('a host that takes the connection and says nothing', () => {
  const sockets = new Set<Socket>();
  let server: Server;
  let host = '';

  beforeAll(async () => {
    server = createServer((socket) => void sockets.add(socket.on('error', () => {})));
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve);
    });
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('it does not listen');
    host = `127.0.0.1:${address.port}`;
  });
  afterAll(async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => {
      server.close(resolve);
    });
  });

  it(
    'leaves more bases unknown than can be asked about at once, and is let go of when the budget is over',
    async () => {
      const budgetMs = 300;
      const client = createRegistryClient({ ...ports, http: impatientHttp(ports.http, ports.clock, budgetMs) });
      const references = Array.from({ length: 40 }, (_, at) => `${host}/base/image-${at}:1`);
      const options = { budgetMs, publishes: false };
      const asked = references.map((one) => wanted(one, both));
      const { bases, notes } = await resolveBases({ registry: client, clock: ports.clock }, asked, options);
      expect([...bases.values()].map(({ kind }) => kind)).toEqual(references.map(() => 'unreachable'));
      expect(notes.length).toBeGreaterThan(0);
      await Promise.all([...sockets].map((socket) => closed(socket)));
      expect(sockets.size).toBeLessThanOrEqual(16);
    },
    limitMs,
  );
});

function closed(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    if (socket.destroyed) resolve();
    else socket.once('close', () => resolve()).resume();
  });
}
