import { createServer } from 'node:http';

/** A cache service as runners have it, of the first version of its interface. */
export interface CacheService extends AsyncDisposable {
  readonly url: string;
  /** The keys that were saved, in order. */
  readonly keys: readonly string[];
}

interface Saved {
  readonly key: string;
  readonly version: string;
  readonly parts: Map<number, Buffer>;
  isCommitted: boolean;
}

/** Starts one on loopback. What was saved is never changed; the newest whose key begins as asked is found. */
export async function startCacheService(): Promise<CacheService> {
  // Clients take the number 0 for none.
  const saved: Saved[] = [{ key: '', version: '', parts: new Map(), isCommitted: false }];
  const prefix = '/_apis/artifactcache/';
  let url = '';
  const server = createServer(async (request, response) => {
    const pieces: Buffer[] = [];
    for await (const piece of request) pieces.push(piece as Buffer);
    const body = Buffer.concat(pieces);
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://127.0.0.1');
    const answer = (status: number, value?: unknown): void => {
      response.writeHead(status, { 'content-type': 'application/json' });
      response.end(value === undefined ? undefined : JSON.stringify(value));
    };
    const id = Number(/\/(?:caches|content)\/(\d+)$/.exec(pathname)?.[1] ?? 'NaN');
    const one = saved[id];
    if (request.method === 'GET' && pathname === `${prefix}cache`) {
      const version = searchParams.get('version');
      const keys = (searchParams.get('keys') ?? '').split(',');
      const usable = saved.filter((each) => each.isCommitted && each.version === version);
      const found = keys
        .map(
          (key) => usable.findLast((each) => each.key === key) ?? usable.findLast((each) => each.key.startsWith(key)),
        )
        .find((each) => each !== undefined);
      if (found === undefined) return answer(204);
      return answer(200, { cacheKey: found.key, archiveLocation: `${url}content/${saved.indexOf(found)}` });
    }
    if (request.method === 'GET' && one !== undefined) {
      const content = Buffer.concat([...one.parts].sort(([a], [b]) => a - b).map(([, part]) => part));
      response.writeHead(200, { 'content-length': content.length });
      return response.end(content);
    }
    if (request.method === 'POST' && pathname === `${prefix}caches`) {
      const { key, version } = JSON.parse(body.toString()) as { key: string; version: string };
      if (saved.some((each) => each.key === key && each.version === version)) return answer(409, { message: 'exists' });
      saved.push({ key, version, parts: new Map(), isCommitted: false });
      return answer(201, { cacheId: saved.length - 1 });
    }
    if (request.method === 'PATCH' && one !== undefined) {
      one.parts.set(Number(/bytes (\d+)-/.exec(request.headers['content-range'] ?? '')?.[1] ?? 0), body);
      return answer(204);
    }
    if (request.method === 'POST' && one !== undefined) {
      one.isCommitted = true;
      return answer(204);
    }
    return answer(404, { message: `nothing at ${request.method} ${pathname}` });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the service has no port');
  url = `http://127.0.0.1:${address.port}/`;
  return {
    url,
    get keys() {
      return saved.filter(({ isCommitted }) => isCommitted).map(({ key }) => key);
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
