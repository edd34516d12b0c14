import { describe, expect, it } from '@jest/globals';
import { digestOf } from '../../../../src/domain/digest.ts';
import { parseRepository } from '../../../../src/domain/image-ref.ts';
import { FakeHttp } from '../../../support/fake-http.ts';
import { base, clientWith, failure, indexType, latest, manifestOf, manifestType, repository } from './fixture.ts';

const manifest = manifestOf('one');
const other = manifestOf('two');
const byTag = `${base}/manifests/latest`;
const byDigest = `${base}/manifests/${manifest.digest}`;
const headers = {
  'content-type': manifestType,
  'docker-content-digest': manifest.digest,
  'content-length': String(manifest.bytes.length),
};

describe('resolve', () => {
  it('answers what the headers say, and names all four types as welcome', async () => {
    const { http, client } = clientWith(new FakeHttp().on('HEAD', byTag, { headers }));
    const size = manifest.bytes.length;
    expect(await client.resolve(repository, latest)).toEqual({
      digest: manifest.digest,
      mediaType: manifestType,
      size,
    });
    expect(http.requests[0]?.headers?.accept?.split(', ').sort()).toEqual([
      'application/vnd.docker.distribution.manifest.list.v2+json',
      'application/vnd.docker.distribution.manifest.v2+json',
      indexType,
      manifestType,
    ]);
    expect(http.requests[0]?.retry).toMatchObject({ attempts: 6, doubtful: { 500: 3 }, budgetMs: 300_000 });
  });

  it('takes only a 404 for absent', async () => {
    const { client } = clientWith(new FakeHttp().on('HEAD', byTag, { status: 404 }));
    expect(await client.resolve(repository, latest)).toBeUndefined();
  });

  it.each([
    [401, 'registry-denied'],
    [403, 'registry-denied'],
    [400, 'registry-refused'],
    [429, 'registry-busy'],
    [500, 'registry-failed'],
    [503, 'registry-failed'],
  ])('makes of %d the error %s', async (status, code) => {
    const { client } = clientWith(new FakeHttp().on('HEAD', byTag, { status }));
    expect(await failure(client.resolve(repository, latest))).toMatchObject({
      code,
      status,
      where: `HEAD ${repository}:latest (1 try)`,
    });
  });

  it.each(['docker-content-digest', 'content-type', 'content-length'])(
    'reads and hashes when %s is missing',
    async (name) => {
      const some = Object.fromEntries(Object.entries(headers).filter(([key]) => key !== name));
      const http = new FakeHttp().on('HEAD', byTag, { headers: some }).on('GET', byTag, { body: manifest.bytes });
      const { digest, bytes, mediaType } = manifest;
      expect(await clientWith(http).client.resolve(repository, latest)).toEqual({
        digest,
        mediaType,
        size: bytes.length,
      });
    },
  );

  it('refuses a digest other than the one asked for', async () => {
    const http = new FakeHttp().on('HEAD', `${base}/manifests/${other.digest}`, { headers });
    const { code, what } = await failure(clientWith(http).client.resolve(repository, other.digest));
    expect(code).toBe('content-damaged');
    expect(what).toContain(manifest.digest);
  });

  it('asks Docker Hub at its own address', async () => {
    const http = new FakeHttp().on('HEAD', 'https://registry-1.docker.io/v2/library/alpine/manifests/latest', {
      status: 404,
    });
    expect(await clientWith(http).client.resolve(parseRepository('alpine', 'test'), latest)).toBeUndefined();
  });
});

describe('readManifest', () => {
  it('gives the bytes as they are', async () => {
    const http = new FakeHttp().on('GET', byDigest, { headers, body: manifest.bytes });
    const read = await clientWith(http).client.readManifest(repository, manifest.digest);
    expect(read).toMatchObject({ mediaType: manifestType, digest: manifest.digest });
    expect(Buffer.from(read?.bytes ?? []).equals(manifest.bytes)).toBe(true);
  });

  it('refuses bytes that are not those of the digest, whatever the header says', async () => {
    const http = new FakeHttp().on('GET', byDigest, { headers, body: other.bytes });
    expect((await failure(clientWith(http).client.readManifest(repository, manifest.digest))).code).toBe(
      'content-damaged',
    );
  });

  it('refuses bytes under a tag that are not those of the header', async () => {
    const http = new FakeHttp().on('GET', byTag, { headers, body: other.bytes });
    expect((await failure(clientWith(http).client.readManifest(repository, latest))).code).toBe('content-damaged');
  });

  it('compares a sha512 with bytes of sha512', async () => {
    const digest = digestOf(manifest.bytes, 'sha512');
    const http = new FakeHttp().on('GET', `${base}/manifests/${digest}`, { headers, body: manifest.bytes });
    expect((await clientWith(http).client.readManifest(repository, digest))?.digest).toBe(digest);
  });

  it('is undefined for a 404', async () => {
    const http = new FakeHttp().on('GET', byTag, { status: 404, body: '{}' });
    expect(await clientWith(http).client.readManifest(repository, latest)).toBeUndefined();
  });

  it('refuses more than 4 MiB', async () => {
    const http = new FakeHttp().on('GET', byTag, { body: new Uint8Array(4 * 1024 * 1024 + 1) });
    expect((await failure(clientWith(http).client.readManifest(repository, latest))).code).toBe('answer-too-large');
  });

  it('refuses a manifest that is an index by its header only', async () => {
    const http = new FakeHttp().on('GET', byTag, { headers: { 'content-type': indexType }, body: manifest.bytes });
    expect((await failure(clientWith(http).client.readManifest(repository, latest))).code).toBe(
      'registry-answer-invalid',
    );
  });

  it('refuses what is not JSON', async () => {
    const http = new FakeHttp().on('GET', byTag, { headers: { 'content-type': 'text/html' }, body: '<html>' });
    expect((await failure(clientWith(http).client.readManifest(repository, latest))).code).toBe(
      'registry-answer-invalid',
    );
  });

  it('follows a redirect', async () => {
    const http = new FakeHttp()
      .on('GET', byTag, { status: 307, headers: { location: '/elsewhere' } })
      .on('GET', 'https://registry.example/elsewhere', { headers, body: manifest.bytes });
    expect((await clientWith(http).client.readManifest(repository, latest))?.digest).toBe(manifest.digest);
  });
});

describe('putManifest', () => {
  it('sends the very same bytes with their type', async () => {
    const { http, client } = clientWith(new FakeHttp().on('PUT', byTag, { status: 201, headers }));
    expect(await client.putManifest(repository, latest, manifest)).toEqual({ subject: undefined });
    expect(http.requests[0]?.bytes).toBe(manifest.bytes);
    expect(http.requests[0]?.headers).toEqual({ 'content-type': manifestType });
    expect(http.requests[0]?.retry?.attempts).toBe(6);
  });

  it('refuses another digest in the answer', async () => {
    const changed = { 'docker-content-digest': other.digest };
    const { client } = clientWith(new FakeHttp().on('PUT', byTag, { status: 201, headers: changed }));
    const error = await failure(client.putManifest(repository, latest, manifest));
    expect(error.code).toBe('registry-changed-manifest');
  });

  it('sends nothing when the bytes are not those of the digest', async () => {
    const { http, client } = clientWith();
    const wrong = { ...manifest, bytes: other.bytes };
    expect((await failure(client.putManifest(repository, latest, wrong))).code).toBe('content-damaged');
    expect(http.requests).toEqual([]);
  });

  it('names the registry, the repository and the right that is missing', async () => {
    const body = '{"errors":[{"code":"DENIED","message":"no write\\u001b[31m\\u202e\\n::add-mask::x"}]}';
    const { client } = clientWith(new FakeHttp().on('PUT', byTag, { status: 403, body }));
    const error = await failure(client.putManifest(repository, latest, manifest));
    expect(error).toMatchObject({ code: 'registry-denied', status: 403, where: `PUT ${repository}:latest (1 try)` });
    expect(error.what).toMatch(
      /^registry\.example denies a visitor without a login the right to push registry\.example\/acme\/app .*DENIED: no write/,
    );
    expect(error.what).not.toMatch(/\p{C}|\\[nu]/u);
    expect(error.next).toContain('log in to registry.example');
  });

  it('says what a registry said to a bad request, cut short', async () => {
    const body = JSON.stringify({ errors: [{ code: 'MANIFEST_INVALID', message: 'x'.repeat(5000) }] });
    const { client } = clientWith(new FakeHttp().on('PUT', byTag, { status: 400, body }));
    const error = await failure(client.putManifest(repository, latest, manifest));
    expect(error.code).toBe('registry-refused');
    expect(error.what).toContain('MANIFEST_INVALID: xxx');
    expect(error.what.length).toBeLessThan(500);
  });

  it('lets the error of a host that cannot be reached through', async () => {
    const unreachable = new Error('host-unreachable');
    const http = new FakeHttp().on('PUT', byTag, () => Promise.reject(unreachable));
    await expect(clientWith(http).client.putManifest(repository, latest, manifest)).rejects.toBe(unreachable);
  });
});
