import { describe, expect, it } from '@jest/globals';
import { RemoteError } from '../../../../src/domain/errors.ts';
import { parseRepository } from '../../../../src/domain/image-ref.ts';
import { FakeHttp, FakeTokenServer } from '../../../support/fake-http.ts';
import { base, clientWith, descriptorOf, failure, repository, streamOf, textOf } from './fixture.ts';

const text = 'a layer of some bytes';
const blob = descriptorOf(text);
const byDigest = `${base}/blobs/${blob.digest}`;
const uploads = `${base}/blobs/uploads/`;
const digestQuery = `digest=${encodeURIComponent(blob.digest)}`;
const write = { descriptor: blob, open: async () => streamOf('a layer ', 'of some bytes') };
const absent = () => new FakeHttp().on('HEAD', byDigest, { status: 404 });
const session = (location: string) => ({ status: 202, headers: { location } });

describe('readBlob', () => {
  it('gives the content', async () => {
    const { client } = clientWith(new FakeHttp().on('GET', byDigest, { body: text }));
    expect(await textOf(await client.readBlob(repository, blob))).toBe(text);
  });

  it('throws at the end of content that is another', async () => {
    const { client } = clientWith(new FakeHttp().on('GET', byDigest, { body: text.toUpperCase() }));
    expect((await failure(textOf(await client.readBlob(repository, blob)))).code).toBe('content-damaged');
  });

  it('is undefined for a 404 and throws for all else', async () => {
    const { client } = clientWith(new FakeHttp().on('GET', byDigest, { status: 404 }, { status: 500 }));
    expect(await client.readBlob(repository, blob)).toBeUndefined();
    expect((await failure(client.readBlob(repository, blob))).code).toBe('registry-failed');
  });
});

describe('hasBlob', () => {
  it('knows 200, 404 and trouble apart', async () => {
    const { client } = clientWith(new FakeHttp().on('HEAD', byDigest, {}, { status: 404 }, { status: 403 }));
    expect(await client.hasBlob(repository, blob)).toBe(true);
    expect(await client.hasBlob(repository, blob)).toBe(false);
    expect((await failure(client.hasBlob(repository, blob))).code).toBe('registry-denied');
  });
});

describe('writeBlob', () => {
  it('writes nothing that is there', async () => {
    const { http, client } = clientWith(new FakeHttp().on('HEAD', byDigest, {}));
    expect(await client.writeBlob(repository, write)).toBe('present');
    expect(http.requests).toHaveLength(1);
  });

  it.each([
    [
      '/v2/acme/app/blobs/uploads/7?_state=a%2Bb%3D',
      `https://registry.example/v2/acme/app/blobs/uploads/7?_state=a%2Bb%3D&${digestQuery}`,
    ],
    ['https://registry.example/u/7', `https://registry.example/u/7?${digestQuery}`],
    ['7?x', `${uploads}7?x&${digestQuery}`],
  ])('sends everything in one request to the session %s', async (location, target) => {
    const http = absent().on('POST', uploads, session(location)).on('PUT', target, { status: 201 });
    expect(await clientWith(http).client.writeBlob(repository, write)).toBe('uploaded');
    const put = http.requests.at(-1);
    expect(Buffer.from(put?.bytes ?? []).toString()).toBe(text);
    expect(put?.body).toMatchObject({ size: blob.size });
    expect(put?.headers?.['content-type']).toBe('application/octet-stream');
  });

  it('sends no authorization to a session on another origin', async () => {
    const http = absent();
    const tokens = new FakeTokenServer().serve(http);
    http.on(
      'POST',
      uploads,
      tokens.guard('repository:acme/app:pull,push', () => session('https://store.example/u')),
    );
    http.on('PUT', `https://store.example/u?${digestQuery}`, { status: 201 });
    await clientWith(http).client.writeBlob(repository, write);
    expect(http.to('uploads/').at(-1)?.headers?.authorization).toBe('Bearer token-1');
    expect(http.to('store.example')[0]?.headers?.authorization).toBeUndefined();
  });

  it.each([404, 416])('begins once more when the session answers %d', async (status) => {
    const http = new FakeHttp()
      .on('HEAD', byDigest, { status: 404 }, { status: 404 })
      .on('POST', uploads, session('/u/1'), session('/u/2'))
      .on('GET', 'https://registry.example/u/1', { status: 404 })
      .on('PUT', `https://registry.example/u/1?${digestQuery}`, { status })
      .on('PUT', `https://registry.example/u/2?${digestQuery}`, { status: 201 });
    expect(await clientWith(http).client.writeBlob(repository, write)).toBe('uploaded');
    expect(Buffer.from(http.requests.at(-1)?.bytes ?? []).toString()).toBe(text);
  });

  it('gives up after the fourth session', async () => {
    const http = new FakeHttp()
      .on('HEAD', byDigest, () => ({ status: 404 }))
      .on('POST', uploads, () => session('/u'))
      .on('PUT', `https://registry.example/u?${digestQuery}`, () => ({ status: 404 }));
    expect(await failure(clientWith(http).client.writeBlob(repository, write))).toMatchObject({
      status: 404,
      where: expect.stringContaining('(4 tries'),
    });
    expect(http.lines.filter((line) => line.startsWith('PUT'))).toHaveLength(4);
  });

  it('gives up after the third 500, which may stay for good', async () => {
    const http = new FakeHttp()
      .on('HEAD', byDigest, () => ({ status: 404 }))
      .on('POST', uploads, () => session('/u'))
      .on('GET', 'https://registry.example/u', () => ({ status: 404 }))
      .on('PUT', `https://registry.example/u?${digestQuery}`, () => ({ status: 500 }));
    expect((await failure(clientWith(http).client.writeBlob(repository, write))).code).toBe('registry-failed');
    expect(http.lines.filter((line) => line.startsWith('PUT'))).toHaveLength(3);
  });

  it('looks whether the blob is there when the last reply was lost', async () => {
    const http = new FakeHttp()
      .on('HEAD', byDigest, { status: 404 }, { status: 200 })
      .on('POST', uploads, session('/u'))
      .on('PUT', `https://registry.example/u?${digestQuery}`, () => {
        throw new RemoteError({ code: 'remote-unreachable', what: 'broke', state: 'not known', next: 'again' });
      });
    expect(await clientWith(http).client.writeBlob(repository, write)).toBe('uploaded');
  });

  it('waits as long as the registry asks for, and no longer than two minutes', async () => {
    const busy = (after: string) => ({ status: 429, headers: { 'retry-after': after } });
    const once = (after: string) =>
      new FakeHttp()
        .on('HEAD', byDigest, { status: 404 }, { status: 404 })
        .on('POST', uploads, session('/u'), session('/u'))
        .on('GET', 'https://registry.example/u', { status: 404 })
        .on('PUT', `https://registry.example/u?${digestQuery}`, busy(after), { status: 201 });
    expect(await clientWith(once('7')).client.writeBlob(repository, write)).toBe('uploaded');
    const refused = await failure(clientWith(once('121')).client.writeBlob(repository, write));
    expect(refused).toMatchObject({ code: 'registry-busy', next: expect.stringContaining('run again in 3 min') });
  });

  it('refuses another digest in the answer, and a session without an address', async () => {
    const stored = { status: 201, headers: { 'docker-content-digest': descriptorOf('x').digest } };
    const http = absent().on('POST', uploads, session('/u')).on('PUT', /\/u\?/, stored);
    expect((await failure(clientWith(http).client.writeBlob(repository, write))).code).toBe('registry-answer-invalid');
    const lost = absent().on('POST', uploads, { status: 202 });
    expect((await failure(clientWith(lost).client.writeBlob(repository, write))).code).toBe('registry-address-refused');
  });
});

describe('the first question of a write', () => {
  it('is asked with the right to write, lest a new repository cannot be asked', async () => {
    const http = new FakeHttp();
    const tokens = new FakeTokenServer().serve(http);
    http.on(
      'HEAD',
      byDigest,
      tokens.guard('repository:acme/app:pull,push', () => ({}), 'repository:acme/app:pull'),
    );
    expect(await clientWith(http).client.writeBlob(repository, write)).toBe('present');
  });
});

describe('a mount', () => {
  const from = parseRepository('registry.example/acme/base', 'test');
  const second = parseRepository('registry.example/acme/second', 'test');
  const foreign = parseRepository('other.example/acme/foreign', 'test');
  const mount = (name: string) => `${uploads}?mount=${blob.digest}&from=acme%2F${name}`;

  it('with 201 is all there is to do; other hosts are not named', async () => {
    const http = absent().on('POST', mount('base'), { status: 201 });
    const mounting = { ...write, mountFrom: [foreign, repository, from] };
    expect(await clientWith(http).client.writeBlob(repository, mounting)).toBe('mounted');
    expect(http.lines).toEqual([`HEAD ${byDigest}`, `POST ${mount('base')}`]);
  });

  it('with 202 closes that session and goes on to the next repository', async () => {
    const http = absent()
      .on('POST', mount('base'), session('/u/1'))
      .on('DELETE', 'https://registry.example/u/1', { status: 204 })
      .on('POST', mount('second'), { status: 201 });
    expect(await clientWith(http).client.writeBlob(repository, { ...write, mountFrom: [from, second] })).toBe(
      'mounted',
    );
    expect(http.lines).toContain('DELETE https://registry.example/u/1');
  });

  it('with 202 is an upload in that very session', async () => {
    const http = absent()
      .on('POST', mount('base'), session('/u/1'))
      .on('PUT', /\/u\/1\?/, { status: 201 });
    expect(await clientWith(http).client.writeBlob(repository, { ...write, mountFrom: [from] })).toBe('uploaded');
    expect(http.lines.filter((line) => line.startsWith('POST'))).toHaveLength(1);
  });

  it.each([400, 403, 404, 405])('with %d becomes an upload', async (status) => {
    const http = absent()
      .on('POST', mount('base'), { status })
      .on('POST', uploads, session('/u'))
      .on('PUT', /\/u\?/, { status: 201 });
    expect(await clientWith(http).client.writeBlob(repository, { ...write, mountFrom: [from] })).toBe('uploaded');
  });

  it('asks for the right to read the other repository', async () => {
    const http = absent();
    const tokens = new FakeTokenServer().serve(http);
    http.on(
      'POST',
      mount('base'),
      tokens.guard('repository:acme/base:pull', () => ({ status: 201 }), 'repository:acme/app:pull,push'),
    );
    await clientWith(http).client.writeBlob(repository, { ...write, mountFrom: [from] });
    expect(tokens.asked.map(({ scopes }) => scopes)).toEqual([
      ['repository:acme/app:pull,push', 'repository:acme/base:pull'],
    ]);
  });
});

describe('canPush', () => {
  it('opens an upload and takes it back', async () => {
    const http = new FakeHttp()
      .on('POST', uploads, session('/u/1'))
      .on('DELETE', 'https://registry.example/u/1', { status: 204 });
    expect(await clientWith(http).client.canPush(repository)).toBe(true);
    expect(http.requests).toHaveLength(2);
  });

  it('holds even when taking it back fails', async () => {
    const http = new FakeHttp().on('POST', uploads, session('/u/1')).on('DELETE', /u\/1/, { status: 500 });
    expect(await clientWith(http).client.canPush(repository)).toBe(true);
  });

  it.each([401, 403])('is false for %d, and the reason can be had', async (status) => {
    const { client } = clientWith(new FakeHttp().on('POST', uploads, { status }, { status }));
    expect(await client.canPush(repository)).toBe(false);
    expect((await failure(client.requirePush(repository))).what).toContain('the right to push');
  });

  it.each([404, 429, 500])('is unknown for %d, which throws', async (status) => {
    const { client } = clientWith(new FakeHttp().on('POST', uploads, { status }));
    expect((await failure(client.canPush(repository))).status).toBe(status);
  });
});

describe('requirePush with a blob that is there', () => {
  const itself = `${uploads}?mount=${blob.digest}&from=acme%2Fapp`;

  it('asks for that blob where it is, and has nothing to take back', async () => {
    const { http, client } = clientWith(new FakeHttp().on('POST', itself, { status: 201 }));
    await client.requirePush(repository, blob.digest);
    expect(http.requests).toHaveLength(1);
  });

  it('takes back the upload that a registry opens in its place', async () => {
    const http = new FakeHttp().on('POST', itself, session('/u/1')).on('DELETE', /u\/1$/, { status: 204 });
    await clientWith(http).client.requirePush(repository, blob.digest);
    expect(http.requests.map(({ method }) => method)).toEqual(['POST', 'DELETE']);
  });

  it.each([202, 400, 404, 405, 500])('begins an upload after all where a mount is answered with %d', async (status) => {
    const http = new FakeHttp()
      .on('POST', itself, { status })
      .on('POST', uploads, session('/u/1'))
      .on('DELETE', /u\/1$/, { status: 204 });
    await clientWith(http).client.requirePush(repository, blob.digest);
    expect(http.requests.map(({ method }) => method)).toEqual(['POST', 'POST', 'DELETE']);
  });

  it.each([401, 403])('tells of the right that lacks when both are denied with %d', async (status) => {
    const http = new FakeHttp().on('POST', itself, { status }).on('POST', uploads, { status });
    const error = await failure(clientWith(http).client.requirePush(repository, blob.digest));
    expect(error).toMatchObject({ code: 'registry-denied', what: expect.stringContaining('the right to push') });
  });
});
