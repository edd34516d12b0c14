import { createServer, type IncomingMessage } from 'node:http';

/** The two interfaces that cache services have: runners of today speak the second one, others the first. */
export const cacheVersions = ['v1', 'v2'] as const;
export type CacheVersion = (typeof cacheVersions)[number];

/** A cache service as runners have it, with both of its interfaces. */
export interface CacheService extends AsyncDisposable {
  readonly url: string;
  /** The keys that were saved, in order. */
  readonly keys: readonly string[];
  /** Each request that it got, as `METHOD path`. */
  readonly requests: readonly string[];
  /** The variables by which a step finds one of its interfaces, and not the other. */
  env(version: CacheVersion): Readonly<Record<string, string>>;
}

interface Saved {
  readonly key: string;
  readonly version: string;
  readonly parts: Map<number, Buffer>;
  isCommitted: boolean;
}

interface Asked {
  readonly method: string;
  readonly path: string;
  readonly search: URLSearchParams;
  readonly headers: IncomingMessage['headers'];
  readonly body: Buffer;
}

interface Answer {
  readonly status: number;
  readonly json?: unknown;
  readonly bytes?: Buffer;
}

/** What was saved is never changed; the newest whose key begins as asked is found. Clients take the number 0 for none. */
class Entries {
  readonly all: Saved[] = [{ key: '', version: '', parts: new Map(), isCommitted: false }];

  /** The number of a new entry; undefined where there is one of this key. */
  reserve(key: string, version: string): number | undefined {
    if (this.all.some((one) => one.key === key && one.version === version)) return undefined;
    return this.all.push({ key, version, parts: new Map(), isCommitted: false }) - 1;
  }

  find(keys: readonly string[], version: string): { readonly id: number; readonly key: string } | undefined {
    const usable = this.all.filter((one) => one.isCommitted && one.version === version);
    const found = keys
      .map((key) => usable.findLast((one) => one.key === key) ?? usable.findLast((one) => one.key.startsWith(key)))
      .find((one) => one !== undefined);
    return found === undefined ? undefined : { id: this.all.indexOf(found), key: found.key };
  }

  content(id: number): Buffer | undefined {
    const parts = this.all[id]?.parts;
    return parts && Buffer.concat([...parts].sort(([a], [b]) => a - b).map(([, part]) => part));
  }

  commit(id: number): void {
    const one = this.all[id];
    if (one !== undefined) one.isCommitted = true;
  }
}

/** `_apis/artifactcache`: reserve, write in ranges, commit. */
function answerFirst(entries: Entries, { method, path, search, headers, body }: Asked, url: string): Answer {
  const id = Number(/\/caches\/(\d+)$/.exec(path)?.[1] ?? 'NaN');
  if (method === 'GET' && path.endsWith('/cache')) {
    const found = entries.find((search.get('keys') ?? '').split(','), search.get('version') ?? '');
    if (found === undefined) return { status: 204 };
    return { status: 200, json: { cacheKey: found.key, archiveLocation: `${url}content/${found.id}` } };
  }
  if (method === 'POST' && path.endsWith('/caches')) {
    const { key, version } = JSON.parse(body.toString()) as { key: string; version: string };
    const cacheId = entries.reserve(key, version);
    return cacheId === undefined ? { status: 409, json: { message: 'exists' } } : { status: 201, json: { cacheId } };
  }
  const one = entries.all[id];
  if (method === 'PATCH' && one !== undefined) {
    one.parts.set(Number(/bytes (\d+)-/.exec(headers['content-range'] ?? '')?.[1] ?? 0), body);
    return { status: 204 };
  }
  if (method !== 'POST' || one === undefined) return nothing;
  entries.commit(id);
  return { status: 204 };
}

interface Call {
  readonly key: string;
  readonly version: string;
  readonly restore_keys?: readonly string[];
}

/** Twirp calls in JSON; the bytes go to a store of blobs, at an address that the service hands out. */
function answerSecond(entries: Entries, { path, body }: Asked, url: string): Answer {
  const { key, version, restore_keys = [] } = JSON.parse(body.toString()) as Call;
  if (path.endsWith('/CreateCacheEntry')) {
    const id = entries.reserve(key, version);
    if (id === undefined) return { status: 409, json: { code: 'already_exists', msg: 'cache entry already exists' } };
    return { status: 200, json: { ok: true, signed_upload_url: `${url}blobs/account/caches/${id}?sig=made` } };
  }
  if (path.endsWith('/FinalizeCacheEntryUpload')) {
    const id = entries.all.findIndex((one) => one.key === key && one.version === version);
    entries.commit(id);
    return { status: 200, json: { ok: id > 0, entry_id: String(id) } };
  }
  if (!path.endsWith('/GetCacheEntryDownloadURL')) return nothing;
  const found = entries.find([key, ...restore_keys], version);
  if (found === undefined) return { status: 200, json: { ok: false } };
  const signed_download_url = `${url}content/${found.id}?sig=made`;
  return { status: 200, json: { ok: true, signed_download_url, matched_key: found.key } };
}

function answerBlob(entries: Entries, { method, path, search, headers, body }: Asked): Answer {
  const id = Number(/\/(\d+)$/.exec(path)?.[1] ?? 'NaN');
  const bytes = entries.content(id);
  if (method === 'GET') return bytes === undefined ? nothing : { status: 200, bytes };
  // Blobs in blocks begin at 128 MiB, which no test has.
  const isWhole = headers['x-ms-blob-type'] === 'BlockBlob' && search.get('comp') === null;
  if (method !== 'PUT' || !isWhole) return nothing;
  entries.all[id]?.parts.set(0, body);
  return { status: 201 };
}

const nothing: Answer = { status: 404, json: { message: 'nothing is here' } };

/** Starts one on loopback. */
export async function startCacheService(): Promise<CacheService> {
  const entries = new Entries();
  const requests: string[] = [];
  let url = '';
  const server = createServer(async (request, response) => {
    const pieces: Buffer[] = [];
    for await (const piece of request) pieces.push(piece as Buffer);
    const { pathname: path, searchParams: search } = new URL(request.url ?? '/', 'http://127.0.0.1');
    const { method = '', headers } = request;
    requests.push(`${method} ${path}`);
    const asked = { method, path, search, headers, body: Buffer.concat(pieces) };
    const { status, json, bytes } = path.startsWith('/_apis/artifactcache/')
      ? answerFirst(entries, asked, url)
      : path.startsWith('/twirp/github.actions.results.api.v1.CacheService/')
        ? answerSecond(entries, asked, url)
        : answerBlob(entries, asked);
    const sent = bytes ?? (json === undefined ? undefined : Buffer.from(JSON.stringify(json)));
    response.writeHead(status, {
      'content-type': json === undefined ? 'application/octet-stream' : 'application/json',
      ...(status === 204 ? {} : { 'content-length': sent?.length ?? 0 }),
    });
    response.end(sent);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the service has no port');
  url = `http://127.0.0.1:${address.port}/`;
  return {
    url,
    requests,
    get keys() {
      return entries.all.filter(({ isCommitted }) => isCommitted).map(({ key }) => key);
    },
    env: (version) => ({
      ACTIONS_RUNTIME_TOKEN: 'token',
      ...(version === 'v1'
        ? { ACTIONS_CACHE_URL: url }
        : { ACTIONS_CACHE_SERVICE_V2: 'true', ACTIONS_RESULTS_URL: url }),
    }),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
