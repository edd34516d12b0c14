import { createServer } from 'node:http';
import { afterEach, describe, expect, it } from '@jest/globals';
import { createHttp } from '../../../src/adapters/http.ts';
import { createRandom } from '../../../src/adapters/random.ts';
import { createRegistryClient, type RegistryClient } from '../../../src/clients/registry/client.ts';
import { parseRepository } from '../../../src/domain/image-ref.ts';
import { fakeClock } from '../../support/fake-clock.ts';
import type { Fault } from '../../support/fault-proxy/fault-script.ts';
import {
  type FaultyOptions,
  type FaultyRegistry,
  failureOf,
  piecesOf,
  pushMade,
  startFaulty,
} from '../../support/fault-proxy/faulty-registry.ts';
import { madeBlob, madeImage } from '../../support/made-image.ts';
import { collect, tag } from '../../support/registries.ts';

const limitMs = 60_000;
const image = madeImage({ layers: 2 });
const v1 = tag('v1');
const { digest } = image.manifest;
const reads = { kind: 'manifest-tag', method: ['GET', 'HEAD'] } as const;

let faulty: FaultyRegistry;

afterEach(async () => faulty?.[Symbol.asyncDispose]());

/** An image with a tag is there before the faults begin. */
const start = async (options: FaultyOptions = {}): Promise<void> => {
  faulty = await startFaulty(options);
  await pushMade(faulty.direct, image, 'v1');
};
const answer = (status: number, body: object = {}): Fault => ({ kind: 'answer', status, body: { ...body } });
const saying = (code: string) => ({ errors: [{ code, message: 'made' }] });
const resolved = async () => (await faulty.client.resolve(faulty.repository, v1))?.digest;
const readBack = async () => (await faulty.client.readManifest(faulty.repository, v1))?.digest;
const tries = () => faulty.proxy.log.entries.length;

/** Full jitter: anything between nothing and half a second that doubles to 20 seconds. */
function expectBackoff(slept: readonly number[], count: number): void {
  expect(slept).toHaveLength(count);
  for (const [place, ms] of slept.entries()) {
    expect(ms).toBeGreaterThanOrEqual(0);
    expect(ms).toBeLessThanOrEqual(Math.min(500 * 2 ** place, 20_000));
  }
}

describe('a registry that asks to slow down', () => {
  it('F01 is asked again after the seconds that it names', async () => {
    await start({ rules: [{ at: [1], fault: { kind: 'slow-down', afterSeconds: 2 } }] });
    expect(await resolved()).toBe(digest);
    expect(faulty.clock.slept).toEqual([2000]);
  });

  it.each([-86_400, 86_400])(
    'F01 is asked again at the date that it names, by its own clock, %d s off',
    async (off) => {
      const fault: Fault = { kind: 'slow-down', afterSeconds: 90, form: 'date', clockAheadSeconds: off };
      await start({ rules: [{ at: [1], fault }] });
      expect(await resolved()).toBe(digest);
      expect(faulty.clock.slept).toEqual([90_000]);
    },
  );

  it.each([
    { form: 'seconds', afterSeconds: 3600 },
    { form: 'date', afterSeconds: 3600 },
    { form: 'seconds', afterSeconds: 121 },
  ] as const)(
    'F01 is left alone when it asks for $afterSeconds s ($form), and the error says when to come back',
    async (asked) => {
      await start({ rules: [{ fault: { kind: 'slow-down', ...asked } }] });
      const before = Date.now();
      const error = await failureOf(resolved());
      expect(error).toMatchObject({ code: 'registry-busy', status: 429 });
      expect(faulty.clock.slept).toEqual([]);
      expect(tries()).toBe(1);
      const named = /\d{4}-\d\d-\d\dT[\d:]+(?:\.\d+)?Z/.exec(error.next)?.[0] ?? '';
      expect(Math.abs(Date.parse(named) - before - asked.afterSeconds * 1000)).toBeLessThan(30_000);
    },
  );

  it('F01 is waited for five minutes in all', async () => {
    await start({ rules: [{ fault: { kind: 'slow-down', afterSeconds: 110 } }] });
    const error = await failureOf(resolved());
    expect(error).toMatchObject({ code: 'registry-busy', where: expect.stringContaining('(3 tries, 220 s)') });
    expect(faulty.clock.slept).toEqual([110_000, 110_000]);
  });

  it('F02 without a time is asked again after a while', async () => {
    await start({ rules: [{ first: 3, fault: { kind: 'slow-down' } }] });
    expect(await resolved()).toBe(digest);
    expectBackoff(faulty.clock.slept, 3);
  });

  it.each([400, 403, 404, 500])('F02 is believed when it says so with the status %d', async (status) => {
    await start({ rules: [{ match: reads, first: 2, fault: answer(status, saying('TOOMANYREQUESTS')) }] });
    expect(await readBack()).toBe(digest);
    expectBackoff(faulty.clock.slept, 2);
  });

  it.each([403, 404])(
    'F02 that says so with the status %d for ever is busy, and nothing is absent or denied',
    async (status) => {
      await start({ rules: [{ fault: answer(status, saying('TOOMANYREQUESTS')) }] });
      expect(await failureOf(readBack())).toMatchObject({ code: 'registry-busy', tries: { attempts: 6 } });
    },
  );

  it('F02 is not believed with a success', async () => {
    await start({ rules: [{ match: reads, fault: answer(200, saying('TOOMANYREQUESTS')) }] });
    expect(await failureOf(readBack())).toMatchObject({ code: 'registry-answer-invalid' });
    expect(faulty.clock.slept).toEqual([]);
  });

  it('F02 with a success has not told that there are no tags', async () => {
    await start({ rules: [{ match: { kind: 'tags' }, fault: answer(200, saying('TOOMANYREQUESTS')) }] });
    const error = await failureOf(faulty.client.listTags(faulty.repository));
    expect(error).toMatchObject({ code: 'registry-answer-invalid' });
  });
});

describe('a registry that fails', () => {
  it.each([408, 425, 429, 499, 500, 502, 503, 504, 522])('F03 once with %d is asked again', async (status) => {
    await start({ rules: [{ at: [1], fault: answer(status) }] });
    expect(await readBack()).toBe(digest);
    expectBackoff(faulty.clock.slept, 1);
  });

  it.each([502, 503, 504])('F03 five times with %d is asked a sixth time', async (status) => {
    await start({ rules: [{ first: 5, fault: answer(status) }] });
    expect(await readBack()).toBe(digest);
    expectBackoff(faulty.clock.slept, 5);
  });

  it.each([
    { status: 503, most: 6 },
    { status: 500, most: 3 },
  ])('F03 for ever with $status is given up after $most tries, which the error names', async ({ status, most }) => {
    await start({ rules: [{ fault: answer(status) }] });
    const error = await failureOf(readBack());
    const waitedMs = faulty.clock.slept.reduce((sum, ms) => sum + ms, 0);
    expect(error).toMatchObject({ code: 'registry-failed', status, tries: { attempts: most, waitedMs } });
    const waited = waitedMs < 500 ? '' : `, ${Math.round(waitedMs / 1000)} s`;
    expect(error.where).toBe(`GET ${faulty.repository}:v1 (${most} tries${waited})`);
    expect(error.state).toBe('nothing was read');
    expect(error.next).not.toBe('');
    expect(tries()).toBe(most);
  });

  it('F03 ten times in a row, over anything, gets no second chances until it answers well', async () => {
    await start({ rules: [{ first: 11, fault: answer(503) }] });
    await failureOf(readBack());
    expect(tries()).toBe(6);
    await failureOf(faulty.client.listTags(faulty.repository));
    expect(tries()).toBe(10);
    await failureOf(readBack());
    expect(tries()).toBe(11);
    expect(await readBack()).toBe(digest);
    faulty.proxy.follow([{ first: 5, fault: answer(503) }]);
    expect(await readBack()).toBe(digest);
  });

  it.each([400, 404, 405, 409, 410, 413, 415, 422, 451, 501])('F03 is not asked again after %d', async (status) => {
    await start({ rules: [{ match: { method: 'PUT' }, fault: answer(status) }] });
    await failureOf(faulty.client.putManifest(faulty.repository, v1, image.manifest));
    expect(faulty.proxy.log.of('manifest-tag', 'PUT')).toHaveLength(1);
    expect(faulty.clock.slept).toEqual([]);
  });
});

describe('a connection', () => {
  const layer = madeBlob('application/octet-stream', Buffer.alloc(300_000, 'slipway '));
  const readLayer = async () => collect(await faulty.client.readBlob(faulty.repository, layer.descriptor));
  const startWithLayer = async (options: FaultyOptions): Promise<void> => {
    await start(options);
    const { client, repository } = faulty.direct;
    await client.writeBlob(repository, { descriptor: layer.descriptor, open: async () => piecesOf(layer.bytes) });
  };

  it.each(['GET', 'HEAD', 'PUT', 'DELETE'] as const)(
    'F04 that is reset before the answer to a %s is made anew',
    async (method) => {
      await start({ rules: [{ match: { method }, first: 5, fault: { kind: 'reset' } }] });
      const { client, repository } = faulty;
      if (method === 'GET') expect(await readBack()).toBe(digest);
      if (method === 'HEAD') expect(await resolved()).toBe(digest);
      if (method === 'PUT') await client.putManifest(repository, tag('v2'), image.manifest);
      if (method === 'DELETE') expect(await client.deleteManifest(repository, digest)).toBe(true);
      expectBackoff(faulty.clock.slept, 5);
      const gone = await faulty.direct.client.resolve(faulty.direct.repository, tag('v2'));
      expect(gone?.digest).toBe(method === 'PUT' ? digest : undefined);
    },
  );

  it('F04 that is reset for ever ends with the host, the cause and the tries', async () => {
    await start({ rules: [{ fault: { kind: 'reset' } }] });
    const error = await failureOf(resolved());
    expect(error).toMatchObject({ code: 'remote-unreachable', tries: { attempts: 6 } });
    expect(error.where).toMatch(new RegExp(`^HEAD ${faulty.repository}:v1 \\(6 tries`));
    expect(error.what).toContain(faulty.proxy.host);
    expect(error.what).toContain('ECONNRESET');
  });

  it.each([0, 1, 200])(
    'F04 that is reset after %d bytes of a manifest gives the whole of it in the end',
    async (afterBytes) => {
      await start({ rules: [{ match: { method: 'GET' }, first: 2, fault: { kind: 'reset-response', afterBytes } }] });
      expect(await readBack()).toBe(digest);
      expectBackoff(faulty.clock.slept, 2);
    },
  );

  it.each([0, 100_000])('F04 that is reset after %d bytes of a layer gives every byte once', async (afterBytes) => {
    const rules = [{ match: { kind: 'blob' }, first: 2, fault: { kind: 'reset-response', afterBytes } }] as const;
    await startWithLayer({ rules: [...rules] });
    expect((await readLayer()).equals(layer.bytes)).toBe(true);
    const [, second] = faulty.proxy.log.of('blob', 'GET');
    if (afterBytes > 0) expect(second?.headers.range).toMatch(/^bytes=[1-9]\d*-$/);
  });

  it('F04 that is reset in the middle of a layer gives every byte once, also where parts cannot be asked for', async () => {
    await startWithLayer({
      rules: [
        { match: { kind: 'blob' }, first: 2, fault: { kind: 'reset-response', afterBytes: 100_000 } },
        { match: { kind: 'blob' }, fault: { kind: 'no-range' } },
      ],
    });
    expect((await readLayer()).equals(layer.bytes)).toBe(true);
    expect(faulty.proxy.log.of('blob', 'GET').map(({ status }) => status)).toEqual([200, 206, 200]);
  });

  it('F04 that is reset in the middle of a layer for ever ends with an error, never with a short layer', async () => {
    const fault: Fault = { kind: 'reset-response', afterBytes: 0 };
    await startWithLayer({ rules: [{ match: { kind: 'blob' }, fault }] });
    expect(await failureOf(readLayer())).toMatchObject({ code: 'remote-broke-off' });
    expect(faulty.proxy.log.of('blob', 'GET').length).toBeLessThanOrEqual(6);
  });

  it.each(['kept', 'adjusted'] as const)(
    'F04 on which a layer ends early never gives a short layer, its length being %s',
    async (length) => {
      await startWithLayer({
        rules: [{ match: { kind: 'blob' }, fault: { kind: 'truncate', toBytes: 20_000, length } }],
      });
      expect(['content-damaged', 'remote-broke-off']).toContain((await failureOf(readLayer())).code);
    },
  );

  it('F04 on which a bit of a layer changes never gives that layer', async () => {
    await startWithLayer({ rules: [{ match: { kind: 'blob' }, fault: { kind: 'flip', atByte: 150_000 } }] });
    expect(await failureOf(readLayer())).toMatchObject({ code: 'content-damaged' });
  });

  it('F06 that drips is slow and not broken', async () => {
    const fault: Fault = { kind: 'drip', bytesPerSecond: 1000 };
    await start({ rules: [{ match: { method: 'GET' }, fault }], idleMs: 1000 });
    expect(await readBack()).toBe(digest);
    expect(faulty.clock.slept).toEqual([]);
  });

  it.each([{ kind: 'silence' }, { kind: 'stall', afterBytes: 10 }] as const)(
    'F06 that falls silent ($kind) is left and made anew',
    async (fault) => {
      await start({ rules: [{ match: { method: 'GET' }, first: 2, fault }], idleMs: 150 });
      expect(await readBack()).toBe(digest);
      expectBackoff(faulty.clock.slept, 2);
    },
  );

  it('F06 that stays silent for ever ends with an error that says so', async () => {
    await start({ rules: [{ fault: { kind: 'silence' } }], idleMs: 60 });
    const error = await failureOf(resolved());
    expect(error).toMatchObject({ code: 'remote-unreachable', tries: { attempts: 6 } });
    expect(error.what).toContain('silent for 0.06 s');
  });

  it('F06 that falls silent in the middle of a layer goes on where it stopped', async () => {
    const fault: Fault = { kind: 'stall', afterBytes: 200_000 };
    await startWithLayer({ rules: [{ match: { kind: 'blob' }, first: 1, fault }], idleMs: 150 });
    expect((await readLayer()).equals(layer.bytes)).toBe(true);
  });
});

describe('a host', () => {
  const clock = fakeClock();
  const http = () => createHttp(clock, { cancelled: new AbortController().signal });
  const clientTo = (plainHost?: string): RegistryClient =>
    createRegistryClient({ http: http(), clock, random: createRandom() }, { plainHttp: (host) => host === plainHost });
  const named = ['http_proxy', 'https_proxy', 'no_proxy', 'HTTP_PROXY', 'HTTPS_PROXY', 'NO_PROXY'];
  const before = named.map((name) => [name, process.env[name]] as const);

  const setProxy = (variables: Readonly<Record<string, string>>): void => {
    for (const name of named) delete process.env[name];
    Object.assign(process.env, variables);
  };

  afterEach(() => {
    for (const [name, value] of before) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
  });

  it(
    'F35 without an address is named with the reason',
    async () => {
      setProxy({});
      const error = await failureOf(clientTo().resolve(parseRepository('nothing.invalid/app', 'test'), v1));
      expect(error).toMatchObject({ code: 'remote-unreachable', tries: { attempts: 6 } });
      expect(error.what).toMatch(/nothing\.invalid .*(ENOTFOUND|EAI_AGAIN)/);
      expect(error.where).toMatch(/^HEAD nothing\.invalid\/app:v1 \(6 tries/);
    },
    limitMs,
  );

  it('F35 that refuses over IPv6 is named with the reason', async () => {
    setProxy({});
    const error = await failureOf(clientTo().resolve(parseRepository('[::1]:1/app', 'test'), v1));
    expect(error).toMatchObject({ code: 'remote-unreachable' });
    expect(error.what).toMatch(/\[::1\]:1 .*(ECONNREFUSED|EADDRNOTAVAIL|EAFNOSUPPORT)/);
  });

  it('F35 with several addresses is reached at the one that answers', async () => {
    setProxy({});
    await start();
    const byName = parseRepository(faulty.direct.repository.replace('127.0.0.1', 'localhost'), 'test');
    expect((await clientTo().resolve(byName, v1))?.digest).toBe(digest);
  });

  it('F35 of this machine is never looked for behind a proxy', async () => {
    await start();
    setProxy({ http_proxy: 'http://127.0.0.1:1', HTTP_PROXY: 'http://127.0.0.1:1' });
    expect((await clientTo().resolve(faulty.direct.repository, v1))?.digest).toBe(digest);
  });

  it(
    'F35 elsewhere is asked through the proxy that the environment names, unless no_proxy says otherwise',
    async () => {
      const seen: string[] = [];
      const tunnel = createServer();
      tunnel.on('connect', ({ url = '' }, socket) => {
        seen.push(url);
        socket.end('HTTP/1.1 502 Bad Gateway\r\n\r\n');
      });
      tunnel.listen(0, '127.0.0.1');
      try {
        await new Promise((resolve) => tunnel.once('listening', resolve));
        const address = tunnel.address();
        const port = typeof address === 'object' && address !== null ? address.port : 0;
        setProxy({ http_proxy: `http://127.0.0.1:${port}` });
        const repository = parseRepository('registry.invalid/app', 'test');
        expect(await failureOf(clientTo('registry.invalid').resolve(repository, v1))).toMatchObject({
          code: 'remote-unreachable',
          what: expect.stringContaining('registry.invalid'),
        });
        expect(new Set(seen)).toEqual(new Set(['registry.invalid:80']));
        seen.length = 0;
        setProxy({ http_proxy: `http://127.0.0.1:${port}`, no_proxy: 'registry.invalid' });
        await failureOf(clientTo('registry.invalid').resolve(repository, v1));
        expect(seen).toEqual([]);
      } finally {
        tunnel.closeAllConnections();
        tunnel.close();
      }
    },
    limitMs,
  );
});
