import { setMaxListeners } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import { createHttp } from '../../../src/adapters/http.ts';
import { CancelledError } from '../../../src/domain/errors.ts';
import { fakeClock } from '../../support/fake-clock.ts';

const cancelled = new CancelledError({ code: 'cancelled', what: 'stop', state: 'stopped', next: 'again' });
const closing: (() => void)[] = [];
afterEach(() => {
  for (const close of closing.splice(0)) close();
});

async function serve(listener: RequestListener): Promise<{ url: string; server: Server }> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closing.push(() => {
    server.close();
    server.closeAllConnections();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, server };
}

function client(clock = fakeClock()) {
  const controller = new AbortController();
  setMaxListeners(0, controller.signal);
  const http = createHttp(clock, { cancelled: controller.signal });
  closing.push(() => http[Symbol.dispose]());
  return { http, clock, cancel: () => controller.abort(cancelled) };
}

async function* pieces(...texts: string[]): AsyncIterable<Uint8Array> {
  for (const text of texts) yield Buffer.from(text);
}

const textOf = async (response: { bytes(max: number): Promise<Uint8Array> }) =>
  Buffer.from(await response.bytes(1024 * 1024)).toString();

/** Answers what it was sent. */
const echo: RequestListener = (request, response) => {
  let body = '';
  request.on('data', (piece) => {
    body += piece;
  });
  request.on('end', () => {
    const { method, url, headers } = request;
    response.end(JSON.stringify({ method, url, length: headers['content-length'], body, own: headers['x-own'] }));
  });
};

describe('an exchange', () => {
  it('sends bytes with their length and reads the answer', async () => {
    const { url } = await serve(echo);
    const body = Buffer.from('hello');
    const response = await client().http.send({
      method: 'PUT',
      url: `${url}/a%2Fb?q=1`,
      body,
      headers: { 'X-Own': 'y' },
    });
    expect(response.status).toBe(200);
    const sent = { method: 'PUT', url: '/a%2Fb?q=1', length: '5', body: 'hello', own: 'y' };
    expect(JSON.parse(await textOf(response))).toEqual(sent);
  });

  it('does not follow redirects, and gives header names in lower case', async () => {
    const { url } = await serve((_, response) => response.writeHead(307, { Location: '/other' }).end());
    const response = await client().http.send({ method: 'GET', url });
    expect(response).toMatchObject({ status: 307, headers: { location: '/other' } });
  });

  it('has no body for HEAD, whatever length is announced', async () => {
    const { url } = await serve((_, response) => response.writeHead(200, { 'content-length': '1000' }).end());
    const response = await client().http.send({ method: 'HEAD', url });
    expect(response.headers['content-length']).toBe('1000');
    expect(await textOf(response)).toBe('');
  });

  it('gives the body only once, because a second reader would take it for empty', async () => {
    const { url } = await serve((_, response) => response.end('x'));
    const response = await client().http.send({ method: 'GET', url });
    expect(await textOf(response)).toBe('x');
    await expect(response.bytes(10)).rejects.toThrow('only once');
  });

  it('refuses more bytes than asked for', async () => {
    const { url } = await serve((_, response) => response.end('x'.repeat(300_000)));
    const response = await client().http.send({ method: 'GET', url });
    await expect(response.bytes(299_999)).rejects.toMatchObject({ code: 'remote-answer-too-large' });
  });

  it('speaks to several hosts', async () => {
    const one = await serve((_, response) => response.end('one'));
    const two = await serve((_, response) => response.end('two'));
    const { http } = client();
    expect(await textOf(await http.send({ method: 'GET', url: one.url }))).toBe('one');
    expect(await textOf(await http.send({ method: 'GET', url: two.url }))).toBe('two');
  });
});

describe('a refusal', () => {
  it('is read at once, as much of it as anyone needs', async () => {
    const { url } = await serve((_, response) => response.writeHead(403).end('x'.repeat(300_000)));
    const response = await client().http.send({ method: 'GET', url });
    expect(response.refusal).toBe('x'.repeat(64 * 1024));
  });

  it('counts although its words break off', async () => {
    const { url } = await serve((_, response) => {
      response.writeHead(403, { 'content-length': '1000' });
      response.write('half', () => setTimeout(() => response.destroy(), 20));
    });
    const response = await client().http.send({ method: 'GET', url });
    expect(response.status).toBe(403);
  });
});

describe('an answer that breaks off', () => {
  it.each(['with a length', 'in chunks'])('is an error %s, never a whole body', async (kind) => {
    const { url } = await serve((_, response) => {
      response.writeHead(200, kind === 'in chunks' ? {} : { 'content-length': '1000' });
      response.write('half', () => setTimeout(() => response.destroy(), 50));
    });
    const response = await client().http.send({ method: 'GET', url });
    await expect(response.bytes(2000)).rejects.toMatchObject({ name: 'RemoteError', code: 'remote-broke-off' });
  });

  it('is an error in the middle of a long stream too', async () => {
    const { url } = await serve((_, response) => {
      response.writeHead(200, { 'content-length': '1000000' });
      response.write('x'.repeat(500_000), () => setTimeout(() => response.destroy(), 50));
    });
    const response = await client().http.send({ method: 'GET', url });
    const read = (async () => {
      for await (const _ of response.body) await new Promise((resolve) => setTimeout(resolve, 5));
    })();
    await expect(read).rejects.toMatchObject({ code: 'remote-broke-off' });
  });

  it('is an error when the server sends a byte now and then', async () => {
    const { url } = await serve((_, response) => {
      response.writeHead(200, { 'content-length': '90000' });
      const timer = setInterval(() => response.write('x'), 50);
      response.on('close', () => clearInterval(timer));
    });
    const response = await client().http.send({ method: 'GET', url, idleTimeoutMs: 400 });
    await expect(response.bytes(100_000)).rejects.toMatchObject({ code: 'remote-broke-off', what: /silent/ });
  });

  it('is none when much comes slowly', async () => {
    const { url } = await serve((_, response) => {
      response.writeHead(200, { 'content-length': '20000' });
      let left = 10;
      const timer = setInterval(() => {
        left -= 1;
        response.write('x'.repeat(2000));
        if (left > 0) return;
        clearInterval(timer);
        response.end();
      }, 100);
    });
    const response = await client().http.send({ method: 'GET', url, idleTimeoutMs: 600 });
    expect((await response.bytes(100_000)).length).toBe(20_000);
  });

  it('is an error when the server falls silent', async () => {
    const { url } = await serve((_, response) => response.writeHead(200, { 'content-length': '9' }).write('half'));
    const response = await client().http.send({ method: 'GET', url, idleTimeoutMs: 200 });
    await expect(response.bytes(10)).rejects.toMatchObject({ code: 'remote-broke-off', what: /silent for 0.2 s/ });
  });
});

describe('another attempt', () => {
  it('follows a status that is worth it, with the upload from its beginning', async () => {
    const bodies: string[] = [];
    const { url } = await serve((request, response) => {
      let body = '';
      request.on('data', (piece) => {
        body += piece;
      });
      request.on('end', () => response.writeHead(bodies.push(body) < 3 ? 503 : 201).end('done'));
    });
    const body = { size: 6, open: async () => pieces('one', 'two') };
    const { http, clock } = client();
    const response = await http.send({ method: 'PUT', url, body, retry: { attempts: 5, statuses: [503] } });
    expect(response.status).toBe(201);
    expect(bodies).toEqual(['onetwo', 'onetwo', 'onetwo']);
    const [first = -1, second = -1] = clock.slept;
    expect(first >= 0 && first <= 500 && second >= 0 && second <= 1000).toBe(true);
    expect(response.tries).toEqual({ attempts: 3, waitedMs: first + second });
  });

  it('gives the last answer when the attempts are used up', async () => {
    let count = 0;
    const { url } = await serve((_, response) => response.writeHead(503).end(`${++count}`));
    const response = await client().http.send({ method: 'GET', url, retry: { attempts: 3, statuses: [503] } });
    expect(await textOf(response)).toBe('3');
  });

  it.each([
    ['7', 7_000],
    ['Fri, 02 Jan 2026 03:04:15 GMT', 10_000],
    ['120', 120_000],
    ['Thu, 01 Jan 2026 00:00:00 GMT', 0],
  ])('waits as Retry-After says: %s', async (after, ms) => {
    let count = 0;
    const { url } = await serve((_, response) => {
      count += 1;
      response.sendDate = false;
      response.writeHead(count === 1 ? 429 : 200, { 'retry-after': after }).end();
    });
    const { http, clock } = client(fakeClock(new Date('2026-01-02T03:04:05Z')));
    await http.send({ method: 'GET', url, retry: { attempts: 2, statuses: [429] } });
    expect(clock.slept).toEqual([ms]);
  });

  it('is not waited for when the server asks for more than two minutes', async () => {
    const { url } = await serve((_, response) => response.writeHead(429, { 'retry-after': '3600' }).end('later'));
    const { http, clock } = client();
    const response = await http.send({ method: 'GET', url, retry: { attempts: 6, statuses: [429] } });
    expect([response.status, response.refusal, response.tries.attempts]).toEqual([429, 'later', 1]);
    expect(clock.slept).toEqual([]);
  });

  it('follows a short answer that breaks off', async () => {
    let count = 0;
    const { url } = await serve((_, response) => {
      count += 1;
      response.writeHead(200, { 'content-length': '5' });
      if (count > 1) response.end('whole');
      else response.write('who', () => setTimeout(() => response.destroy(), 20));
    });
    const retry = { attempts: 2, statuses: [] };
    const response = await client().http.send({ method: 'GET', url, retry, wholeBytes: 100 });
    expect([await textOf(response), count]).toEqual(['whole', 2]);
  });

  it('is not made for a short answer that is too long', async () => {
    let count = 0;
    const { url } = await serve((_, response) => {
      count += 1;
      response.end('far too long');
    });
    const sent = client().http.send({ method: 'GET', url, retry: { attempts: 3, statuses: [] }, wholeBytes: 5 });
    await expect(sent).rejects.toMatchObject({ code: 'remote-answer-too-large' });
    expect(count).toBe(1);
  });

  it('is not made any more for a host that failed ten times in a row, until it answers', async () => {
    let count = 0;
    let isWell = false;
    const { url } = await serve((_, response) => {
      count += 1;
      response.writeHead(isWell ? 200 : 503).end();
    });
    const { http } = client();
    const retry = { attempts: 6, statuses: [503] };
    await http.send({ method: 'GET', url, retry });
    await http.send({ method: 'GET', url, retry });
    expect(count).toBe(10);
    await http.send({ method: 'GET', url, retry });
    expect(count).toBe(11);
    isWell = true;
    await http.send({ method: 'GET', url, retry });
    isWell = false;
    await http.send({ method: 'GET', url, retry });
    expect(count).toBe(18);
  });

  it('halves the number of requests at once after a 429', async () => {
    let now = 0;
    let most = 0;
    let refused = false;
    const { url } = await serve((_, response) => {
      if (!refused) {
        refused = true;
        response.writeHead(429, { 'retry-after': '0' }).end();
        return;
      }
      now += 1;
      most = Math.max(most, now);
      setTimeout(() => {
        now -= 1;
        response.end();
      }, 5);
    });
    const { http } = client();
    await http.send({ method: 'GET', url, retry: { attempts: 2, statuses: [429] } });
    await Promise.all(Array.from({ length: 40 }, () => http.send({ method: 'GET', url })));
    expect(most).toBe(8);
  });

  it('follows a lost connection', async () => {
    let count = 0;
    const { url } = await serve((request, response) => {
      count += 1;
      if (count === 1) request.socket.destroy();
      else response.end('there');
    });
    const response = await client().http.send({ method: 'GET', url, retry: { attempts: 2, statuses: [] } });
    expect(await textOf(response)).toBe('there');
  });

  it('is never made without being asked for', async () => {
    let count = 0;
    const { url } = await serve((request) => {
      count += 1;
      request.socket.destroy();
    });
    await expect(client().http.send({ method: 'GET', url })).rejects.toMatchObject({ code: 'remote-unreachable' });
    expect(count).toBe(1);
  });
});

describe('a host that does not answer', () => {
  it('is named with the number of attempts, and without what is secret in the address', async () => {
    const { url, server } = await serve(echo);
    await new Promise((resolve) => server.close(resolve));
    const secret = `${url.replace('://', '://user:hunter2@')}/path?token=hunter2`;
    const sent = client().http.send({ method: 'GET', url: secret, retry: { attempts: 3, statuses: [] } });
    const error = await sent.catch((caught: unknown) => caught);
    const host = new URL(url).host;
    const what = expect.stringMatching(/^127\.0\.0\.1:\d+ could not be reached \(ECONNREFUSED; 3 tries/);
    expect(error).toMatchObject({ name: 'RemoteError', code: 'remote-unreachable', where: host, what });
    expect(JSON.stringify(error)).not.toContain('hunter2');
  });

  it('is given up when it stays silent', async () => {
    const { url } = await serve(() => {});
    const sent = client().http.send({ method: 'GET', url, idleTimeoutMs: 200 });
    await expect(sent).rejects.toMatchObject({ code: 'remote-unreachable', what: /silent for 0.2 s/ });
  });

  it('may have an address that is none', async () => {
    const sent = client().http.send({ method: 'GET', url: 'ftp://user:hunter2@host' });
    const error = await sent.catch((caught: unknown) => caught);
    expect(error).toMatchObject({ name: 'ConfigError', code: 'url-invalid' });
    expect(String(error)).not.toContain('hunter2');
  });
});

describe('an upload', () => {
  it('that fails never looks whole to the server, and is not tried again', async () => {
    const ended: boolean[] = [];
    const { url } = await serve((request) => {
      request.on('error', () => {});
      request.on('close', () => ended.push(request.complete));
      request.resume();
    });
    async function* failing(): AsyncIterable<Uint8Array> {
      yield Buffer.from('half');
      await new Promise((resolve) => setTimeout(resolve, 50));
      throw new Error('the disk is gone');
    }
    const { http, clock } = client();
    const body = { size: 100, open: async () => failing() };
    await expect(http.send({ method: 'PUT', url, body, retry: { attempts: 3, statuses: [] } })).rejects.toThrow('gone');
    expect(clock.slept).toEqual([]);
    while (ended.length === 0) await new Promise((resolve) => setTimeout(resolve, 10));
    expect(ended).toEqual([false]);
  });

  it.each([4, 8])('of another size than announced is refused (%d of 6)', async (size) => {
    const { url } = await serve(echo);
    const body = { size, open: async () => pieces('one', 'two') };
    await expect(client().http.send({ method: 'PUT', url, body })).rejects.toMatchObject({ code: 'upload-size-wrong' });
  });

  it('that is answered early does not disturb the next request', async () => {
    const { url } = await serve((request, response) => {
      if (request.method === 'PUT') response.writeHead(401).end('no');
      else response.end('yes');
    });
    async function* endless(): AsyncIterable<Uint8Array> {
      for (let left = 1000; left > 0; left -= 1) {
        yield Buffer.alloc(1000);
        await new Promise((resolve) => setTimeout(resolve, 1));
      }
    }
    const { http } = client();
    const early = await http.send({ method: 'PUT', url, body: { size: 1_000_000, open: async () => endless() } });
    expect(early.status).toBe(401);
    expect(await textOf(early)).toBe('no');
    expect(await textOf(await http.send({ method: 'GET', url }))).toBe('yes');
  });
});

describe('a cancellation', () => {
  it('ends a request that waits for its answer', async () => {
    const { http, cancel } = client();
    const { url } = await serve(cancel);
    await expect(http.send({ method: 'GET', url })).rejects.toBe(cancelled);
  });

  it('ends a body that is being read', async () => {
    const { http, cancel } = client();
    const { url } = await serve((_, response) => void response.writeHead(200).write('x'));
    const response = await http.send({ method: 'GET', url });
    setTimeout(cancel, 50);
    await expect(response.bytes(10)).rejects.toBe(cancelled);
  });

  it('ends the wait for another attempt', async () => {
    const { http, cancel } = client({ ...fakeClock(), sleep: () => new Promise(() => setTimeout(cancel, 20)) });
    const { url } = await serve((_, response) => response.writeHead(503).end());
    const sent = http.send({ method: 'GET', url, retry: { attempts: 2, statuses: [503] } });
    await expect(sent).rejects.toBe(cancelled);
  });

  it('is not heard by a request that settles something, nor in its waits', async () => {
    let asked = 0;
    const slept: number[] = [];
    const settling = { ...fakeClock(), sleep: async (ms: number) => void slept.push(ms) };
    const { http, cancel } = client({ ...fakeClock(), sleep: () => Promise.reject(cancelled), settling });
    const { url } = await serve((_, response) => {
      asked += 1;
      cancel();
      response.writeHead(asked === 1 ? 503 : 200).end('done');
    });
    const request = { method: 'GET', url, settles: true, retry: { attempts: 2, statuses: [503] } } as const;
    expect(await textOf(await http.send(request))).toBe('done');
    expect(await textOf(await http.send(request))).toBe('done');
    expect(slept).toHaveLength(1);
    await expect(http.send({ method: 'GET', url })).rejects.toBe(cancelled);
  });
});

describe('many requests', () => {
  it('are sixteen at once for a host, and all of them come through', async () => {
    let now = 0;
    let most = 0;
    const { url } = await serve((_, response) => {
      now += 1;
      most = Math.max(most, now);
      setTimeout(() => {
        now -= 1;
        response.end('x');
      }, 20);
    });
    const { http } = client();
    const all = Array.from({ length: 60 }, async () => textOf(await http.send({ method: 'GET', url })));
    expect((await Promise.all(all)).join('')).toBe('x'.repeat(60));
    expect(most).toBeLessThanOrEqual(16);
    expect(most).toBeGreaterThan(1);
  });

  it('are not held up by answers that nobody reads', async () => {
    const { url } = await serve((_, response) => response.writeHead(404).end('not here'));
    const { http } = client();
    for (let count = 0; count < 40; count += 1) expect((await http.send({ method: 'GET', url })).status).toBe(404);
  });

  it('are not held up for ever by long answers that nobody reads', async () => {
    const long = Buffer.alloc(8 * 1024 * 1024);
    const { url } = await serve((_, response) => response.end(long));
    const { http } = client();
    const all = Array.from({ length: 20 }, () => http.send({ method: 'GET', url, idleTimeoutMs: 3000 }));
    expect(await Promise.all(all)).toHaveLength(20);
  }, 30_000);
});
