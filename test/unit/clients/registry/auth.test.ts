import { describe, expect, it } from '@jest/globals';
import { parseRepository } from '../../../../src/domain/image-ref.ts';
import { FakeHttp, FakeTokenServer } from '../../../support/fake-http.ts';
import { base, clientWith, descriptorOf, failure, latest, manifestOf, repository, streamOf } from './fixture.ts';

const anna = async () => ({ kind: 'password', username: 'anna', password: 'pä:ss' }) as const;
const annaHeader = `Basic ${Buffer.from('anna:pä:ss').toString('base64')}`;
const pull = 'repository:acme/app:pull';
const push = 'repository:acme/app:pull,push';
const byTag = `${base}/manifests/latest`;
const manifest = manifestOf('one');
const found = { headers: { 'content-type': manifest.mediaType }, body: manifest.bytes };

function guarded(account?: string) {
  const http = new FakeHttp();
  const tokens = new FakeTokenServer().serve(http, account);
  http.on(
    'GET',
    byTag,
    tokens.guard(pull, () => found),
  );
  return { http, tokens };
}

describe('a registry with a token server', () => {
  it('is asked without a token first, and then with one for exactly the scope', async () => {
    const { http, tokens } = guarded();
    expect((await clientWith(http).client.readManifest(repository, latest))?.digest).toBe(manifest.digest);
    expect(http.lines).toEqual([
      `GET ${byTag}`,
      'GET https://auth.example/token?service=registry.example&scope=repository%3Aacme%2Fapp%3Apull',
      `GET ${byTag}`,
    ]);
    expect(tokens.asked).toEqual([{ scopes: [pull], authorization: undefined }]);
    expect(http.requests.map(({ headers }) => headers?.authorization)).toEqual([
      undefined,
      undefined,
      'Bearer token-1',
    ]);
  });

  it('gets one token request for 20 parallel calls', async () => {
    const { http, tokens } = guarded();
    const { client } = clientWith(http);
    const read = await Promise.all(Array.from({ length: 20 }, () => client.readManifest(repository, latest)));
    expect(read.map((one) => one?.digest)).toEqual(Array(20).fill(manifest.digest));
    expect(tokens.asked).toHaveLength(1);
  });

  it('gets one token request for 20 parallel calls when an old token is refused to all of them', async () => {
    const { http, tokens } = guarded();
    const { client } = clientWith(http);
    await client.readManifest(repository, latest);
    tokens.revokeAll();
    await Promise.all(Array.from({ length: 20 }, () => client.readManifest(repository, latest)));
    expect(tokens.asked).toHaveLength(2);
  });

  it('gives the user name and password to the token server only', async () => {
    const { http, tokens } = guarded(annaHeader);
    await clientWith(http, { credentials: anna }).client.readManifest(repository, latest);
    expect(tokens.asked).toEqual([{ scopes: [pull], authorization: annaHeader }]);
    expect(http.to('registry.example/v2').map(({ headers }) => headers?.authorization)).toEqual([
      undefined,
      'Bearer token-1',
    ]);
  });

  it('asks for the right to push when it writes, and keeps both tokens', async () => {
    const { http, tokens } = guarded();
    http.on(
      'PUT',
      byTag,
      tokens.guard(push, () => ({ status: 201 })),
    );
    const { client } = clientWith(http);
    await client.readManifest(repository, latest);
    await client.putManifest(repository, latest, manifest);
    await client.readManifest(repository, latest);
    expect(tokens.asked.map(({ scopes }) => scopes)).toEqual([[pull], [push]]);
  });

  it('keeps tokens of repositories and of hosts apart', async () => {
    const { http, tokens } = guarded();
    const elsewhere = parseRepository('other.example/acme/app', 'test');
    http.on(
      'GET',
      'https://other.example/v2/acme/app/manifests/latest',
      tokens.guard(pull, () => found),
    );
    const { client } = clientWith(http);
    await client.readManifest(repository, latest);
    await client.readManifest(elsewhere, latest);
    expect(tokens.asked).toHaveLength(2);
    expect(http.to('other.example')[0]?.headers?.authorization).toBeUndefined();
  });

  it('asks for what the registry wants beyond what we thought, and remembers it', async () => {
    const http = new FakeHttp();
    const tokens = new FakeTokenServer().serve(http);
    http.on(
      'GET',
      byTag,
      tokens.guard('registry:gate:open', () => found),
    );
    const { client } = clientWith(http);
    await client.readManifest(repository, latest);
    await client.readManifest(repository, latest);
    expect(tokens.asked.map(({ scopes }) => scopes)).toEqual([['registry:gate:open', pull]]);
    expect(http.to('/manifests/')).toHaveLength(3);
  });

  it.each([
    [undefined, 50_000],
    [300, 290_000],
    [4, 2_000],
  ])('keeps a token of %j seconds for %d ms', async (expiresIn, keptMs) => {
    const { http, tokens } = guarded();
    tokens.expiresIn = expiresIn;
    const { client, clock } = clientWith(http);
    await client.readManifest(repository, latest);
    clock.nowMs += keptMs - 1;
    await client.readManifest(repository, latest);
    expect(tokens.asked).toHaveLength(1);
    clock.nowMs += 1;
    await client.readManifest(repository, latest);
    expect(tokens.asked).toHaveLength(2);
    // The second token was asked for in advance, without another refusal.
    expect(http.to('/manifests/')).toHaveLength(4);
  });

  it('is denied when the token server refuses the password, and may be asked again', async () => {
    const { http, tokens } = guarded('Basic other');
    const { client } = clientWith(http, { credentials: anna });
    expect(await failure(client.readManifest(repository, latest))).toMatchObject({
      code: 'registry-denied',
      status: 401,
    });
    await failure(client.readManifest(repository, latest));
    expect(tokens.asked).toHaveLength(2);
  });

  it('is denied when a fresh token does not do either, after one attempt', async () => {
    const { http, tokens } = guarded();
    http.on(
      'HEAD',
      byTag,
      tokens.guard('never', () => ({})),
    );
    tokens.guard('x', () => ({}));
    const challenge = { 'www-authenticate': `Bearer realm="${tokens.realm}"` };
    http.on('PUT', byTag, () => ({ status: 401, headers: challenge }));
    const error = await failure(clientWith(http).client.putManifest(repository, latest, manifest));
    expect(error).toMatchObject({ code: 'registry-denied', status: 401 });
    expect(error.what).toContain('the right to push registry.example/acme/app');
    expect(tokens.asked).toHaveLength(1);
    expect(http.to('/manifests/')).toHaveLength(2);
  });

  it.each(['{}', '{"token":""}', '{"token":"a\\nb"}', '{"token":7}', 'x'])(
    'refuses the token answer %s',
    async (body) => {
      const challenge = { 'www-authenticate': 'Bearer realm="https://auth.example/token"' };
      const http = new FakeHttp()
        .on('GET', byTag, { status: 401, headers: challenge })
        .on('GET', /auth\.example/, { body });
      expect((await failure(clientWith(http).client.readManifest(repository, latest))).code).toBe(
        'registry-answer-invalid',
      );
    },
  );

  it.each(['http://auth.example/t', 'https://u:p@auth.example/t'])('sends nothing to the realm %s', async (realm) => {
    const challenge = { 'www-authenticate': `Bearer realm="${realm}"` };
    const http = new FakeHttp().on('GET', byTag, { status: 401, headers: challenge });
    const { client } = clientWith(http, { credentials: anna });
    expect((await failure(client.readManifest(repository, latest))).code).toBe('registry-address-refused');
    expect(http.requests).toHaveLength(1);
  });

  it('gets an identity token as a form, and never as a password', async () => {
    const challenge = { 'www-authenticate': 'Bearer realm="https://auth.example/token",service="s"' };
    const http = new FakeHttp()
      .on('GET', byTag, { status: 401, headers: challenge }, found)
      .on('POST', 'https://auth.example/token', { body: '{"access_token":"fresh"}' });
    const credentials = async () => ({ kind: 'identity', token: 'secret' }) as const;
    await clientWith(http, { credentials }).client.readManifest(repository, latest);
    const form = new URLSearchParams(Buffer.from(http.requests[1]?.bytes ?? []).toString());
    expect(Object.fromEntries(form)).toMatchObject({
      grant_type: 'refresh_token',
      service: 's',
      scope: pull,
      refresh_token: 'secret',
    });
    expect(http.requests[2]?.headers?.authorization).toBe('Bearer fresh');
  });
});

describe('a registry with basic authentication', () => {
  const challenge = { status: 401, headers: { 'www-authenticate': 'Basic realm="Registry, please"' } };

  it('gets user name and password once it asked, and then at once', async () => {
    const http = new FakeHttp().on('GET', byTag, challenge, found, found);
    const { client } = clientWith(http, { credentials: anna });
    await client.readManifest(repository, latest);
    await client.readManifest(repository, latest);
    expect(http.requests.map(({ headers }) => headers?.authorization)).toEqual([undefined, annaHeader, annaHeader]);
  });

  it('is denied without credentials, and with wrong ones without a third attempt', async () => {
    const anonymous = clientWith(new FakeHttp().on('GET', byTag, challenge));
    expect((await failure(anonymous.client.readManifest(repository, latest))).code).toBe('registry-denied');
    const http = new FakeHttp().on('GET', byTag, challenge, challenge, challenge);
    const { client } = clientWith(http, { credentials: anna });
    expect((await failure(client.readManifest(repository, latest))).code).toBe('registry-denied');
    expect((await failure(client.readManifest(repository, latest))).code).toBe('registry-denied');
    expect(http.requests).toHaveLength(3);
  });

  it('is asked for credentials by the host of the reference', async () => {
    const asked: string[] = [];
    const http = new FakeHttp().on('GET', /registry-1\.docker\.io/, challenge, found);
    const credentials = async (host: string) => {
      asked.push(host);
      return anna();
    };
    await clientWith(http, { credentials }).client.readManifest(parseRepository('alpine', 'test'), latest);
    expect(asked).toEqual(['docker.io']);
  });
});

describe('a redirect', () => {
  const text = 'the layer';
  const blob = descriptorOf(text);
  const byDigest = `${base}/blobs/${blob.digest}`;
  const challenge = { status: 401, headers: { 'www-authenticate': 'Basic realm="r"' } };
  const to = (location: string, status = 307) => ({ status, headers: { location } });

  it.each([301, 302, 307, 308])('%d to another origin loses the authorization', async (status) => {
    const http = new FakeHttp()
      .on('GET', byDigest, challenge, to('https://store.example/blob?sig=1', status))
      .on('GET', 'https://store.example/blob?sig=1', { body: text });
    const { client } = clientWith(http, { credentials: anna });
    expect(await client.readBlob(repository, blob)).toBeDefined();
    expect(http.requests.map(({ headers }) => headers?.authorization)).toEqual([undefined, annaHeader, undefined]);
  });

  it('within the registry keeps the authorization, and one that comes back from outside does not get it again', async () => {
    const http = new FakeHttp()
      .on('GET', byDigest, challenge, to('/inside'))
      .on('GET', 'https://registry.example/inside', to('https://registry.example:444/outside'))
      .on('GET', 'https://registry.example:444/outside', to('https://registry.example/back'))
      .on('GET', 'https://registry.example/back', { body: text });
    await clientWith(http, { credentials: anna }).client.readBlob(repository, blob);
    const sent = http.requests.map(({ url, headers }) => [new URL(url).pathname, headers?.authorization]);
    expect(sent.slice(2)).toEqual([
      ['/inside', annaHeader],
      ['/outside', undefined],
      ['/back', undefined],
    ]);
  });

  it('to a place that asks for credentials gets none', async () => {
    const trap = { status: 401, headers: { 'www-authenticate': 'Bearer realm="https://evil.example/token"' } };
    const http = new FakeHttp()
      .on('GET', byDigest, to('https://evil.example/blob'))
      .on('GET', 'https://evil.example/blob', trap);
    const { client } = clientWith(http, { credentials: anna });
    expect((await failure(client.readBlob(repository, blob))).code).toBe('registry-denied');
    expect(http.requests).toHaveLength(2);
  });

  it('is followed five times', async () => {
    const http = new FakeHttp().on('GET', byDigest, to('/1'));
    for (const hop of [1, 2, 3, 4]) http.on('GET', `https://registry.example/${hop}`, to(`/${hop + 1}`));
    http.on('GET', 'https://registry.example/5', { body: text });
    expect(await clientWith(http).client.readBlob(repository, blob)).toBeDefined();
  });

  it('is not followed for ever', async () => {
    const http = new FakeHttp().on('GET', byDigest, () => to(byDigest));
    expect((await failure(clientWith(http).client.readBlob(repository, blob))).code).toBe('registry-answer-invalid');
    expect(http.requests).toHaveLength(6);
  });

  it.each(['http://store.example/blob', 'https://u:p@store.example/blob'])('to %s is refused', async (location) => {
    const http = new FakeHttp().on('GET', byDigest, to(location));
    expect((await failure(clientWith(http).client.readBlob(repository, blob))).code).toBe('registry-address-refused');
  });

  it('of an upload is not followed', async () => {
    const http = new FakeHttp().on('HEAD', byDigest, { status: 404 }).on('POST', `${base}/blobs/uploads/`, to('/x'));
    const open = async () => streamOf(text);
    expect((await failure(clientWith(http).client.writeBlob(repository, { descriptor: blob, open }))).status).toBe(307);
  });
});
