import { truncate } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { hostOf, parseRepository, pathOf, type Repository } from '../../../src/domain/image-ref.ts';
import { type DebianRegistry, startDebian } from '../../support/fault-proxy/debian-registry.ts';
import type { Fault, FaultRule } from '../../support/fault-proxy/fault-script.ts';
import {
  type FaultyOptions,
  type FaultyRegistry,
  failureOf,
  missingFrom,
  piecesOf,
  pushMade,
  startFaulty,
} from '../../support/fault-proxy/faulty-registry.ts';
import { type MadeImage, madeImage } from '../../support/made-image.ts';
import { freshRepository, tag } from '../../support/registries.ts';

const limitMs = 120_000;
const older = madeImage({ layers: [{ name: 'older' }] });
const newer = madeImage({ layers: [{ name: 'newer' }] });
const stranger = madeImage({ layers: [{ name: 'stranger' }] });
const v1 = tag('v1');
const writes = { kind: 'manifest-tag', method: 'PUT' } as const;
const reads = { kind: 'manifest-tag', method: ['GET', 'HEAD'] } as const;

let faulty: FaultyRegistry;

afterEach(async () => faulty?.[Symbol.asyncDispose]());

/** The tag names the older image, and the newer one is there without it, before the faults begin. */
const start = async (rules: readonly FaultRule[], options: FaultyOptions = {}): Promise<void> => {
  faulty = await startFaulty({ ...options, rules });
  await pushMade(faulty.direct, older, 'v1');
  await pushMade(faulty.direct, newer);
};
const write = (made: MadeImage = newer, name = v1, previous: MadeImage | undefined = older) =>
  faulty.client.writeTag(faulty.repository, {
    tag: name,
    manifest: made.manifest,
    previous: previous?.manifest.digest,
  });
const named = async (name = v1) => (await faulty.direct.client.resolve(faulty.direct.repository, name))?.digest;
const puts = () => faulty.proxy.log.of('manifest-tag', 'PUT');
const done = { digest: newer.manifest.digest, refused: undefined };

describe('the reply to the write of a tag', () => {
  it.each([undefined, 500, 502])('F05 that is lost once (%s) is a success', async (status) => {
    await start([
      { match: writes, at: [1], fault: { kind: 'lost-reply', ...(status === undefined ? {} : { status }) } },
    ]);
    expect(await write()).toMatchObject(done);
    expect(await named()).toBe(newer.manifest.digest);
  });

  it.each([undefined, 500, 504])('F05 that is always lost (%s) is a success, for the tag was read', async (status) => {
    await start([{ match: writes, fault: { kind: 'lost-reply', ...(status === undefined ? {} : { status }) } }]);
    expect(await write()).toMatchObject(done);
    expect(puts().length).toBeLessThanOrEqual(6);
  });

  it('F05 that is always lost before anything was written leaves the tag, and says why', async () => {
    await start([{ match: writes, fault: { kind: 'reset' } }]);
    const written = await write();
    expect(written.digest).toBe(older.manifest.digest);
    expect(written.refused).toMatchObject({
      code: 'remote-unreachable',
      where: expect.stringMatching(/^PUT .*:v1 \(6 tries/),
    });
  });
});

describe('the reply to another write', () => {
  const fault: Fault = { kind: 'lost-reply' };

  it.each(['upload-start', 'upload-put', 'upload-patch', 'manifest-digest'] as const)(
    'F05 that is lost (%s) leaves the image whole',
    async (kind) => {
      faulty = await startFaulty({ rules: [{ match: { kind, method: ['POST', 'PUT', 'PATCH'] }, first: 2, fault }] });
      await pushMade(faulty, newer, 'v1');
      expect(await missingFrom(faulty.direct, newer)).toEqual([]);
    },
  );

  it('F05 that is always lost over a blob is a success, for the blob is there', async () => {
    faulty = await startFaulty({ rules: [{ match: { kind: 'upload-put' }, fault }] });
    await pushMade(faulty, newer);
    expect(await missingFrom(faulty.direct, newer)).toEqual([]);
    expect(faulty.proxy.log.of('upload-put')).toHaveLength(newer.blobs.length);
  });

  it('F05 that is lost over a mount leaves the image whole', async () => {
    await start([{ match: { kind: 'mount' }, at: [1], fault }]);
    const { client, repository, direct, proxy } = faulty;
    const target = freshRepository(proxy, 'mounted');
    const [blob] = newer.blobs;
    if (blob === undefined) throw new Error('the image has no blob');
    const open = async () => piecesOf(blob.bytes);
    const outcome = await client.writeBlob(target, { descriptor: blob.descriptor, open, mountFrom: [repository] });
    expect(['mounted', 'present']).toContain(outcome);
    const past = parseRepository(`${hostOf(direct.repository)}/${pathOf(target)}`, 'test');
    expect(await direct.client.hasBlob(past, blob.descriptor)).toBe(true);
    expect(proxy.log.of('upload-start')).toEqual([]);
  });

  it('F05 that is lost over a deletion is a deletion', async () => {
    await start([{ match: { method: 'DELETE' }, at: [1], fault }]);
    expect(await faulty.client.deleteManifest(faulty.repository, older.manifest.digest)).toBe(true);
    expect(await named()).toBeUndefined();
  });
});

describe('a tag that is not seen after its write', () => {
  it('F09 is waited for, and the delay is told', async () => {
    await start([{ match: { kind: 'manifest-tag' }, fault: { kind: 'hide', reads: 4 } }]);
    const written = await write(newer, tag('new'), undefined);
    expect(written).toMatchObject(done);
    expect(faulty.clock.slept.slice(0, 4)).toEqual([250, 500, 1000, 2000]);
    expect(written.lateMs).toBeGreaterThanOrEqual(3750);
    expect(puts()).toHaveLength(1);
  });

  it('F09 is waited for no longer than a minute', async () => {
    await start([{ match: { kind: 'manifest-tag' }, fault: { kind: 'hide', reads: 1000 } }]);
    const written = await write(newer, tag('new'), undefined);
    expect(written).toMatchObject({ digest: undefined, refused: undefined });
    const waitedMs = faulty.clock.slept.reduce((sum, ms) => sum + ms, 0);
    expect(waitedMs).toBeGreaterThanOrEqual(60_000);
    expect(waitedMs).toBeLessThanOrEqual(65_000);
    expect(Math.max(...faulty.clock.slept)).toBe(5000);
  });

  it('F09 was written by nobody else: a tag that was never written is absent at once', async () => {
    await start([]);
    expect(await faulty.client.resolve(faulty.repository, tag('never'))).toBeUndefined();
    expect(faulty.clock.slept).toEqual([]);
  });
});

describe('a tag whose reads go to replicas', () => {
  it('F10 is believed after three equal reads in a row', async () => {
    await start([{ match: reads, at: [1, 3, 6], fault: { kind: 'stale' } }]);
    expect(await write()).toMatchObject(done);
    // Old, new, old, new, new, old, new, new, new.
    expect(faulty.proxy.log.of('manifest-tag', 'GET')).toHaveLength(9);
  });

  it('F10 that is old on every second read is never believed', async () => {
    await start([{ match: reads, odd: true, fault: { kind: 'stale' } }]);
    const written = await write();
    expect(written.digest).toBe(older.manifest.digest);
    expect(written.lateMs).toBeGreaterThanOrEqual(60_000);
  });

  it('F10 that names what somebody else wrote is theirs', async () => {
    await start([]);
    await pushMade(faulty.direct, stranger);
    const { client, repository } = faulty.direct;
    faulty.proxy.follow([{ match: writes, fault: { kind: 'answer', status: 201 } }]);
    await client.putManifest(repository, v1, stranger.manifest);
    expect(await write()).toMatchObject({ digest: stranger.manifest.digest });
    expect(faulty.clock.slept).toEqual([]);
  });
});

describe("Debian's registry", () => {
  let debian: DebianRegistry;

  beforeAll(async () => {
    debian = await startDebian();
  }, limitMs);
  afterAll(async () => debian?.[Symbol.asyncDispose]());

  const tear = (repository: Repository) =>
    truncate(
      path.join(
        debian.storage,
        'docker/registry/v2/repositories',
        pathOf(repository),
        '_manifests/tags/v1/current/link',
      ),
    );

  it(
    'F12 that tore a tag gets it written once more',
    async () => {
      await start([{ match: writes, first: 6, fault: { kind: 'reset' } }], { upstream: debian });
      await tear(faulty.repository);
      expect(await failureOf(faulty.direct.client.resolve(faulty.direct.repository, v1))).toMatchObject({
        status: 500,
      });
      expect(await write()).toMatchObject(done);
      expect(await named()).toBe(newer.manifest.digest);
    },
    limitMs,
  );

  it(
    'F12 that tore a tag and cannot mend it is given up',
    async () => {
      await start([{ match: writes, fault: { kind: 'reset' } }], { upstream: debian });
      await tear(faulty.repository);
      const error = await failureOf(write());
      expect(error).toMatchObject({ code: 'registry-failed', status: 500 });
      expect(puts().length).toBeLessThanOrEqual(18);
    },
    limitMs,
  );

  it(
    'F12 that is killed while tags are written has all of them after they are written again',
    async () => {
      await start([], { upstream: debian });
      const { client, repository, clock } = faulty;
      const names = Array.from({ length: 12 }, (_, place) => tag(`t${place}`));
      for (let round = 0; round < 4; round += 1) {
        const made = round % 2 === 0 ? newer : older;
        let acknowledged = 0;
        let restarted: Promise<void> | undefined;
        const outcomes = names.map(async (name) => {
          const previous = undefined;
          await client.writeTag(repository, { tag: name, manifest: made.manifest, previous }).catch(() => {});
          acknowledged += 1;
          if (acknowledged === 3 + round) restarted = debian.kill().then(() => debian.start());
        });
        await Promise.all(outcomes);
        await restarted;
        for (const name of names) {
          const previous = (round % 2 === 0 ? older : newer).manifest.digest;
          const written = await client.writeTag(repository, { tag: name, manifest: made.manifest, previous });
          expect(written).toMatchObject({ digest: made.manifest.digest, refused: undefined });
          expect(await named(name)).toBe(made.manifest.digest);
        }
      }
      expect(clock.slept.length).toBeGreaterThan(0);
    },
    limitMs,
  );

  it('F24 gets one request for each tag, and none with several', async () => {
    await start([], { upstream: debian });
    await write();
    await write(newer, tag('v2'), undefined);
    expect(puts().map(({ reference }) => reference)).toEqual(['v1', 'v2']);
    expect(faulty.proxy.log.entries.filter((one) => one.path.includes('tag='))).toEqual([]);
  });

  it('F25 is asked what a tag names, for it does not heed conditions', async () => {
    await start([], { upstream: debian });
    await write();
    const kinds = faulty.proxy.log.of('manifest-tag').map(({ method }) => method);
    expect(kinds.lastIndexOf('GET')).toBeGreaterThan(kinds.lastIndexOf('PUT'));
    const conditions = faulty.proxy.log.entries.flatMap(
      ({ headers }) => headers['if-match'] ?? headers['if-none-match'] ?? [],
    );
    expect(conditions).toEqual([]);
  });

  it('F26 deletes by digest, and says whether it was there', async () => {
    await start([], { upstream: debian });
    const { client, repository, proxy } = faulty;
    expect(await client.deleteManifest(repository, older.manifest.digest)).toBe(true);
    expect(await client.deleteManifest(repository, older.manifest.digest)).toBe(false);
    expect(await named()).toBeUndefined();
    expect(proxy.log.entries.filter(({ method }) => method === 'DELETE').map(({ kind }) => kind)).toEqual([
      'manifest-digest',
      'manifest-digest',
    ]);
  });
});

describe('a registry whose tags are fixed', () => {
  const body = { errors: [{ code: 'TAG_INVALID', message: 'the tag v1 is immutable' }] };
  const rules: readonly FaultRule[] = [{ match: writes, fault: { kind: 'answer', status: 400, body } }];

  it('F16 refuses to move one, once, and the tag stays', async () => {
    await start(rules);
    const written = await write();
    expect(written.digest).toBe(older.manifest.digest);
    expect(written.refused).toMatchObject({ code: 'registry-refused', status: 400 });
    expect(written.refused?.what).toContain('the tag v1 is immutable');
    expect(puts()).toHaveLength(1);
    expect(faulty.clock.slept).toEqual([]);
  });

  it('F16 refuses what is so already, and that is no failure', async () => {
    await start(rules);
    expect(await write(older, v1, older)).toMatchObject({ digest: older.manifest.digest, refused: undefined });
    expect(puts().length).toBeLessThanOrEqual(1);
  });
});

describe('a registry where tags cannot be deleted', () => {
  it('F26 says so once, in words', async () => {
    const body = { errors: [{ code: 'UNSUPPORTED', message: 'The operation is unsupported.' }] };
    await start([{ match: { method: 'DELETE' }, fault: { kind: 'answer', status: 405, body } }]);
    const error = await failureOf(faulty.client.deleteManifest(faulty.repository, older.manifest.digest));
    expect(error).toMatchObject({ code: 'registry-unsupported', status: 405 });
    expect(faulty.proxy.log.writes()).toHaveLength(1);
    expect(await named()).toBe(older.manifest.digest);
  });
});
