import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setImmediate } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import { createHttp } from '../../../src/adapters/http.ts';
import type { Http } from '../../../src/ports/http.ts';
import { fakeClock } from '../../support/fake-clock.ts';
import { FakeHttp } from '../../support/fake-http.ts';

/** More than the sockets of both sides take in. */
const size = 16 * 1024 * 1024;

/** Each piece is of one value, and the next one of the next. */
function contentOf(pieceBytes: number): Buffer {
  const content = Buffer.alloc(size);
  for (let at = 0, value = 0; at < size; at += pieceBytes, value += 1)
    content.subarray(at, at + pieceBytes).fill(value);
  return content;
}

/** The same, but all pieces share two memories in turn. */
async function* fleeting(content: Buffer, pieceBytes: number): AsyncIterable<Uint8Array> {
  let [memory, other] = [Buffer.alloc(pieceBytes), Buffer.alloc(pieceBytes)];
  for (let at = 0; at < size; at += pieceBytes) {
    [memory, other] = [other, memory];
    yield memory.subarray(0, content.copy(memory, 0, at, at + pieceBytes));
  }
}

interface Receiver extends AsyncDisposable {
  readonly http: Http;
  readonly url: string;
  received(): Buffer;
}

/** A server that takes little at a time, so that the sockets are full. */
async function slowServer(): Promise<Receiver> {
  const taken: Buffer[] = [];
  const take = async (request: IncomingMessage): Promise<void> => {
    for await (const piece of request) {
      taken.push(piece);
      for (let turns = 0; turns < 4; turns += 1) await setImmediate();
    }
  };
  const server = createServer((request, response) => {
    take(request).then(
      () => response.writeHead(201).end(),
      () => response.destroy(),
    );
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const http = createHttp(fakeClock(), { cancelled: new AbortController().signal });
  return {
    http,
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/upload`,
    received: () => Buffer.concat(taken),
    async [Symbol.asyncDispose]() {
      http[Symbol.dispose]();
      server.closeAllConnections();
      server.close();
    },
  };
}

async function fake(): Promise<Receiver> {
  const url = 'http://registry.example/upload';
  const http = new FakeHttp().on('PUT', url, { status: 201 });
  const received = () => Buffer.concat(http.requests.map(({ bytes }) => bytes));
  return { http, url, received, [Symbol.asyncDispose]: async () => {} };
}

describe.each([
  ['a server that reads slowly', slowServer],
  ['the fake', fake],
] as const)('an upload to %s', (_name, start) => {
  it.each([
    ['a little', 4_001],
    ['much', 512 * 1024],
  ])('arrives as it was, although the memory of its pieces serves again: %s at once', async (_much, pieceBytes) => {
    await using receiver = await start();
    const { http, url } = receiver;
    const content = contentOf(pieceBytes);
    const body = { size, open: async () => fleeting(content, pieceBytes) };
    expect((await http.send({ method: 'PUT', url, body })).status).toBe(201);
    expect(receiver.received().equals(content)).toBe(true);
  });
});
