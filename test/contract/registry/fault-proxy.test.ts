import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { Agent, createServer, request as httpRequest, type IncomingHttpHeaders, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { FaultRule, FaultScript } from '../../support/fault-proxy/fault-script.ts';
import { type FaultProxy, type FaultProxyOptions, startFaultProxy } from '../../support/fault-proxy/proxy.ts';

/** What a client sees of one request; `error` where it got no whole answer. */
interface Seen {
  readonly status: number | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  readonly error: string | undefined;
}

const stored = new Map<string, Buffer>();
const arrived: string[] = [];
const manifest = '/v2/app/manifests/v1';
const agent = new Agent({ keepAlive: true });
let upstream: Server;
let origin: string;
let proxy: FaultProxy;

beforeAll(async () => {
  upstream = createServer((request, response) => {
    const pieces: Buffer[] = [];
    request.on('data', (piece: Buffer) => pieces.push(piece));
    request.on('end', () => {
      const { method = '', url = '' } = request;
      arrived.push(`${method} ${url}`);
      if (method === 'POST') {
        const status = url.includes('mount=') ? 201 : 202;
        response.writeHead(status, { location: '/v2/app/blobs/uploads/1' }).end();
        return;
      }
      if (method === 'PUT') {
        stored.set(url, Buffer.concat(pieces));
        stored.set(`/v2/app/manifests/${digestOf(Buffer.concat(pieces))}`, Buffer.concat(pieces));
        response.writeHead(201).end();
        return;
      }
      const bytes = stored.get(url);
      if (bytes === undefined) response.writeHead(404, { 'content-length': 0 }).end();
      else {
        const from = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0);
        const part = bytes.subarray(from);
        const headers = { 'content-length': part.length, 'docker-content-digest': digestOf(bytes) };
        response.writeHead(from === 0 ? 200 : 206, { ...headers, 'content-type': 'text/made' });
        response.end(method === 'HEAD' ? '' : part);
      }
    });
    request.on('error', () => {});
  });
  upstream.listen(0, '127.0.0.1');
  await once(upstream, 'listening');
  const address = upstream.address();
  if (address === null || typeof address === 'string') throw new Error('the upstream has no port');
  origin = `http://127.0.0.1:${address.port}`;
});

afterEach(async () => {
  await proxy?.[Symbol.asyncDispose]();
  stored.clear();
  arrived.length = 0;
});

afterAll(() => {
  agent.destroy();
  upstream?.closeAllConnections();
  upstream?.close();
});

const start = async (rules: readonly FaultRule[], more: Partial<FaultProxyOptions> = {}): Promise<void> => {
  stored.set(manifest, Buffer.from('0123456789'));
  proxy = await startFaultProxy({ upstream: origin, rules: rules.map((rule) => FaultRule.parse(rule)), ...more });
};

function get(target: string, headers: Record<string, string> = {}, method = 'GET'): Promise<Seen> {
  return sent(method, target, { headers });
}

function sent(
  method: string,
  target: string,
  { headers = {}, body = '' }: { readonly headers?: Record<string, string>; readonly body?: string } = {},
): Promise<Seen> {
  const url = new URL(target, proxy.origin);
  return new Promise((resolve) => {
    const outgoing = httpRequest(url, { method, headers: { ...headers, 'content-length': body.length }, agent });
    let seen: Seen = { status: undefined, headers: {}, body: '', error: undefined };
    outgoing.on('error', (error: NodeJS.ErrnoException) => resolve({ ...seen, error: error.code ?? error.message }));
    outgoing.on('response', (message) => {
      const pieces: Buffer[] = [];
      const now = (error: string | undefined): void => {
        const whole = Buffer.concat(pieces);
        const isZipped = message.headers['content-encoding'] === 'gzip';
        const text = isZipped ? `unzipped ${gunzipSync(whole)}` : `${whole}`;
        seen = { status: message.statusCode, headers: message.headers, body: text, error };
      };
      message.on('data', (piece: Buffer) => pieces.push(piece));
      message.on('error', (error: NodeJS.ErrnoException) => {
        now(error.code ?? error.message);
        resolve(seen);
      });
      message.on('end', () => {
        now(undefined);
        resolve(seen);
      });
    });
    outgoing.end(body);
  });
}

describe('without a fault', () => {
  it('hands requests and answers on as they are, over connections that are kept', async () => {
    await start([]);
    expect(await sent('PUT', '/v2/app/manifests/v2', { body: 'written' })).toMatchObject({ status: 201 });
    const seen = await get('/v2/app/manifests/v2');
    expect(seen).toMatchObject({ status: 200, body: 'written', error: undefined });
    expect(seen.headers).toMatchObject({ 'content-type': 'text/made', 'content-length': '7' });
    expect((await get(manifest, {}, 'HEAD')).headers['content-length']).toBe('10');
    expect(proxy.openSockets).toBe(1);
  });

  it('ends a connection as its upstream did', async () => {
    await start([], { upstream: 'http://127.0.0.1:1' });
    expect(await get(manifest)).toMatchObject({ status: undefined, error: 'ECONNRESET' });
    expect(proxy.log.entries).toMatchObject([{ fault: 'upstream', status: undefined }]);
  });

  it('refuses to stand before another machine', async () => {
    await expect(startFaultProxy({ upstream: 'http://192.0.2.1' })).rejects.toThrow('of this machine only');
  });
});

describe('a fault', () => {
  it('answers without asking the upstream', async () => {
    await start([{ fault: { kind: 'answer', status: 418, headers: { 'x-made': 'yes' }, body: { a: 1 } } }]);
    const seen = await get(manifest);
    expect(seen).toMatchObject({ status: 418, body: '{"a":1}' });
    expect(seen.headers).toMatchObject({ 'x-made': 'yes', 'content-type': 'application/json' });
    expect(arrived).toEqual([]);
  });

  it('asks to slow down in seconds, or by a date that agrees with its own wrong clock', async () => {
    await start([
      { at: [1], fault: { kind: 'slow-down', afterSeconds: 7 } },
      { at: [2], fault: { kind: 'slow-down', afterSeconds: 90, form: 'date', clockAheadSeconds: -86_400 } },
      { fault: { kind: 'slow-down' } },
    ]);
    expect((await get(manifest)).headers['retry-after']).toBe('7');
    const { headers } = await get(manifest);
    const date = Date.parse(`${headers.date}`);
    expect(Date.parse(`${headers['retry-after']}`) - date).toBe(90_000);
    expect(date).toBeLessThan(Date.now() - 80_000_000);
    const bare = await get(manifest);
    expect(bare).toMatchObject({ status: 429, body: expect.stringContaining('TOOMANYREQUESTS') });
    expect(bare.headers['retry-after']).toBeUndefined();
  });

  it('loses the reply to a write that was applied', async () => {
    await start([{ match: { method: 'PUT' }, at: [1], fault: { kind: 'lost-reply' } }]);
    expect(await sent('PUT', manifest, { body: 'new' })).toMatchObject({ status: undefined, error: 'ECONNRESET' });
    expect((await get(manifest)).body).toBe('new');
  });

  it('answers 500 to a write that was applied', async () => {
    await start([{ match: { method: 'PUT' }, fault: { kind: 'lost-reply', status: 500 } }]);
    expect(await sent('PUT', manifest, { body: 'new' })).toMatchObject({ status: 500 });
    expect((await get(manifest)).body).toBe('new');
  });

  it('resets before there is an answer', async () => {
    await start([{ fault: { kind: 'reset' } }]);
    expect(await get(manifest)).toMatchObject({ status: undefined, error: 'ECONNRESET' });
    expect(arrived).toEqual([]);
  });

  it('resets in the middle of a request, of which the upstream gets no end', async () => {
    await start([{ match: { method: 'PUT' }, fault: { kind: 'reset-request', afterBytes: 5 } }]);
    expect(await sent('PUT', manifest, { body: 'new content' })).toMatchObject({ error: 'ECONNRESET' });
    expect((await get(manifest)).body).toBe('0123456789');
    expect(arrived).toEqual([`GET ${manifest}`]);
  });

  it('resets in the middle of an answer', async () => {
    await start([{ fault: { kind: 'reset-response', afterBytes: 4 } }]);
    expect(await get(manifest)).toMatchObject({ status: 200, body: '0123', error: 'ECONNRESET' });
  });

  it.each(['silence', 'stall'] as const)('falls silent: %s', async (kind) => {
    await start([{ at: [1], fault: kind === 'stall' ? { kind, afterBytes: 4 } : { kind } }]);
    const seen = get(manifest);
    await until(() => proxy.log.entries.length === 1);
    expect((await get(manifest)).status).toBe(200);
    expect(await Promise.race([seen, 'nothing yet'])).toBe('nothing yet');
    if (kind === 'stall') await until(() => proxy.log.entries[0]?.responseBytes === 4);
    await proxy[Symbol.asyncDispose]();
    expect(await seen).toMatchObject({ error: 'ECONNRESET', body: kind === 'stall' ? '0123' : '' });
  });

  it('drips an answer, all of it', async () => {
    await start([{ fault: { kind: 'drip', bytesPerSecond: 100 } }]);
    expect(await get(manifest)).toMatchObject({ body: '0123456789', error: undefined });
    expect(proxy.log.entries[0]?.durationMs).toBeGreaterThanOrEqual(75);
  });

  it('delays an answer', async () => {
    await start([{ fault: { kind: 'delay', ms: 60 } }]);
    expect((await get(manifest)).body).toBe('0123456789');
    expect(proxy.log.entries[0]?.durationMs).toBeGreaterThanOrEqual(55);
  });

  it('rewrites, adds and drops headers, and fills in its own addresses', async () => {
    const headers = { 'Docker-Content-Digest': null, 'content-type': 'text/html', link: '<{self}/a>', a: '{storage}' };
    await start([{ fault: { kind: 'rewrite', headers } }]);
    const seen = await get(manifest);
    expect(seen.headers['docker-content-digest']).toBeUndefined();
    expect(seen.headers).toMatchObject({ 'content-type': 'text/html', link: `<${proxy.origin}/a>` });
    expect(seen.headers.a).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    expect(seen.headers.a).not.toBe(proxy.origin);
  });

  it('flips a single bit', async () => {
    await start([{ fault: { kind: 'flip', atByte: 3 } }]);
    expect((await get(manifest)).body).toBe('0122456789');
  });

  it('cuts an answer short, with a length that is right or one that is wrong', async () => {
    await start([
      { at: [1], fault: { kind: 'truncate', toBytes: 6, length: 'adjusted' } },
      { fault: { kind: 'truncate', toBytes: 6, length: 'kept' } },
    ]);
    expect(await get(manifest)).toMatchObject({ body: '012345', error: undefined });
    expect(await get(manifest)).toMatchObject({ body: '012345', error: 'ECONNRESET' });
  });

  it('zips what nobody wanted zipped', async () => {
    await start([{ fault: { kind: 'gzip' } }]);
    expect((await get(manifest)).body).toBe('unzipped 0123456789');
  });

  it('serves what a tag was before on odd reads', async () => {
    await start([{ match: { kind: 'manifest-tag', method: ['GET', 'HEAD'] }, odd: true, fault: { kind: 'stale' } }]);
    stored.set(`/v2/app/manifests/${digestOf(Buffer.from('0123456789'))}`, Buffer.from('0123456789'));
    await sent('PUT', manifest, { body: 'new' });
    const bodies = [await get(manifest), await get(manifest), await get(manifest)].map(({ body }) => body);
    expect(bodies).toEqual(['0123456789', 'new', '0123456789']);
    await sent('PUT', '/v2/app/manifests/v9', { body: 'first' });
    await get(manifest);
    expect((await get('/v2/app/manifests/v9')).status).toBe(404);
    expect((await get('/v2/app/manifests/v9')).body).toBe('first');
  });

  it('hides a tag for some reads after each write', async () => {
    await start([{ match: { kind: 'manifest-tag' }, fault: { kind: 'hide', reads: 2 } }]);
    expect((await get(manifest)).status).toBe(200);
    for (const body of ['one', 'two']) {
      await sent('PUT', manifest, { body });
      expect([await get(manifest), await get(manifest), await get(manifest)].map(({ status }) => status)).toEqual([
        404, 404, 200,
      ]);
    }
  });

  it('keeps the upstream from hearing of a range', async () => {
    await start([{ at: [2], fault: { kind: 'no-range' } }]);
    const part = { range: 'bytes=4-' };
    expect([(await get(manifest, part)).body, (await get(manifest, part)).body]).toEqual(['456789', '0123456789']);
    expect(proxy.log.entries.map(({ headers }) => headers.range)).toEqual(['bytes=4-', 'bytes=4-']);
  });

  it('makes the begin of an upload of a mount', async () => {
    await start([{ match: { kind: 'mount' }, fault: { kind: 'no-mount' } }]);
    const seen = await sent('POST', '/v2/app/blobs/uploads/?mount=sha256:aa&from=other');
    expect(seen).toMatchObject({ status: 202, headers: { location: '/v2/app/blobs/uploads/1' } });
    expect(arrived).toEqual(['POST /v2/app/blobs/uploads/']);
  });

  it('sends a reader to another origin, which has a log and faults of its own', async () => {
    const blob = '/v2/app/blobs/sha256:aa';
    await start([
      { match: { kind: 'blob' }, fault: { kind: 'redirect' } },
      { match: { listener: 'storage' }, at: [2], fault: { kind: 'flip', atByte: 0 } },
    ]);
    stored.set(`${blob}?signature=s%2Fg%3D`, Buffer.from('blob'));
    const seen = await get(blob);
    expect(seen.status).toBe(307);
    const target = `${seen.headers.location}`;
    expect(new URL(target).origin).not.toBe(proxy.origin);
    expect([(await get(target)).body, (await get(target)).body]).toEqual(['blob', 'clob']);
    expect(proxy.log.entries.map(({ listener }) => listener)).toEqual(['registry', 'storage', 'storage']);
  });
});

describe('rules', () => {
  it('choose by kind, method, repository, reference and path', async () => {
    const fault = (status: number) => ({ kind: 'answer', status }) as const;
    await start([
      { match: { kind: ['upload-patch', 'upload-put'] }, fault: fault(501) },
      { match: { kind: 'manifest-tag', reference: 'odd' }, fault: fault(502) },
      { match: { repository: 'other/app', method: 'HEAD' }, fault: fault(503) },
      { match: { path: '[?&]n=5$' }, fault: fault(504) },
      { match: { kind: ['ping', 'referrers', 'manifest-digest', 'upload-status', 'upload-end'] }, fault: fault(505) },
    ]);
    const statuses = async (...requests: readonly (readonly [string, string])[]) => {
      const found: (number | undefined)[] = [];
      for (const [method, target] of requests) found.push((await get(target, {}, method)).status);
      return found;
    };
    const session = '/v2/app/blobs/uploads/x';
    expect(await statuses(['PATCH', session], ['PUT', session], ['GET', session], ['DELETE', session])).toEqual([
      501, 501, 505, 505,
    ]);
    expect(await statuses(['GET', '/v2/app/manifests/odd'], ['GET', manifest])).toEqual([502, 200]);
    expect(await statuses(['HEAD', '/v2/other/app/manifests/a'], ['HEAD', '/v2/app/manifests/a'])).toEqual([503, 404]);
    expect(await statuses(['GET', '/v2/app/tags/list?n=5'], ['GET', '/v2/app/tags/list?n=50'])).toEqual([504, 404]);
    const digest = 'sha256:aa';
    expect(
      await statuses(['GET', '/v2/'], ['GET', `/v2/a/referrers/${digest}`], ['GET', `/v2/a/manifests/${digest}`]),
    ).toEqual([505, 505, 505]);
  });

  it('count all requests, or each request for itself', async () => {
    const fault = { kind: 'answer', status: 503 } as const;
    await start([{ each: 'request', first: 1, fault }]);
    const twice = async (target: string) => [(await get(target)).status, (await get(target)).status];
    expect([await twice(manifest), await twice('/v2/b/manifests/b')]).toEqual([
      [503, 200],
      [503, 404],
    ]);
    proxy.follow([{ at: [2, 3], fault }]);
    expect([await twice(manifest), await twice('/v2/b/manifests/b')]).toEqual([
      [200, 503],
      [503, 404],
    ]);
  });

  it('with a rate hit the same requests in every run with the same seed, whatever runs beside', async () => {
    const targets = Array.from({ length: 60 }, (_, place) => `/v2/app/manifests/t${place}`);
    const rules: FaultRule[] = [{ rate: 0.3, fault: { kind: 'answer', status: 503 } }];
    const hit = async (seed: number, order: readonly string[], inTurn: boolean): Promise<readonly string[]> => {
      await start(rules, { seed });
      if (inTurn) for (const target of [...order, ...order]) await get(target);
      else for (const all of [order, order]) await Promise.all(all.map((target) => get(target)));
      const seen = proxy.log.entries.map(({ path: at, status }) => `${at} ${status}`).toSorted();
      await proxy[Symbol.asyncDispose]();
      return seen;
    };
    const first = await hit(7, targets, true);
    expect(await hit(7, targets.toReversed(), false)).toEqual(first);
    expect(await hit(8, targets, true)).not.toEqual(first);
    const hits = first.filter((line) => line.endsWith('503')).length;
    expect(hits).toBeGreaterThan(15);
    expect(hits).toBeLessThan(60);
  });

  it('are refused where a word of them is not known', () => {
    expect(() => FaultScript.parse({ rules: [{ match: { knid: 'blob' }, fault: { kind: 'reset' } }] })).toThrow('knid');
    expect(() => FaultScript.parse({ rules: [{ fault: { kind: 'explode' } }] })).toThrow();
  });
});

describe('the door', () => {
  const basic = (text: string) => ({ authorization: `Basic ${Buffer.from(text).toString('base64')}` });
  const bearer = (token: string) => ({ authorization: `Bearer ${token}` });
  const scope = 'repository:app:pull';

  async function tokenFor(query: string, headers: Record<string, string> = {}): Promise<string> {
    const { token }: { token: string } = JSON.parse((await get(`/token?${query}`, headers)).body);
    return token;
  }

  it('asks for a name and its password', async () => {
    await start([], { door: { kind: 'basic', users: { ann: 'a:b' } } });
    expect((await get(manifest)).headers['www-authenticate']).toContain('Basic ');
    expect((await get(manifest, basic('ann:wrong'))).status).toBe(401);
    expect((await get(manifest, basic('ann:a:b'))).status).toBe(200);
    expect(JSON.stringify(proxy.log.entries)).not.toContain(Buffer.from('ann').toString('base64').slice(0, 4));
  });

  it('asks for a token, says where to get it, and wants its scope', async () => {
    await start([], { door: { kind: 'bearer', expiresIn: 9 } });
    const challenge = `${(await get(manifest)).headers['www-authenticate']}`;
    expect(challenge).toBe(`Bearer realm="${proxy.origin}/token",service="fault-proxy",scope="${scope}"`);
    expect(JSON.parse((await get(`/token?scope=${scope}`)).body)).toEqual({ token: 'token-1', expires_in: 9 });
    expect((await get(manifest, bearer('token-1'))).status).toBe(200);
    expect((await sent('PUT', manifest, { headers: bearer('token-1') })).status).toBe(401);
    expect((await get('/v2/b/manifests/v1', bearer('token-1'))).status).toBe(401);
    expect(proxy.log.entries.map(({ headers }) => headers.authorization)).toEqual([
      undefined,
      undefined,
      'Bearer',
      'Bearer',
      'Bearer',
    ]);
  });

  it('refuses a token after some requests, or when it is told to', async () => {
    await start([], { door: { kind: 'bearer', goodForRequests: 1 } });
    const one = await tokenFor(`scope=${scope}`);
    expect([(await get(manifest, bearer(one))).status, (await get(manifest, bearer(one))).status]).toEqual([200, 401]);
    const other = await tokenFor(`scope=${scope}`);
    proxy.expireTokens();
    expect((await get(manifest, bearer(other))).status).toBe(401);
  });

  it('gives a token for a password or for a refresh token only', async () => {
    await start([], { door: { kind: 'bearer', users: { ann: 'pw' }, refreshTokens: ['fresh'] } });
    expect((await get(`/token?scope=${scope}`)).status).toBe(401);
    expect(await tokenFor(`scope=${scope}`, basic('ann:pw'))).toBe('token-1');
    const form = (token: string) => `grant_type=refresh_token&refresh_token=${token}&scope=${scope}`;
    expect(await sent('POST', '/token', { body: form('fresh') })).toMatchObject({
      status: 200,
      body: expect.stringContaining('access_token'),
    });
    expect((await sent('POST', '/token', { body: form('stale') })).status).toBe(400);
    expect(proxy.log.writes()).toEqual([]);
  });

  it('stays closed, and its token server has faults too', async () => {
    await start([{ match: { kind: 'token' }, at: [1], fault: { kind: 'answer', status: 503 } }], {
      door: { kind: 'bearer', refuses: 401 },
    });
    expect((await get(`/token?scope=${scope}`)).status).toBe(503);
    const token = await tokenFor(`scope=${scope}`);
    expect((await get(manifest, bearer(token))).status).toBe(401);
    await proxy[Symbol.asyncDispose]();
    await start([], { door: { kind: 'bearer', refuses: 403 } });
    expect([(await get(manifest)).status, (await get(manifest, bearer('any'))).status]).toEqual([401, 403]);
    expect(arrived).toEqual([]);
  });
});

describe('the log', () => {
  it('has every request with its fault and sizes, and knows the writes', async () => {
    await start([{ match: { method: 'PATCH' }, fault: { kind: 'reset-request', afterBytes: 2 } }]);
    await get(manifest, { range: 'bytes=0-', accept: 'text/a' });
    await sent('PATCH', '/v2/app/blobs/uploads/1', { body: '12', headers: { 'content-range': '0-1' } });
    await sent('PUT', '/v2/app/manifests/new', { body: 'abc' });
    expect(proxy.log.entries).toMatchObject([
      { n: 1, kind: 'manifest-tag', status: 200, responseBytes: 10, headers: { range: 'bytes=0-', accept: 'text/a' } },
      { n: 2, kind: 'upload-patch', status: undefined, fault: 'reset-request', requestBytes: 2 },
      { n: 3, method: 'PUT', repository: 'app', reference: 'new', status: 201, requestBytes: 3, fault: undefined },
    ]);
    expect(proxy.log.writes().map(({ n }) => n)).toEqual([2, 3]);
    expect(proxy.log.of('manifest-tag', 'PUT').map(({ n }) => n)).toEqual([3]);
    expect(proxy.log.text().trim().split('\n')).toHaveLength(3);
  });
});

describe('when it is closed', () => {
  it('no connection, request or timer of it is left', async () => {
    await start([
      { at: [1], fault: { kind: 'silence' } },
      { at: [2], fault: { kind: 'delay', ms: 600_000 } },
      { at: [3], fault: { kind: 'drip', bytesPerSecond: 0.001 } },
      { at: [4], fault: { kind: 'stall', afterBytes: 1 } },
    ]);
    const hanging = [get(manifest), get(manifest), get(manifest), get(manifest)];
    await get(manifest);
    const timers = () => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;
    const before = timers();
    await proxy[Symbol.asyncDispose]();
    expect((await Promise.all(hanging)).map(({ error }) => error)).toEqual(Array(4).fill('ECONNRESET'));
    expect(proxy.openSockets).toBe(0);
    expect(timers()).toBeLessThan(before);
    expect(await get(manifest)).toMatchObject({ error: 'ECONNREFUSED' });
  });
});

describe('as a command', () => {
  const entry = fileURLToPath(new URL('../../support/fault-proxy/main.ts', import.meta.url));
  const command = (...args: readonly string[]) =>
    spawn(process.execPath, ['--import', import.meta.resolve('tsx'), entry, ...args], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });

  it('follows a script, writes its log and ends with a signal', async () => {
    const folder = await mkdtemp(path.join(tmpdir(), 'fault-proxy-'));
    const script = path.join(folder, 'script.json');
    const log = path.join(folder, 'log.jsonl');
    await writeFile(script, JSON.stringify({ rules: [{ at: [1], fault: { kind: 'answer', status: 503 } }] }));
    const child = command('--upstream', origin, '--script', script, '--seed', '3', '--log', log);
    const exit = once(child, 'exit');
    try {
      stored.set(manifest, Buffer.from('0123456789'));
      const [address]: unknown[] = await once(createInterface(child.stdout), 'line');
      const statuses = [await get(`${address}${manifest}`), await get(`${address}${manifest}`)].map(
        (one) => one.status,
      );
      expect(statuses).toEqual([503, 200]);
      child.kill('SIGTERM');
      expect(await exit).toEqual([0, null]);
      const lines = (await readFile(log, 'utf8')).trim().split('\n');
      expect(lines.map((line) => JSON.parse(line))).toMatchObject([
        { n: 1, fault: 'answer' },
        { n: 2, status: 200 },
      ]);
    } finally {
      child.kill('SIGKILL');
      await exit;
      await rm(folder, { recursive: true });
    }
  });

  it('says how it is used', async () => {
    const child = command('--help');
    const said: Buffer[] = [];
    child.stdout.on('data', (piece: Buffer) => said.push(piece));
    await once(child, 'close');
    expect(`${Buffer.concat(said)}`).toContain('--upstream URL');
  });
});

describe('with a latency', () => {
  it('takes the time of a connection, a request and an answer', async () => {
    await start([], { latencyMs: 20 });
    await get(manifest);
    await get(manifest);
    const [first, second] = proxy.log.entries.map(({ durationMs }) => durationMs);
    expect(first).toBeGreaterThanOrEqual(75);
    expect(second).toBeGreaterThanOrEqual(37);
  });
});

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise(setImmediate);
}

function digestOf(bytes: Uint8Array): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}
