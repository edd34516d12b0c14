import { connect } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import { createHttpServer } from '../../../src/adapters/http-server.ts';
import type { RunningServer, ServedRequest, ServedResponse } from '../../../src/ports/http-server.ts';

const open: RunningServer[] = [];
afterEach(async () => {
  for (const server of open.splice(0)) await server[Symbol.asyncDispose]();
});

async function listen(handle: (request: ServedRequest) => Promise<ServedResponse>) {
  const server = await createHttpServer().listen(handle);
  open.push(server);
  return { server, url: `http://127.0.0.1:${server.port}` };
}

/** Sends bytes as they are and gives all that comes back until the connection ends. */
function raw(port: number, text: string, after?: (close: () => void) => void): Promise<string> {
  return new Promise((resolve) => {
    let answer = '';
    const socket = connect(port, '127.0.0.1', () => socket.write(text));
    socket.on('data', (piece) => {
      answer += piece;
    });
    socket.on('error', () => {});
    socket.on('close', () => resolve(answer));
    after?.(() => socket.destroy());
  });
}

async function readAll(body: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  for await (const piece of body) pieces.push(piece);
  return Buffer.concat(pieces);
}

describe('a request', () => {
  it('reaches the handler with its path still encoded', async () => {
    const { url } = await listen(async ({ method, path, query, headers, body }) => {
      const text = (await readAll(body)).toString();
      return {
        status: 201,
        headers: { 'X-A': 'b' },
        body: Buffer.from(JSON.stringify([method, path, query.get('q'), headers['x-own'], text])),
      };
    });
    const answer = await fetch(`${url}/v2/a%2Fb?q=1?2`, { method: 'PUT', body: 'hello', headers: { 'X-Own': 'y' } });
    expect(answer.status).toBe(201);
    expect(answer.headers.get('x-a')).toBe('b');
    expect(await answer.json()).toEqual(['PUT', '/v2/a%2Fb', '1?2', 'y', 'hello']);
  });

  it('whose client leaves throws in its body, and the server goes on', async () => {
    let caught: (error: unknown) => void = () => {};
    const thrown = new Promise((resolve) => {
      caught = resolve;
    });
    const { server, url } = await listen(async ({ method, body }) => {
      if (method === 'PUT') await readAll(body).catch(caught);
      return { status: 200 };
    });
    await raw(server.port, 'PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\nhalf', (close) =>
      setTimeout(close, 100),
    );
    expect(await thrown).toMatchObject({ code: 'client-left' });
    expect((await fetch(url)).status).toBe(200);
  });

  it('that is read in part is answered all the same', async () => {
    const { url } = await listen(async ({ body }) => {
      for await (const _ of body) break;
      return { status: 400, body: Buffer.from('enough') };
    });
    const answer = await fetch(url, { method: 'PUT', body: Buffer.alloc(300_000) });
    expect([answer.status, await answer.text()]).toEqual([400, 'enough']);
  });
});

describe('an answer', () => {
  it('has no body for HEAD but its length', async () => {
    const { server } = await listen(async () => ({ status: 200, body: Buffer.from('hello') }));
    const text = await raw(server.port, 'HEAD / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n');
    expect(text.toLowerCase()).toContain('content-length: 5\r\n');
    expect(text.endsWith('\r\n\r\n')).toBe(true);
  });

  it('is 500 without a word when the handler throws', async () => {
    const { url } = await listen(async () => {
      throw new Error('secret');
    });
    const answer = await fetch(url);
    expect([answer.status, await answer.text()]).toEqual([500, '']);
  });

  it('is streamed, no faster than the client reads', async () => {
    let made = 0;
    async function* flood(): AsyncIterable<Uint8Array> {
      for (; made < 256; made += 1) yield Buffer.alloc(1024 * 1024);
    }
    const { url } = await listen(async () => ({ status: 200, body: flood() }));
    const answer = await fetch(url);
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(made).toBeLessThan(200);
    let size = 0;
    for await (const piece of answer.body ?? []) size += (piece as Uint8Array).length;
    expect(size).toBe(256 * 1024 * 1024);
  }, 30_000);

  it.each([{}, { 'content-length': '100' }])('whose body throws is broken off (%j)', async (headers) => {
    async function* failing(): AsyncIterable<Uint8Array> {
      yield Buffer.from('half');
      throw new Error('the disk is gone');
    }
    const { url } = await listen(async () => ({ status: 200, headers, body: failing() }));
    await expect(fetch(url).then((answer) => answer.text())).rejects.toThrow();
  });

  it('that is shorter than announced is broken off', async () => {
    async function* short(): AsyncIterable<Uint8Array> {
      yield Buffer.from('half');
    }
    const headers = { 'content-length': '100' };
    const { url } = await listen(async () => ({ status: 200, headers, body: short() }));
    await expect(fetch(url).then((answer) => answer.text())).rejects.toThrow();
  });

  it('whose client leaves gives back what its body holds open', async () => {
    let closed: () => void = () => {};
    const done = new Promise<void>((resolve) => {
      closed = resolve;
    });
    async function* endless(): AsyncIterable<Uint8Array> {
      try {
        while (true) yield Buffer.alloc(65536);
      } finally {
        closed();
      }
    }
    const { server } = await listen(async () => ({ status: 200, body: endless() }));
    await raw(server.port, 'GET / HTTP/1.1\r\nHost: a\r\n\r\n', (close) => setTimeout(close, 100));
    await done;
  });
});

describe('the server', () => {
  it('refuses a port that is in use', async () => {
    const { server } = await listen(async () => ({ status: 200 }));
    const second = createHttpServer().listen(async () => ({ status: 200 }), server.port);
    await expect(second).rejects.toMatchObject({ name: 'ConfigError', code: 'port-in-use' });
  });

  it('ends open connections when it is disposed of, and gives the port back', async () => {
    const { server } = await listen(() => new Promise(() => {}));
    const waiting = raw(server.port, 'GET / HTTP/1.1\r\nHost: a\r\n\r\n');
    await new Promise((resolve) => setTimeout(resolve, 100));
    await server[Symbol.asyncDispose]();
    await server[Symbol.asyncDispose]();
    expect(await waiting).toBe('');
    const again = await createHttpServer().listen(async () => ({ status: 204 }), server.port);
    open.push(again);
    expect((await fetch(`http://127.0.0.1:${again.port}`)).status).toBe(204);
  });
});
