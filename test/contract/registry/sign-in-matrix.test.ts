import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { Socket } from 'node:net';
import { networkInterfaces } from 'node:os';
import { afterEach, describe, expect, it } from '@jest/globals';
import { createHttp } from '../../../src/adapters/http.ts';
import { createRandom } from '../../../src/adapters/random.ts';
import { createRegistryClient, type RegistryClient } from '../../../src/clients/registry/client.ts';
import { dockerCredentials } from '../../../src/clients/registry/credentials.ts';
import type { Credentials } from '../../../src/clients/registry/login.ts';
import { hostOf, parseRepository, type Repository } from '../../../src/domain/image-ref.ts';
import type { Http, HttpRequest } from '../../../src/ports/http.ts';
import { fakeClock } from '../../support/fake-clock.ts';
import { scriptedExec } from '../../support/fake-exec.ts';
import { FakeHttp } from '../../support/fake-http.ts';
import { failureOf } from '../../support/fault-proxy/faulty-registry.ts';
import { madeBlob, madeImage } from '../../support/made-image.ts';
import { createMemoryFiles } from '../../support/memory-files.ts';
import { collect, tag } from '../../support/registries.ts';

const user = 'ada';
const password = 'Pa55-of-ada/+"ü';
const refreshToken = 'refresh-Tok3n-of-ada';
const issued = 'issued-Tok3n-for-ada';
const cookie = 'session-C00kie';
const basic = `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
/** Every form in which any of it could travel. */
const secrets = [password, encodeURIComponent(password), basic.slice(6), refreshToken, issued, cookie];

const content = madeBlob('application/octet-stream', Buffer.alloc(70_000, 'what a layer holds '));
const { manifest } = madeImage();

const kinds = ['anonymous', 'basic', 'bearer', 'identity'] as const;
type Kind = (typeof kinds)[number];

interface Received {
  readonly origin: string;
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

interface Answer {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array | string;
}

/** Who answers where, and all that was asked of anybody. */
class World {
  readonly received: Received[] = [];
  readonly kind: Kind;
  home = '';
  realm = '';
  /** What the registry says at the request that a case is about. */
  location = '';
  /** Redirects of the other servers, by path. */
  readonly onwards = new Map<string, string>();

  constructor(kind: Kind) {
    this.kind = kind;
  }

  answer(request: Received): Answer {
    this.received.push(request);
    const onwards = this.onwards.get(new URL(request.path, 'http://x').pathname);
    const isGuarded = request.origin === this.home && !/^\/(?:open|token)/.test(request.path);
    if (isGuarded && !this.#isLetIn(request)) {
      return { status: 401, headers: { 'www-authenticate': this.#challenge(), 'set-cookie': cookie } };
    }
    if (request.path.startsWith('/token')) return this.#token(request);
    if (onwards !== undefined) return { status: 307, headers: { location: onwards, 'set-cookie': cookie } };
    return request.origin === this.home && request.path.startsWith('/v2/') ? this.#registry(request) : stored(request);
  }

  /** What came to an origin, below a path. */
  at(origin: string, path = '/'): readonly Received[] {
    return this.received.filter((one) => one.origin === origin && one.path.startsWith(path));
  }

  #isLetIn({ headers }: Received): boolean {
    const wanted = { anonymous: undefined, basic, bearer: `Bearer ${issued}`, identity: `Bearer ${issued}` };
    return headers.authorization === wanted[this.kind];
  }

  #challenge(): string {
    return this.kind === 'basic' ? 'Basic realm="here"' : `Bearer realm="${this.realm}",service="here"`;
  }

  #token({ headers, method, body }: Received): Answer {
    const isKnown = method === 'POST' ? body.includes(refreshToken) : headers.authorization === basic;
    return isKnown ? { body: JSON.stringify({ token: issued, refresh_token: refreshToken }) } : { status: 401 };
  }

  #registry({ method, path }: Received): Answer {
    const away = { status: 307, headers: { location: this.location, 'set-cookie': cookie } };
    if (path.includes('/manifests/') || (method === 'GET' && path.includes('/blobs/sha256:'))) return away;
    if (method === 'HEAD') return { status: 404 };
    if (path.includes('/tags/list') && !path.includes('page=2')) {
      return { headers: { link: `<${this.location}>; rel="next"` }, body: '{"tags":["one"]}' };
    }
    if (path.includes('/tags/list')) return { body: '{"tags":["two"]}' };
    if (path.includes('mount=')) return { status: 202, headers: { location: this.location } };
    if (method === 'POST') return { status: 202, headers: { location: this.location } };
    return stored({ method, path });
  }
}

/** A place that serves and takes content, and asks nobody who they are. */
function stored({ method, path }: Pick<Received, 'method' | 'path'>): Answer {
  if (method === 'DELETE') return { status: 204 };
  if (method !== 'GET') return { status: 201 };
  if (path.includes('tags')) return { body: '{"tags":["two"]}' };
  if (!path.includes('manifest')) return { body: content.bytes };
  return { headers: { 'content-type': manifest.mediaType }, body: manifest.bytes };
}

const closing: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

async function listen(world: World, address: string): Promise<string> {
  const origin = { text: '' };
  const server: Server = createServer((request, response) => {
    void bodyOf(request).then((body) => {
      const headers = Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, `${value}`]));
      const { method = '', url = '' } = request;
      const answer = world.answer({ origin: origin.text, method, path: url, headers, body });
      response.writeHead(answer.status ?? 200, { 'content-length': answer.body?.length ?? 0, ...answer.headers });
      response.end(method === 'HEAD' ? undefined : answer.body);
    });
  });
  await new Promise<void>((resolve, reject) => server.on('error', reject).listen(0, address, resolve));
  const bound = server.address();
  if (bound === null || typeof bound === 'string') throw new Error('the server has no port');
  closing.push(
    () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  );
  origin.text = `http://${address.includes(':') ? `[${address}]` : address}:${bound.port}`;
  return origin.text;
}

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for await (const piece of request) pieces.push(piece as Buffer);
  return Buffer.concat(pieces);
}

/** Names and schemes that no server of this machine can have; what the adapter would send is written down. */
function fakeNetwork(world: World): Http {
  const http = new FakeHttp();
  for (const method of ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'] satisfies HttpRequest['method'][]) {
    http.on(method, /./, ({ url, headers = {}, bytes }) => {
      const { origin, pathname, search } = new URL(url);
      return world.answer({ origin, method, path: pathname + search, headers, body: Buffer.from(bytes) });
    });
  }
  return http;
}

function realNetwork(): Http {
  const http = createHttp(fakeClock(), { cancelled: new AbortController().signal });
  closing.push(async () => http[Symbol.dispose]());
  return http;
}

const logins: Readonly<Record<Kind, Credentials | undefined>> = {
  anonymous: undefined,
  basic: { kind: 'password', username: user, password },
  bearer: { kind: 'password', username: user, password },
  identity: { kind: 'identity', token: refreshToken },
};

interface Visit {
  readonly client: RegistryClient;
  readonly repository: Repository;
}

function visit(world: World, http: Http, plainHttp: (host: string) => boolean = () => false): Visit {
  const { host } = new URL(world.home);
  const credentials = async (asked: string) => (asked === host ? logins[world.kind] : undefined);
  const ports = { http, clock: fakeClock(), random: createRandom() };
  const client = createRegistryClient(ports, { credentials, plainHttp });
  return { client, repository: parseRepository(`${host}/acme/app`, 'test') };
}

const works = {
  'a blob': async ({ client, repository }: Visit): Promise<string> => {
    const bytes = await collect(await client.readBlob(repository, content.descriptor));
    return bytes.equals(content.bytes) ? 'read and right' : 'other bytes';
  },
  'a manifest': async ({ client, repository }: Visit): Promise<string> => {
    const found = await client.readManifest(repository, manifest.digest);
    return Buffer.from(found?.bytes ?? []).equals(manifest.bytes) ? 'read and right' : 'other bytes';
  },
  'an upload': async ({ client, repository }: Visit): Promise<string> => {
    const open = async () => piecesOf(content.bytes);
    return client.writeBlob(repository, { descriptor: content.descriptor, open });
  },
  'a mount': async ({ client, repository }: Visit): Promise<string> => {
    const from = parseRepository(`${hostOf(repository)}/acme/base`, 'test');
    const open = async () => piecesOf(content.bytes);
    return client.writeBlob(repository, { descriptor: content.descriptor, open, mountFrom: [from] });
  },
  'the next page': async ({ client, repository }: Visit): Promise<string> =>
    (await client.listTags(repository)).join(' '),
};
type Work = keyof typeof works;

async function* piecesOf(bytes: Uint8Array): AsyncIterable<Uint8Array> {
  yield bytes;
}

/** No server but those that may know something got any of it, in whatever place of a request. */
function strangersKnowNothing(world: World): void {
  const token = new URL(world.realm).origin;
  for (const { origin, path, headers, body } of world.received) {
    if (origin === world.home || (origin === token && path.startsWith('/token'))) continue;
    const text = `${path}\n${JSON.stringify(headers)}\n${body.toString('latin1')}`;
    expect([origin, Object.keys(headers).filter((name) => /authorization|cookie/i.test(name))]).toEqual([origin, []]);
    expect([origin, secrets.filter((secret) => text.includes(secret))]).toEqual([origin, []]);
  }
}

/** The registry itself gets what it asked for and nothing that is for the token server, and nobody a cookie. */
function homeKnowsItsOwn(world: World): void {
  for (const { path, headers, body } of world.at(world.home)) {
    expect(headers.cookie).toBeUndefined();
    const known = path.startsWith('/token') ? [basic] : [world.kind === 'basic' ? basic : `Bearer ${issued}`];
    expect([undefined, ...known]).toContain(headers.authorization);
    if (!path.startsWith('/token')) expect(body.includes(refreshToken)).toBe(false);
    expect(secrets.filter((secret) => path.includes(secret))).toEqual([]);
  }
  if (world.kind === 'anonymous') {
    expect(world.received.filter(({ headers }) => headers.authorization !== undefined)).toEqual([]);
  }
}

interface Place {
  readonly name: string;
  /** The address that the registry names, and what is behind it. */
  readonly lead: (world: World, other: string) => string;
  readonly ends: 'well' | 'registry-address-refused' | 'registry-answer-invalid';
  /** How many requests reach the other server. */
  readonly others: number;
  /** Whether the way leads to the door of the registry itself. */
  readonly isGuarded?: boolean;
}

const leads: readonly Place[] = [
  { name: 'the same origin', lead: ({ home }, _) => `${home}/guarded/x`, ends: 'well', others: 0, isGuarded: true },
  { name: 'a relative address', lead: () => '/guarded/x?y=1', ends: 'well', others: 0, isGuarded: true },
  { name: 'another origin', lead: (_, other) => `${other}/x?sig=1`, ends: 'well', others: 1 },
  { name: 'another origin without a scheme', lead: (_, other) => `${other.slice(5)}/x`, ends: 'well', others: 1 },
  {
    name: 'a user name in the address',
    lead: (_, other) => `${other.replace('//', '//ada@')}/x`,
    ends: 'registry-address-refused',
    others: 0,
  },
  {
    name: 'a user name and password at home',
    lead: ({ home }) => `${home.replace('//', '//ada:word@')}/x`,
    ends: 'registry-address-refused',
    others: 0,
  },
];

/** Only reads follow redirects, so only these can be led round. */
const rounds: readonly Place[] = [
  {
    name: 'itself without end',
    lead: (world) => {
      world.onwards.set('/guarded/round', '/guarded/round');
      return '/guarded/round';
    },
    ends: 'registry-answer-invalid',
    others: 0,
  },
  {
    name: 'five hops elsewhere',
    lead: (world, other) => chain(world, other, 4),
    ends: 'well',
    others: 5,
  },
  {
    name: 'six hops elsewhere',
    lead: (world, other) => chain(world, other, 5),
    ends: 'registry-answer-invalid',
    others: 5,
  },
  {
    name: 'another origin, which leads back home',
    lead: (world, other) => {
      world.onwards.set('/bounce', `${world.home}/open/x`);
      return `${other}/bounce`;
    },
    ends: 'well',
    others: 1,
  },
];

function chain(world: World, other: string, hops: number): string {
  for (let hop = 0; hop < hops; hop += 1) world.onwards.set(`/hop-${hop}`, `${other}/hop-${hop + 1}`);
  return `${other}/hop-0`;
}

const hasV6 = Object.values(networkInterfaces()).some((all) => all?.some(({ address }) => address === '::1'));
const others = ['127.0.0.1', '127.0.0.2', 'localhost', ...(hasV6 ? ['::1'] : [])];

/** For a manifest the address says what it is, so that the place can answer. */
const marked = (work: Work, location: string): string => {
  const part = { 'a manifest': 'manifest', 'the next page': 'tags' }[work as 'a manifest'];
  return part === undefined ? location : `${location}${location.includes('?') ? '&' : '?'}of=${part}`;
};

async function go(world: World, work: Work, place: Place, sides: { http: Http; other: string }): Promise<string> {
  world.location = marked(work, place.lead(world, sides.other));
  // The chain of a manifest must say at every hop what it is about.
  for (const [from, to] of world.onwards) world.onwards.set(from, marked(work, to));
  const done = works[work](visit(world, sides.http));
  if (place.ends === 'well') return done;
  return (await failureOf(done)).code;
}

const reads: readonly Work[] = ['a blob', 'a manifest'];
const writes: readonly Work[] = ['an upload', 'a mount'];

const reading = kinds.flatMap((kind) =>
  reads.flatMap((work) =>
    [...leads, ...rounds].map((place, index) => ({ kind, work, place, address: others[index % others.length] ?? '' })),
  ),
);
const writing = kinds.flatMap((kind) =>
  writes.flatMap((work) =>
    leads.map((place, index) => ({ kind, work, place, address: others[index % others.length] ?? '' })),
  ),
);

async function realWorld(kind: Kind, address: string): Promise<{ world: World; other: string; http: Http }> {
  const world = new World(kind);
  world.home = await listen(world, '127.0.0.1');
  world.realm = `${world.home}/token`;
  const other = await listen(world, address);
  return { world, other, http: realNetwork() };
}

describe('T20 a sign-in over real sockets', () => {
  it.each(reading)('T20 $kind: $work is led to $place.name ($address)', async ({ kind, work, place, address }) => {
    const { world, other, http } = await realWorld(kind, address);
    expect(await go(world, work, place, { http, other })).toBe(place.ends === 'well' ? 'read and right' : place.ends);
    strangersKnowNothing(world);
    homeKnowsItsOwn(world);
    expect(world.at(other)).toHaveLength(place.others);
    if (place.isGuarded === true) expect(world.at(world.home, '/guarded/x').length).toBeGreaterThan(0);
    // Who was led back by a stranger is a stranger.
    expect(world.at(world.home, '/open').filter(({ headers }) => headers.authorization !== undefined)).toEqual([]);
  });

  it.each(writing)('T20 $kind: $work is led to $place.name ($address)', async ({ kind, work, place, address }) => {
    const { world, other, http } = await realWorld(kind, address);
    expect(await go(world, work, place, { http, other })).toBe(place.ends === 'well' ? 'uploaded' : place.ends);
    strangersKnowNothing(world);
    homeKnowsItsOwn(world);
    const there = place.isGuarded === true ? world.at(world.home, '/guarded/x') : world.at(other);
    if (place.ends !== 'well') expect(world.at(other)).toEqual([]);
    else expect(there.filter(({ body }) => body.equals(content.bytes)).length).toBeGreaterThan(0);
    if (work === 'a mount') expect(world.received.some(({ path }) => path.includes('mount='))).toBe(true);
  });

  const listed = kinds.flatMap((kind) => leads.map((place) => ({ kind, place })));
  it.each(listed)('T20 $kind: the next page is at $place.name', async ({ kind, place }) => {
    const { world, other, http } = await realWorld(kind, '127.0.0.2');
    const isAtHome = place.isGuarded === true;
    const ends = isAtHome || place.ends !== 'well' ? place.ends : 'registry-answer-invalid';
    const found = await go(world, 'the next page', { ...place, ends }, { http, other });
    expect(found).toBe(isAtHome ? 'one two' : ends);
    strangersKnowNothing(world);
    homeKnowsItsOwn(world);
    expect(world.at(other)).toEqual([]);
  });

  const signed = (['basic', 'bearer', 'identity'] as const).map((kind) => ({ kind }));
  it.each(signed)('T20 $kind: the door of another server opens nothing', async ({ kind }) => {
    const { world, other, http } = await realWorld(kind, '127.0.0.2');
    const asked: Received[] = [];
    const answer = world.answer.bind(world);
    world.answer = (request) => {
      if (request.origin !== other) return answer(request);
      asked.push(request);
      const challenge = `Basic realm="give", Bearer realm="${other}/token"`;
      return { status: 401, headers: { 'www-authenticate': challenge } };
    };
    world.location = `${other}/x`;
    expect((await failureOf(works['a blob'](visit(world, http)))).code).toBe('registry-denied');
    expect(asked.map(({ path, headers }) => [path, headers.authorization])).toEqual([['/x', undefined]]);
  });
});

describe('T20 a token server over real sockets', () => {
  const realms = (['bearer', 'identity'] as const).flatMap((kind) => [
    { kind, name: 'at home', realm: (home: string, _: string) => `${home}/token`, isAsked: true },
    {
      kind,
      name: 'on another port of this machine',
      realm: (_: string, other: string) => `${other}/token`,
      isAsked: true,
    },
    { kind, name: 'relative', realm: () => '/token', isAsked: false },
    { kind, name: 'without a scheme', realm: (_: string, other: string) => `${other.slice(5)}/token`, isAsked: false },
    {
      kind,
      name: 'with a user name',
      realm: (_: string, other: string) => `${other.replace('//', '//x@')}/token`,
      isAsked: false,
    },
  ]);
  it.each(realms)('T20 $kind: a realm $name', async ({ kind, realm, isAsked }) => {
    const { world, other, http } = await realWorld(kind, '127.0.0.1');
    const home = realm(world.home, other);
    world.realm = home;
    world.location = '/guarded/x';
    const done = works['a blob'](visit(world, http));
    if (isAsked) {
      expect(await done).toBe('read and right');
      const { origin } = new URL(home);
      const [asked] = world.at(origin, '/token');
      expect(kind === 'bearer' ? asked?.headers.authorization : asked?.body.includes(refreshToken)).toBe(
        kind === 'bearer' ? basic : true,
      );
      // What the token server is shown, the registry is not.
      const shown = world.at(world.home, '/v2/').map(({ headers }) => headers.authorization);
      expect(new Set(shown)).toEqual(new Set([undefined, `Bearer ${issued}`]));
      strangersKnowNothing(world);
      homeKnowsItsOwn(world);
      return;
    }
    expect((await failureOf(done)).code).toBe('registry-address-refused');
    expect(world.at(other)).toEqual([]);
    expect(world.at(world.home, '/token')).toEqual([]);
  });

  it.each(['bearer', 'identity'] as const)('T20 %s: a token server that redirects is not followed', async (kind) => {
    const { world, other, http } = await realWorld(kind, '127.0.0.2');
    const answer = world.answer.bind(world);
    world.answer = (request) => {
      const given = answer(request);
      return request.path.startsWith('/token') ? { status: 307, headers: { location: `${other}/token` } } : given;
    };
    expect((await failureOf(works['a blob'](visit(world, http)))).code).toBe('registry-refused');
    expect(world.at(other)).toEqual([]);
  });
});

const home = 'https://registry.example';

function farWorld(kind: Kind, at = home): { world: World; http: Http } {
  const world = new World(kind);
  world.home = at;
  world.realm = `${at}/token`;
  return { world, http: fakeNetwork(world) };
}

const far = kinds.flatMap((kind) =>
  [...reads, ...writes].flatMap((work) => [
    { kind, work, other: 'https://registry.example:8443', ends: 'well' },
    { kind, work, other: 'https://store.registry.example', ends: 'well' },
    { kind, work, other: 'https://example', ends: 'well' },
    { kind, work, other: 'https://registry.example.evil.test', ends: 'well' },
    { kind, work, other: 'http://registry.example', ends: 'registry-address-refused' },
    { kind, work, other: 'http://registry.example:443', ends: 'registry-address-refused' },
    { kind, work, other: 'http://store.example', ends: 'registry-address-refused' },
    { kind, work, other: 'http://127.0.0.1', ends: 'registry-address-refused' },
  ]),
);

describe('T20 a sign-in at a registry elsewhere', () => {
  it.each(far)('T20 $kind: $work is led to $other', async ({ kind, work, other, ends }) => {
    const { world, http } = farWorld(kind);
    world.location = marked(work, `${other}/x`);
    const done = works[work](visit(world, http));
    if (ends === 'well') expect(['read and right', 'uploaded']).toContain(await done);
    else expect((await failureOf(done)).code).toBe(ends);
    strangersKnowNothing(world);
    homeKnowsItsOwn(world);
    expect(world.at(other).length > 0).toBe(ends === 'well');
  });

  it.each(kinds)('T20 %s: the usual port in the address is the same origin', async (kind) => {
    const { world, http } = farWorld(kind);
    world.location = `${home}:443/guarded/x`;
    expect(await works['a blob'](visit(world, http))).toBe('read and right');
    homeKnowsItsOwn(world);
  });

  it.each(kinds)('T20 %s: a way from plain HTTP to TLS takes nothing along', async (kind) => {
    const { world, http } = farWorld(kind, 'http://lab.example:5000');
    world.location = 'https://lab.example:5000/x';
    expect(await works['a blob'](visit(world, http, (host) => host === 'lab.example:5000'))).toBe('read and right');
    expect(world.at('https://lab.example:5000')).toHaveLength(1);
    strangersKnowNothing(world);
  });

  it.each(['bearer', 'identity'] as const)(
    'T20 %s: a token server elsewhere gets what is for it alone',
    async (kind) => {
      const { world, http } = farWorld(kind);
      world.realm = 'https://auth.example/token';
      world.location = 'https://store.example/x';
      expect(await works['a blob'](visit(world, http))).toBe('read and right');
      expect(world.at('https://auth.example')).toHaveLength(1);
      strangersKnowNothing(world);
      for (const { headers, body } of world.at(home)) {
        expect([undefined, `Bearer ${issued}`]).toContain(headers.authorization);
        expect(body.includes(refreshToken)).toBe(false);
      }
    },
  );
});

describe('T21 a token server that a registry may not name', () => {
  const realms = [
    'http://169.254.169.254/latest/meta-data/',
    'https://169.254.169.254/',
    'http://127.0.0.1:8080/token',
    'https://127.0.0.1/token',
    'https://localhost/token',
    'https://[::1]/token',
    'https://10.0.0.1/token',
    'https://192.168.1.1/token',
    'https://172.16.0.1/token',
    'https://[fd00::1]/token',
    'https://[fe80::1]/token',
    'https://0x7f000001/token',
    'http://auth.example/token',
    'http://registry.example/token',
    'https://ada:h1dden@auth.example/token',
    'ftp://auth.example/token',
    '//auth.example/token',
  ];
  const table = realms.flatMap((realm) => kinds.filter((kind) => kind !== 'basic').map((kind) => ({ realm, kind })));
  it.each(table)('T21 $kind: $realm is refused before anything is sent there', async ({ realm, kind }) => {
    const { world, http } = farWorld(kind);
    world.realm = realm;
    // Without an account a registry may want a token all the same.
    if (kind === 'anonymous') {
      world.answer = (request) => {
        world.received.push(request);
        return { status: 401, headers: { 'www-authenticate': `Bearer realm="${realm}"` } };
      };
    }
    const error = await failureOf(works['a blob'](visit(world, http)));
    expect(error.code).toBe('registry-address-refused');
    expect(error.message).not.toContain('h1dden');
    expect(world.received.map(({ origin, headers }) => [origin, headers.authorization])).toEqual([[home, undefined]]);
  });
});

describe('T22 credentials by the docker configuration', () => {
  const pair = (name: string) => ({ auth: Buffer.from(`${name}:word`).toString('base64') });
  const auths = {
    'https://index.docker.io/v1/': pair('hub'),
    'Upper.Example': pair('upper'),
    'https://scheme.example': pair('scheme'),
    'https://slash.example/': pair('slash'),
    'http://one.example/v1/': pair('v1'),
    'https://two.example/v2/': pair('v2'),
    'path.example/team': pair('path'),
    'port.example:5000': pair('port'),
    'a.io': pair('a'),
    'xn--bcher-kva.example': pair('idn'),
    '[::1]:5000': pair('v6'),
  };
  const find = dockerCredentials({
    exec: scriptedExec([
      {
        program: 'docker-credential-only',
        args: ['get'],
        result: { stdout: '{"Username":"helped","Secret":"word"}' },
      },
    ]),
    files: createMemoryFiles({
      '/d/config.json': JSON.stringify({ auths, credHelpers: { 'helped.example': 'only' } }),
    }),
    env: { DOCKER_CONFIG: '/d' },
  });

  /** What a person writes, where it goes, and as whom. */
  const table: readonly (readonly [string, string, string | undefined])[] = [
    ['busybox', 'https://registry-1.docker.io', 'hub'],
    ['docker.io/library/busybox', 'https://registry-1.docker.io', 'hub'],
    ['index.docker.io/library/busybox', 'https://registry-1.docker.io', 'hub'],
    ['registry-1.docker.io/library/busybox', 'https://registry-1.docker.io', 'hub'],
    ['DOCKER.IO/library/busybox', 'https://registry-1.docker.io', 'hub'],
    ['docker.io:443/library/busybox', 'https://registry-1.docker.io', 'hub'],
    ['docker.io:5000/library/busybox', 'https://docker.io:5000', undefined],
    ['auth.docker.io/library/busybox', 'https://auth.docker.io', undefined],
    ['upper.example/x', 'https://upper.example', 'upper'],
    ['UPPER.example:443/x', 'https://upper.example', 'upper'],
    ['upper.example:444/x', 'https://upper.example:444', undefined],
    ['scheme.example/x', 'https://scheme.example', 'scheme'],
    ['slash.example/x', 'https://slash.example', 'slash'],
    ['one.example/x', 'https://one.example', 'v1'],
    ['two.example/x', 'https://two.example', 'v2'],
    ['path.example/team', 'https://path.example', undefined],
    ['port.example:5000/x', 'https://port.example:5000', 'port'],
    ['port.example/x', 'https://port.example', undefined],
    ['port.example:5001/x', 'https://port.example:5001', undefined],
    ['a.io/x', 'https://a.io', 'a'],
    ['a.io.evil.test/x', 'https://a.io.evil.test', undefined],
    ['sub.a.io/x', 'https://sub.a.io', undefined],
    ['b.io/a.io/x', 'https://b.io', undefined],
    ['xn--bcher-kva.example/x', 'https://xn--bcher-kva.example', 'idn'],
    ['[::1]:5000/x', 'http://[::1]:5000', 'v6'],
    ['[::1]:5001/x', 'http://[::1]:5001', undefined],
    ['helped.example/x', 'https://helped.example', 'helped'],
    ['sub.helped.example/x', 'https://sub.helped.example', undefined],
    ['helped.example:8443/x', 'https://helped.example:8443', undefined],
  ];

  it.each(table)('T22 %s goes to %s as %s', async (text, origin, account) => {
    const asked: [string, string | undefined][] = [];
    const http = new FakeHttp().on('GET', /./, ({ url, headers = {} }) => {
      asked.push([new URL(url).origin, headers.authorization]);
      return headers.authorization === undefined
        ? { status: 401, headers: { 'www-authenticate': 'Basic realm="x"' } }
        : { status: 404 };
    });
    const client = createRegistryClient({ http, clock: fakeClock(), random: createRandom() }, { credentials: find });
    await client.readManifest(parseRepository(text, 'test'), tag('v1')).catch(() => undefined);
    const header = account === undefined ? undefined : `Basic ${Buffer.from(`${account}:word`).toString('base64')}`;
    expect(asked).toEqual(
      account === undefined
        ? [[origin, undefined]]
        : [
            [origin, undefined],
            [origin, header],
          ],
    );
  });

  it.each(['a.io@b.io/x', 'a.io:word@b.io/x', 'https://a.io/x', 'bücher.example/x', 'a.io\\b.io/x', 'a.io%2fb.io/x'])(
    'T22 %s names no registry',
    (text) => {
      expect(() => parseRepository(text, 'test')).toThrow(/invalid/);
    },
  );
});

describe('T23 a registry on another machine', () => {
  const failing = ['CERT_HAS_EXPIRED', 'ERR_SSL_WRONG_VERSION_NUMBER', 'DEPTH_ZERO_SELF_SIGNED_CERT', 'ECONNREFUSED'];
  const table = failing.flatMap((code) => Object.keys(works).map((work) => ({ code, work: work as Work })));
  it.each(table)('T23 is asked over TLS only, also when that fails with $code: $work', async ({ code, work }) => {
    const world = new World('basic');
    world.home = home;
    const http = new FakeHttp();
    for (const method of ['GET', 'HEAD', 'POST'] as const) {
      http.on(method, /./, () => Promise.reject(Object.assign(new Error('no TLS'), { code })));
    }
    await expect(works[work](visit(world, http))).rejects.toThrow('no TLS');
    expect(new Set(http.requests.map(({ url }) => new URL(url).origin))).toEqual(new Set([home]));
    expect(http.requests.filter(({ headers }) => headers?.authorization !== undefined)).toEqual([]);
  });

  it('T23 that answers without TLS gets a greeting of TLS and no word of HTTP, by name and through a proxy', async () => {
    const asked: string[] = [];
    const first: number[] = [];
    const proxy = createServer((request, response) => {
      asked.push(`${request.method} ${request.url}`);
      response.end();
    });
    proxy.on('connect', ({ url = '' }, socket: Socket) => {
      asked.push(`CONNECT ${url}`);
      socket.on('error', () => socket.destroy());
      socket.once('data', (bytes: Buffer) => {
        first.push(bytes[0] ?? 0);
        socket.end('HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n');
      });
      socket.write('HTTP/1.1 200 Connection Established\r\n\r\n');
    });
    await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
    const bound = proxy.address();
    const address = `http://127.0.0.1:${bound !== null && typeof bound === 'object' ? bound.port : 0}`;
    closing.push(async () => {
      delete process.env.http_proxy;
      delete process.env.https_proxy;
      proxy.close();
      proxy.closeAllConnections();
    });
    Object.assign(process.env, { http_proxy: address, https_proxy: address });
    const world = new World('basic');
    world.home = 'https://registry.invalid';
    const error = await failureOf(works['a blob'](visit(world, realNetwork())));
    expect(error.code).toBe('remote-unreachable');
    expect(new Set(asked)).toEqual(new Set(['CONNECT registry.invalid:443']));
    // 22 begins a handshake of TLS.
    expect(new Set(first)).toEqual(new Set([22]));
  });
});
