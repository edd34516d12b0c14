import { describe, expect, it } from '@jest/globals';
import { repositoryContent } from '../../../../src/clients/registry/repository-content.ts';
import { parseRepository } from '../../../../src/domain/image-ref.ts';
import { FakeHttp, FakeTokenServer } from '../../../support/fake-http.ts';
import { base, clientWith, descriptorOf, manifestOf, repository, streamOf, textOf } from './fixture.ts';

const manifest = manifestOf('one');
const blob = descriptorOf('bytes');
const byDigest = `${base}/manifests/${manifest.digest}`;
const headers = {
  'content-type': manifest.mediaType,
  'docker-content-digest': manifest.digest,
  'content-length': String(manifest.bytes.length),
};

describe('a repository as content', () => {
  it('is named like the repository and reads by digest', async () => {
    const http = new FakeHttp()
      .on('GET', byDigest, { headers, body: manifest.bytes })
      .on('GET', `${base}/blobs/${blob.digest}`, { body: 'bytes' });
    const content = repositoryContent(clientWith(http).client, repository);
    expect(content.name).toBe('registry.example/acme/app');
    expect((await content.readManifest(manifest.digest))?.digest).toBe(manifest.digest);
    expect(await textOf(await content.readBlob(blob))).toBe('bytes');
  });

  it('writes a manifest by its digest', async () => {
    const http = new FakeHttp().on('PUT', byDigest, { status: 201 });
    await repositoryContent(clientWith(http).client, repository).writeManifest(manifest);
    expect(http.lines).toEqual([`PUT ${byDigest}`]);
  });

  it('tells how far the upload of a blob has come', async () => {
    const http = new FakeHttp()
      .on('HEAD', /blobs/, { status: 404 })
      .on('POST', /uploads/, { status: 202, headers: { location: '/u' } })
      .on('PUT', /\/u\?/, { status: 201 });
    const heard: unknown[] = [];
    const onProgress = (progress: unknown) => void heard.push(progress);
    const content = repositoryContent(clientWith(http).client, repository, { onProgress });
    expect(await content.writeBlob(blob, async () => streamOf('by', 'tes'))).toBe('written');
    const { digest, size } = blob;
    expect(heard).toEqual([
      { digest, size, bytes: 2 },
      { digest, size, bytes: 5 },
    ]);
  });

  it('mounts from where it was told', async () => {
    const http = new FakeHttp().on('HEAD', /blobs/, { status: 404 }).on('POST', /from=acme%2Fbase$/, { status: 201 });
    const mountFrom = [parseRepository('registry.example/acme/base', 'test')];
    const content = repositoryContent(clientWith(http).client, repository, { mountFrom });
    await content.writeBlob(blob, async () => streamOf('bytes'));
    expect(http.requests).toHaveLength(2);
  });

  it('asks what is there with the right to write, lest a new repository cannot be asked', async () => {
    const http = new FakeHttp();
    const tokens = new FakeTokenServer().serve(http);
    http.on(
      'HEAD',
      /./,
      tokens.guard('repository:acme/app:pull,push', () => ({ status: 404 }), 'repository:acme/app:pull'),
    );
    const content = repositoryContent(clientWith(http).client, repository);
    expect(await content.hasManifest(manifest.digest)).toBe(false);
    expect(await content.hasBlob(blob)).toBe(false);
    expect(tokens.asked.map(({ scopes }) => scopes)).toEqual([['repository:acme/app:pull,push']]);
    expect(http.to('/v2/')).toHaveLength(3);
  });
});
