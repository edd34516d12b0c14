import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { connect, type Socket } from 'node:net';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { writeBundle } from '../../script/commands/build/bundle.ts';
import { labState, root } from '../../script/commands/project.ts';

const LIMIT_MS = 600_000;

/** Our `undici` is a shim; these are the two ways in which the toolkit and its users reach a proxy through it. */
const program = `
import { HttpClient } from '@actions/http-client';
const [how, url] = process.argv.slice(2);
const client = new HttpClient('proxy-test');
const ways = {
  get: async () => (await client.get(url)).readBody(),
  fetch: async () => (await fetch(url, { dispatcher: client.getAgentDispatcher(url) })).text(),
};
const print = (value) => console.log(JSON.stringify(value));
ways[how]().then((text) => print({ text }), (error) => print({ error: error.message }));
`;

let work: string;
let target: { server: Server; url: string };
let proxy: { server: Server; url: string };
let seen: string[];
const sockets = new Set<Socket>();

beforeAll(async () => {
  target = await listening(createServer((_request, response) => response.end('from the target')));
  proxy = await listening(createServer((_request, response) => response.writeHead(501).end()));
  proxy.server.on('connect', ({ url = '' }, client: Socket, head) => {
    seen.push(url);
    if (!url.startsWith('0.0.0.0:')) return client.end('HTTP/1.1 502 Bad Gateway\r\n\r\n');
    const upstream = connect(Number(url.split(':')[1]), '127.0.0.1', () => {
      client.write('HTTP/1.1 200 Connection Established\r\n\r\n');
      upstream.write(head);
      upstream.pipe(client).pipe(upstream);
    });
    for (const socket of [client, upstream]) sockets.add(socket.on('error', () => socket.destroy()));
  });
  await mkdir(path.join(root, '.cache'), { recursive: true });
  work = await mkdtemp(path.join(root, '.cache/proxy-'));
  await writeFile(path.join(work, 'source.mjs'), program);
  await mkdir(path.join(work, 'build'));
  await writeFile(path.join(work, 'build/package.json'), '{}');
  await writeFile(path.join(work, 'build/entry.js'), program);
  await writeBundle({ entry: path.join(work, 'build/entry.js'), work, dist: path.join(work, 'dist') });
}, LIMIT_MS);

afterAll(async () => {
  for (const socket of sockets) socket.destroy();
  for (const { server } of [target, proxy]) await new Promise((resolve) => server.close(resolve));
  await rm(work, { recursive: true, force: true });
});

beforeEach(() => {
  seen = [];
});

const nodes = { 'the node that runs the tests': () => process.execPath, 'Node 24': node24 };
const files = { 'from source': 'source.mjs', 'from a bundle': 'dist/index.js' };
const table = Object.entries(nodes).flatMap(([node, find]) =>
  Object.entries(files).map(([form, file]) => ({ node, form, find, file })),
);

describe.each(table)('@actions/http-client on $node, $form', ({ find, file }) => {
  const run = async (how: string, url: string, env: Record<string, string> = {}): Promise<unknown> => {
    const variables = { http_proxy: proxy.url, https_proxy: proxy.url, ...env };
    const { stdout } = await promisify(execFile)(find(), [path.join(work, file), how, url], { env: variables });
    return JSON.parse(stdout);
  };
  const host = (): string => new URL(target.url).host;

  it(
    'sends a plain request through the proxy',
    async () => {
      expect(await run('get', target.url)).toEqual({ text: 'from the target' });
      expect(seen).toEqual([host()]);
    },
    LIMIT_MS,
  );

  it(
    'asks the proxy for a tunnel to an https address',
    async () => {
      expect(await run('get', 'https://registry.invalid/v2/')).toEqual({ error: expect.stringContaining('502') });
      expect(seen).toEqual(['registry.invalid:443']);
    },
    LIMIT_MS,
  );

  it(
    'goes past the proxy for a host in no_proxy',
    async () => {
      expect(await run('get', target.url, { no_proxy: '0.0.0.0' })).toEqual({ text: 'from the target' });
      expect(seen).toEqual([]);
    },
    LIMIT_MS,
  );

  it(
    'hands out a ProxyAgent, with which fetch reaches the proxy',
    async () => {
      expect(await run('fetch', target.url)).toEqual({ text: 'from the target' });
      expect(seen).toEqual([host()]);
    },
    LIMIT_MS,
  );
});

/** Loopback addresses never go through a proxy, so the target is named by an address that is not quite one. */
async function listening(server: Server): Promise<{ server: Server; url: string }> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server has no port');
  return { server, url: `http://0.0.0.0:${address.port}` };
}

function node24(): string {
  const file = labState()?.node24;
  if (file === undefined) throw new Error('this test needs Node 24 from the lab: run script/lab up');
  return file;
}
