import { randomBytes } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { createPorts } from '../../../src/adapters/create-ports.ts';
import { type Repository, refText } from '../../../src/domain/image-ref.ts';
import type { Ports } from '../../../src/ports/ports.ts';
import type { FaultRule } from '../../support/fault-proxy/fault-script.ts';
import { type FaultyRegistry, piecesOf, startFaulty } from '../../support/fault-proxy/faulty-registry.ts';
import { requireLab } from '../../support/lab.ts';
import { type MadeBlob, madeBlob } from '../../support/made-image.ts';
import { collect, freshRepository, repositoryAt } from '../../support/registries.ts';
import { registryKinds } from '../../support/registries-kinds.ts';
import { type OpenedRegistry, openRegistry } from '../../support/registries-opened.ts';

const limitMs = 60_000;
const mebibyte = 1024 * 1024;

const noise = (bytes: number): MadeBlob => madeBlob('application/octet-stream', randomBytes(bytes));

const lab = requireLab();
let ports: Ports & AsyncDisposable;

beforeAll(async () => {
  ports = createPorts();
}, limitMs);

afterAll(async () => ports?.[Symbol.asyncDispose]());

describe.each(registryKinds)('uploads to $name', (kind) => {
  let registry: OpenedRegistry;
  let through: FaultyRegistry | undefined;

  beforeAll(async () => {
    registry = await openRegistry(kind, lab, ports);
  }, limitMs);
  afterEach(async () => {
    await through?.[Symbol.asyncDispose]();
    through = undefined;
  });
  afterAll(async () => registry?.[Symbol.asyncDispose]());

  /** The registry behind something that writes down every request. */
  async function watch(options: { readonly chunkBytes?: number; readonly rules?: readonly FaultRule[] } = {}) {
    const { credentials } = registry;
    const opened = await startFaulty({ upstream: registry, credentials, ...options });
    through = opened;
    const upload = (blob: MadeBlob, mountFrom: readonly Repository[] = []) =>
      opened.client.writeBlob(opened.repository, {
        descriptor: blob.descriptor,
        open: async () => piecesOf(blob.bytes),
        mountFrom,
      });
    const log = opened.proxy.log;
    const bytesOfPatches = () => log.of('upload-patch').map(({ requestBytes }) => requestBytes);
    return { ...opened, log, upload, bytesOfPatches, at: pastTheProxy(opened.repository) };
  }

  /** The same repository, for whoever does not go through the proxy. */
  function pastTheProxy(repository: Repository): Repository {
    return repositoryAt(registry, repository.slice(repository.indexOf('/') + 1));
  }

  async function expectThere(repository: Repository, { descriptor, bytes }: MadeBlob): Promise<void> {
    expect((await collect(await registry.client.readBlob(repository, descriptor))).equals(bytes)).toBe(true);
  }

  async function expectForOthers(repository: Repository, { descriptor, bytes }: MadeBlob): Promise<void> {
    const ref = refText({ repository, digest: descriptor.digest });
    const read = await Promise.all([
      registry.ask('crane', ['blob', ref]),
      registry.ask('regctl', ['blob', 'get', repository, descriptor.digest]),
    ]);
    expect(read.map((one) => one.equals(bytes))).toEqual([true, true]);
  }

  it(
    'are not begun for what is there',
    async () => {
      const blob = noise(1000);
      const { upload, log, at } = await watch();
      expect(await registry.client.hasBlob(at, blob.descriptor)).toBe(false);
      expect(await upload(blob)).toBe('uploaded');
      expect(await registry.client.hasBlob(at, blob.descriptor)).toBe(true);
      const before = log.writes().length;
      expect(await upload(blob)).toBe('present');
      expect(log.writes()).toHaveLength(before);
    },
    limitMs,
  );

  it(
    'of a small blob are two requests',
    async () => {
      const blob = noise(mebibyte);
      const { upload, log, at } = await watch();
      expect(await upload(blob)).toBe('uploaded');
      const taken = log.writes().filter(({ status }) => status !== 401);
      expect(taken.map(({ method }) => method)).toEqual(['POST', 'PUT']);
      await expectThere(at, blob);
    },
    limitMs,
  );

  it(
    'of a large blob are streamed and whole',
    async () => {
      const blob = noise(17 * mebibyte);
      const { upload, bytesOfPatches, at } = await watch();
      expect(await upload(blob)).toBe('uploaded');
      expect(bytesOfPatches()).toEqual([17 * mebibyte]);
      await expectThere(at, blob);
      await expectForOthers(at, blob);
    },
    limitMs,
  );

  it(
    'in chunks send no more at once than they may',
    async () => {
      const blob = noise(3.5 * mebibyte);
      const { upload, bytesOfPatches, at } = await watch({ chunkBytes: mebibyte });
      expect(await upload(blob)).toBe('uploaded');
      expect(bytesOfPatches()).toEqual([mebibyte, mebibyte, mebibyte, mebibyte / 2]);
      await expectThere(at, blob);
      await expectForOthers(at, blob);
    },
    limitMs,
  );

  it(
    `that break ${kind.traits.resumesUploads ? 'go on where they stood' : 'begin again'}`,
    async () => {
      const blob = noise(4 * mebibyte);
      const broken: FaultRule = {
        match: { kind: 'upload-patch' },
        at: [3],
        fault: { kind: 'reset-request', afterBytes: mebibyte / 2 },
      };
      const { upload, log, at } = await watch({ chunkBytes: mebibyte, rules: [broken] });
      expect(await upload(blob)).toBe('uploaded');
      const opened = log.of('upload-start').filter(({ status }) => status === 202);
      expect(opened).toHaveLength(kind.traits.resumesUploads ? 1 : 2);
      await expectThere(at, blob);
    },
    limitMs,
  );

  it(
    'are spared where the blob is in another repository',
    async () => {
      const blob = noise(1000);
      const { client, proxy, repository, upload, log } = await watch();
      await upload(blob);
      const target = freshRepository(proxy, 'mounted');
      const before = log.writes().length;
      const write = { descriptor: blob.descriptor, open: async () => piecesOf(blob.bytes), mountFrom: [repository] };
      expect(await client.writeBlob(target, write)).toBe(kind.traits.keepsBlobsApart ? 'mounted' : 'present');
      const writes = log.writes().slice(before);
      const taken = writes.filter(({ status }) => status !== 401);
      expect(taken.map((one) => one.kind)).toEqual(kind.traits.keepsBlobsApart ? ['mount'] : []);
      await expectThere(pastTheProxy(target), blob);
    },
    limitMs,
  );

  it(
    'are made where the blob is not in the other repository',
    async () => {
      const blob = noise(1000);
      const { proxy, upload, at } = await watch();
      expect(await upload(blob, [freshRepository(proxy, 'empty')])).toBe('uploaded');
      await expectThere(at, blob);
    },
    limitMs,
  );
});
