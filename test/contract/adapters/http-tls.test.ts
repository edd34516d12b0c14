import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { createServer as createProxy, type IncomingMessage, type RequestListener } from 'node:http';
import { createServer } from 'node:https';
import { type AddressInfo, connect, createServer as createTcpServer, type Server } from 'node:net';
import { setImmediate } from 'node:timers/promises';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { createFiles } from '../../../src/adapters/files.ts';
import type { TempFolder } from '../../../src/ports/files.ts';

jest.setTimeout(60_000);

const run = promisify(execFile);

/** A child asks a registry for a tag; Node reads NODE_EXTRA_CA_CERTS at its start and at no other time. */
const asking = `
  import { createClock } from './src/adapters/clock.ts';
  import { createHttp } from './src/adapters/http.ts';
  import { createRandom } from './src/adapters/random.ts';
  import { createRegistryClient } from './src/clients/registry/client.ts';
  import { parseImageRef } from './src/domain/image-ref.ts';
  const clock = createClock();
  const http = createHttp(clock, { cancelled: new AbortController().signal });
  const client = createRegistryClient({ http, clock, random: createRandom() });
  const { repository, tag } = parseImageRef(process.env.REFERENCE, 'test');
  try {
    console.log(JSON.stringify({ found: (await client.resolve(repository, tag)) ?? null }));
  } catch (error) {
    console.log(JSON.stringify({ code: error.code, what: error.what, next: error.next, tries: error.tries }));
  }
  http[Symbol.dispose]();
`;

/** A child sends pieces that share two memories in turn, each of one value, the next one of the next. */
const uploading = `
  import { createClock } from './src/adapters/clock.ts';
  import { createHttp } from './src/adapters/http.ts';
  const http = createHttp(createClock(), { cancelled: new AbortController().signal });
  const memory = [Buffer.alloc(256 * 1024), Buffer.alloc(256 * 1024)];
  async function* fleeting() {
    for (let value = 0; value < 64; value += 1) yield memory[value % 2].fill(value);
  }
  const body = { size: 64 * 256 * 1024, open: async () => fleeting() };
  const { status } = await http.send({ method: 'PUT', url: 'https://' + process.env.REFERENCE, body });
  console.log(JSON.stringify({ status }));
  http[Symbol.dispose]();
`;

interface Listening extends AsyncDisposable {
  readonly port: number;
}

async function listening(server: Server & { closeAllConnections?(): void }): Promise<Listening> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
  return {
    port: (server.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections?.();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** To whatever host a client wants, the proxy goes to that port of this machine: so a registry here can have any name. */
function startProxy(): Promise<Listening> {
  const proxy = createProxy((_, response) => response.writeHead(405).end());
  proxy.on('connect', (request, client, head) => {
    const upstream = connect(Number(request.url?.split(':').at(-1)), '127.0.0.1', () => {
      client.write('HTTP/1.1 200 Connection Established\r\n\r\n');
      upstream.write(head);
      upstream.pipe(client);
      client.pipe(upstream);
    });
    for (const socket of [upstream, client]) socket.on('error', () => socket.destroy());
    upstream.on('close', () => client.destroy());
    client.on('close', () => upstream.destroy());
  });
  return listening(proxy);
}

let folder: TempFolder;

beforeAll(async () => {
  folder = await createFiles().tempFolder('slipway-tls-');
  const at = (name: string): string => `${folder.path}/${name}`;
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'];
  const ca = ['-subj', '/CN=a test authority', '-addext', 'basicConstraints=critical,CA:TRUE'];
  await run('openssl', ['req', '-x509', ...key, ...ca, '-keyout', at('ca.key'), '-out', at('ca.pem')]);
  const name = ['-subj', '/CN=localtest', '-addext', 'subjectAltName=DNS:registry.example'];
  const signed = ['-CA', at('ca.pem'), '-CAkey', at('ca.key'), '-addext', 'basicConstraints=CA:FALSE'];
  await run('openssl', [
    'req',
    '-x509',
    ...key,
    ...name,
    ...signed,
    '-keyout',
    at('server.key'),
    '-out',
    at('server.pem'),
  ]);
}, 30_000);

afterAll(async () => folder[Symbol.asyncDispose]());

async function ask(port: number, env: Record<string, string>, script = asking): Promise<Record<string, unknown>> {
  await using proxy = await startProxy();
  const args = ['--import', 'tsx', '--input-type=module', '--eval', script];
  const { stdout } = await run(process.execPath, args, {
    env: {
      PATH: process.env.PATH,
      REFERENCE: `registry.example:${port}/a:v1`,
      HTTPS_PROXY: `http://127.0.0.1:${proxy.port}`,
      ...env,
    },
  });
  return JSON.parse(stdout);
}

describe('a registry with a certificate of its own authority', () => {
  async function registry(
    listener: RequestListener = (_, response) => response.writeHead(404).end(),
  ): Promise<Listening> {
    const [key, cert] = await Promise.all(
      ['server.key', 'server.pem'].map((file) => readFile(`${folder.path}/${file}`)),
    );
    return listening(createServer({ key, cert }, listener));
  }

  it('is trusted where NODE_EXTRA_CA_CERTS names the authority, also through a proxy', async () => {
    await using server = await registry();
    const answer = await ask(server.port, { NODE_EXTRA_CA_CERTS: `${folder.path}/ca.pem` });
    expect(answer).toEqual({ found: null });
  });

  it('gets the bytes of an upload as they were, although it reads slowly and their memory serves again', async () => {
    const taken: Buffer[] = [];
    const take = async (request: IncomingMessage): Promise<void> => {
      for await (const piece of request) {
        taken.push(piece);
        for (let turns = 0; turns < 4; turns += 1) await setImmediate();
      }
    };
    await using server = await registry((request, response) => {
      take(request).then(
        () => response.writeHead(201).end(),
        () => response.destroy(),
      );
    });
    const answer = await ask(server.port, { NODE_EXTRA_CA_CERTS: `${folder.path}/ca.pem` }, uploading);
    const sent = Array.from({ length: 64 }, (_, value) => Buffer.alloc(256 * 1024, value));
    expect(answer).toEqual({ status: 201 });
    expect(Buffer.concat(taken).equals(Buffer.concat(sent))).toBe(true);
  });

  it('is refused otherwise, at once, and the error says how to trust it', async () => {
    await using server = await registry();
    expect(await ask(server.port, {})).toMatchObject({
      code: 'remote-unreachable',
      tries: { attempts: 1 },
      next: expect.stringContaining('NODE_EXTRA_CA_CERTS'),
    });
  });
});

describe('a registry that speaks no TLS', () => {
  it('never hears a plain request, and the error says so', async () => {
    const heard: (number | undefined)[] = [];
    const server = createTcpServer((socket) => {
      socket.once('data', (bytes) => {
        heard.push(bytes[0]);
        socket.end('HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n');
      });
      socket.on('error', () => {});
    });
    await using listener = await listening(server);
    const answer = await ask(listener.port, {});
    expect(answer).toMatchObject({ code: 'remote-unreachable', next: expect.stringContaining('speaks no TLS') });
    // A handshake begins with this byte; a plain request would begin with the name of a method.
    expect(new Set(heard)).toEqual(new Set([0x16]));
  });
});
