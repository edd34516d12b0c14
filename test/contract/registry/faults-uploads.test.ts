import { afterEach, describe, expect, it } from '@jest/globals';
import { repositoryContent } from '../../../src/clients/registry/repository-content.ts';
import { hostOf, parseRepository, pathOf } from '../../../src/domain/image-ref.ts';
import { copyContent } from '../../../src/store/copy.ts';
import { type DebianRegistry, startDebian } from '../../support/fault-proxy/debian-registry.ts';
import type { Fault, FaultRule } from '../../support/fault-proxy/fault-script.ts';
import {
  type FaultyOptions,
  type FaultyRegistry,
  failureOf,
  madeSource,
  missingFrom,
  piecesOf,
  pushMade,
  startFaulty,
} from '../../support/fault-proxy/faulty-registry.ts';
import { type MadeBlob, madeBlob, madeImage } from '../../support/made-image.ts';
import { collect, freshRepository, tag } from '../../support/registries.ts';

const limitMs = 120_000;
const image = madeImage({ layers: 2 });
const older = madeImage({ layers: [{ name: 'older' }] });
const v1 = tag('v1');

/** Nothing that a disk or a network could make smaller. */
function noise(bytes: number): MadeBlob {
  let state = 1;
  const content = Buffer.alloc(bytes);
  for (let place = 0; place + 4 <= bytes; place += 4) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    content.writeUInt32LE(state, place);
  }
  return madeBlob('application/octet-stream', content);
}

const small = noise(300_000);
const large = noise(9_000_000);

let faulty: FaultyRegistry;
let debian: DebianRegistry | undefined;

afterEach(async () => {
  await faulty?.[Symbol.asyncDispose]();
  await debian?.[Symbol.asyncDispose]();
  debian = undefined;
});

const start = async (rules: readonly FaultRule[], options: FaultyOptions = {}): Promise<void> => {
  faulty = await startFaulty({ ...options, rules });
};
const upload = (blob: MadeBlob) =>
  faulty.client.writeBlob(faulty.repository, { descriptor: blob.descriptor, open: async () => piecesOf(blob.bytes) });
const isThere = async (blob: MadeBlob): Promise<boolean> => {
  const { client, repository } = faulty.direct;
  const content = await client.readBlob(repository, blob.descriptor);
  return content !== undefined && (await collect(content)).equals(blob.bytes);
};
const waitedMs = () => faulty.clock.slept.reduce((sum, ms) => sum + ms, 0);

describe('an upload', () => {
  const sizes = { small, large, 'small, in pieces': small };
  const table = Object.entries(sizes).flatMap(([name, blob]) =>
    [0, 1, 100_000].map((afterBytes) => ({ name, blob, afterBytes })),
  );

  it.each(table)(
    'F04 that is reset after $afterBytes bytes ($name) ends with the whole blob',
    async ({ name, blob, afterBytes }) => {
      const fault: Fault = { kind: 'reset-request', afterBytes };
      const rules: FaultRule[] = [{ match: { kind: ['upload-patch', 'upload-put'] }, first: 2, fault }];
      await start(rules, name.includes('pieces') ? { chunkBytes: 120_000 } : {});
      expect(await upload(blob)).toBe('uploaded');
      expect(await isThere(blob)).toBe(true);
      expect(faulty.clock.slept.length).toBeGreaterThan(0);
    },
    limitMs,
  );

  it('F04 whose piece arrived although nobody said so is not sent twice into one blob', async () => {
    await start([{ match: { kind: 'upload-patch' }, at: [2], fault: { kind: 'lost-reply' } }], { chunkBytes: 100_000 });
    await upload(small);
    expect(await isThere(small)).toBe(true);
    expect(faulty.proxy.log.of('upload-status').length + faulty.proxy.log.of('upload-start').length).toBeGreaterThan(1);
  });

  it('F04 whose registry counts late, and said that nothing had come, is not put together wrongly', async () => {
    await start([
      { match: { kind: 'upload-patch' }, at: [1], fault: { kind: 'lost-reply' } },
      { match: { kind: 'upload-status' }, at: [1], fault: { kind: 'answer', status: 204, headers: { range: '0-0' } } },
    ]);
    await upload(large);
    expect(await isThere(large)).toBe(true);
    expect(faulty.proxy.log.of('upload-put').map(({ status }) => status)).toEqual([201]);
  });

  it('F04 that is reset for ever is given up after four attempts', async () => {
    await start([{ match: { kind: ['upload-patch', 'upload-put'] }, fault: { kind: 'reset' } }]);
    const error = await failureOf(upload(small));
    expect(error).toMatchObject({ code: 'remote-unreachable', tries: { attempts: 4 } });
    expect(error.where).toContain(`${faulty.repository}@${small.descriptor.digest.slice(0, 19)}`);
    expect(error.where).toContain('4 tries');
    expect(error.state).toContain('not written');
  });

  it.each([404, 416])('F04 whose session is lost (%d) begins anew', async (status) => {
    await start([
      { match: { kind: ['upload-patch', 'upload-put'] }, at: [1], fault: { kind: 'answer', status } },
      { match: { kind: 'upload-status' }, fault: { kind: 'answer', status: 404 } },
    ]);
    await upload(small);
    expect(await isThere(small)).toBe(true);
    expect(faulty.proxy.log.of('upload-start')).toHaveLength(2);
  });

  it('F01 that is asked to slow down waits as long as it is told', async () => {
    const fault: Fault = { kind: 'slow-down', afterSeconds: 7 };
    await start([{ match: { kind: ['upload-patch', 'upload-put'] }, at: [1], fault }]);
    await upload(small);
    expect(await isThere(small)).toBe(true);
    expect(faulty.clock.slept).toEqual([7000]);
  });

  it('F01 that is asked to wait for an hour does not', async () => {
    const fault: Fault = { kind: 'slow-down', afterSeconds: 3600 };
    await start([{ match: { kind: ['upload-patch', 'upload-put'] }, fault }]);
    expect(await failureOf(upload(small))).toMatchObject({ code: 'registry-busy' });
    expect(faulty.clock.slept).toEqual([]);
  });

  it('F06 that meets silence goes on', async () => {
    await start([{ match: { kind: ['upload-patch', 'upload-put'] }, at: [1], fault: { kind: 'silence' } }], {
      idleMs: 200,
    });
    await upload(small);
    expect(await isThere(small)).toBe(true);
  });

  it.each(Object.entries({ small, large }))(
    'F04 that is answered before its end (%s) does not spoil what comes after it',
    async (_, blob) => {
      const fault: Fault = { kind: 'answer', status: 503, early: true };
      await start([{ match: { kind: ['upload-patch', 'upload-put'] }, first: 2, fault }]);
      await upload(blob);
      expect(await isThere(blob)).toBe(true);
    },
  );
});

describe('a manifest whose blobs the registry says it misses', () => {
  const body = { errors: [{ code: 'MANIFEST_BLOB_UNKNOWN', message: 'blob unknown to registry' }] };
  const puts = () => faulty.proxy.log.of('manifest-digest', 'PUT');

  it.each([400, 404])('F11 once, although it has them (%d), is written again', async (status) => {
    await start([
      { match: { kind: 'manifest-digest', method: 'PUT' }, at: [1], fault: { kind: 'answer', status, body } },
    ]);
    await pushMade(faulty, image, 'v1');
    expect(await missingFrom(faulty.direct, image)).toEqual([]);
    expect(puts()).toHaveLength(2);
  });

  it('F11 for ever is written two times more, and the error says what is missing', async () => {
    await start([{ match: { kind: 'manifest-digest', method: 'PUT' }, fault: { kind: 'answer', status: 404, body } }]);
    const error = await failureOf(pushMade(faulty, image, 'v1'));
    expect(error).toMatchObject({ code: 'registry-blobs-missing' });
    expect(puts()).toHaveLength(3);
  });

  it(
    'F11 because they were collected gets them again',
    async () => {
      debian = await startDebian();
      await start([], { upstream: debian });
      const { client, repository, direct, proxy } = faulty;
      const sink = repositoryContent(client, repository);
      let collected = 0;
      const collecting: typeof sink = {
        ...sink,
        async writeManifest(manifest) {
          const [first] = image.blobs;
          if (collected === 0 && first !== undefined) {
            const url = `http://${debian?.host}/v2/${pathOf(direct.repository)}/blobs/${first.descriptor.digest}`;
            expect((await fetch(url, { method: 'DELETE' })).status).toBe(202);
          }
          collected += 1;
          await sink.writeManifest(manifest);
        },
      };
      await copyContent(madeSource(image), collecting, image.manifest);
      expect(collected).toBeGreaterThan(0);
      expect(await missingFrom(direct, image)).toEqual([]);
      expect(proxy.log.of('manifest-digest', 'PUT').length).toBeGreaterThan(1);
    },
    limitMs,
  );
});

describe("Debian's registry", () => {
  it(
    'F13 that is killed in the middle of a blob gets all of it after its restart, and no tag moves',
    async () => {
      const running = await startDebian();
      debian = running;
      const back = deferred();
      await start([], { upstream: running, chunkBytes: 1_000_000, meanwhile: () => back.promise });
      await pushMade(faulty.direct, older, 'v1');
      let opened = 0;
      const open = async () => {
        opened += 1;
        return opened === 1 ? killing(large.bytes, running, back.resolve) : piecesOf(large.bytes);
      };
      const { client, repository, direct } = faulty;
      expect(await client.writeBlob(repository, { descriptor: large.descriptor, open })).toBe('uploaded');
      expect(await isThere(large)).toBe(true);
      expect((await direct.client.resolve(direct.repository, v1))?.digest).toBe(older.manifest.digest);
    },
    limitMs,
  );

  it(
    'F14 whose disk is full is given up after three answers, and the tag stays',
    async () => {
      debian = await startDebian({ diskMiB: 3 });
      await start([], { upstream: debian });
      await pushMade(faulty.direct, older, 'v1');
      const error = await failureOf(upload(large));
      expect(error).toMatchObject({ code: 'registry-failed', status: 500 });
      expect(error.next).toContain('disk');
      const failed = faulty.proxy.log.entries.filter(({ status }) => status === 500);
      for (const wanted of ['upload-patch', 'upload-put', 'upload-start']) {
        expect(failed.filter(({ kind }) => kind === wanted).length).toBeLessThanOrEqual(3);
      }
      const { client, repository } = faulty.direct;
      expect((await client.resolve(repository, v1))?.digest).toBe(older.manifest.digest);
      expect(await isThere(large)).toBe(false);
    },
    limitMs,
  );

  it(
    'F15 that is read-only says so after one request, in words',
    async () => {
      debian = await startDebian({ readOnly: true });
      await start([], { upstream: debian });
      for (const attempt of [
        () => upload(small),
        () => faulty.client.putManifest(faulty.repository, v1, image.manifest),
        () => faulty.client.requirePush(faulty.repository),
        () => faulty.client.deleteManifest(faulty.repository, image.manifest.digest),
      ]) {
        const before = faulty.proxy.log.writes().length;
        const error = await failureOf(attempt());
        expect(error).toMatchObject({ code: 'registry-unsupported', status: 405 });
        expect(error.what).toContain('read-only');
        expect(faulty.proxy.log.writes()).toHaveLength(before + 1);
      }
      expect(faulty.clock.slept).toEqual([]);
    },
    limitMs,
  );
});

describe('a quota', () => {
  const said = 'quota \u001b[31mexceeded\u202e for\r\n  acme\u0000';

  it.each([403, 413])('F17 that is used up (%d) is told once, in the cleaned words of the registry', async (status) => {
    const body = { errors: [{ code: 'DENIED', message: said + '!'.repeat(5000) }] };
    await start([{ match: { method: ['POST', 'PUT', 'PATCH'] }, fault: { kind: 'answer', status, body } }]);
    const error = await failureOf(upload(small));
    expect(error.status).toBe(status);
    expect(error.what).toMatch(/quota \[31mexceeded for acme !/);
    expect(error.what).not.toMatch(/[\p{Cc}\p{Cf}]/u);
    expect(error.what.length).toBeLessThan(600);
    expect(faulty.proxy.log.writes()).toHaveLength(1);
    expect(faulty.clock.slept).toEqual([]);
  });

  it('F17 that is told in a page of HTML is told without it', async () => {
    const fault: Fault = {
      kind: 'answer',
      status: 413,
      body: '<html><script>alert(1)</script>',
      headers: { 'content-type': 'text/html' },
    };
    await start([{ match: { method: ['POST', 'PUT', 'PATCH'] }, fault }]);
    const error = await failureOf(upload(small));
    expect(error).toMatchObject({ status: 413 });
    expect(error.what).not.toContain('<');
    expect(faulty.proxy.log.writes()).toHaveLength(1);
  });
});

describe('a mount', () => {
  const mounted = async (rules: readonly FaultRule[], options: FaultyOptions = {}) => {
    await start(rules, options);
    const { client, repository, direct, proxy } = faulty;
    await direct.client.writeBlob(direct.repository, {
      descriptor: small.descriptor,
      open: async () => piecesOf(small.bytes),
    });
    const target = freshRepository(proxy, 'mounted');
    const open = async () => piecesOf(small.bytes);
    const outcome = await client.writeBlob(target, { descriptor: small.descriptor, open, mountFrom: [repository] });
    const past = parseRepository(`${hostOf(direct.repository)}/${pathOf(target)}`, 'test');
    expect(await direct.client.hasBlob(past, small.descriptor)).toBe(true);
    return outcome;
  };

  it('F22 that is taken sends nothing', async () => {
    expect(await mounted([])).toBe('mounted');
    expect(faulty.proxy.log.of('upload-put')).toEqual([]);
  });

  it('F22 that becomes the begin of an upload is uploaded in it', async () => {
    expect(await mounted([{ match: { kind: 'mount' }, fault: { kind: 'no-mount' } }])).toBe('uploaded');
    expect(faulty.proxy.log.of('upload-start')).toEqual([]);
    expect(faulty.proxy.log.of('upload-end')).toEqual([]);
  });

  it.each([400, 401, 403, 404, 405])('F22 that is refused with %d is an upload', async (status) => {
    expect(await mounted([{ match: { kind: 'mount' }, fault: { kind: 'answer', status } }])).toBe('uploaded');
    expect(waitedMs()).toBe(0);
  });

  it('F22 whose source is absent is an upload', async () => {
    debian = await startDebian();
    await start([], { upstream: debian });
    const open = async () => piecesOf(small.bytes);
    const mountFrom = [freshRepository(faulty.proxy, 'absent')];
    const outcome = await faulty.client.writeBlob(faulty.repository, { descriptor: small.descriptor, open, mountFrom });
    expect(outcome).toBe('uploaded');
    expect(await isThere(small)).toBe(true);
  });
});

/** Gives content, and in the middle of it a registry that was killed and started again. */
async function* killing(bytes: Uint8Array, registry: DebianRegistry, restarted: () => void): AsyncIterable<Uint8Array> {
  const middle = Math.floor(bytes.length / 2);
  yield* piecesOf(bytes.subarray(0, middle));
  await registry.kill();
  await registry.start();
  restarted();
  yield* piecesOf(bytes.subarray(middle));
}

function deferred(): { readonly promise: Promise<void>; readonly resolve: () => void } {
  let resolve: () => void = () => {};
  const promise = new Promise<void>((done) => {
    resolve = done;
  });
  return { promise, resolve };
}
