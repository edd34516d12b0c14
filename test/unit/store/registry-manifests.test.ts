import { describe, expect, it } from '@jest/globals';
import { digestOf, hexOf } from '../../../src/domain/digest.ts';
import { acceptedManifests, mediaTypes } from '../../../src/formats/oci.ts';
import { copyContent } from '../../../src/store/copy.ts';
import { registryHandler } from '../../../src/store/registry/handler.ts';
import { openRegistryFolder } from '../../../src/store/repositories.ts';
import { openStore, type StorePorts } from '../../../src/store/store.ts';
import { madeArtifact, madeBlob, madeImage, madeIndex, madeManifest } from '../../support/made-image.ts';
import { ask, type Handler, push, pushBlob, putManifest } from './registry-client.ts';
import { storePorts } from './store-ports.ts';

function registry(ports: StorePorts = storePorts()): { handle: Handler; ports: StorePorts } {
  return { handle: registryHandler(openRegistryFolder(ports, '/registry')), ports };
}

const image = madeImage({ layers: 2 });
const { digest } = image.manifest;
const index = madeIndex([image, madeImage({ platform: 'linux/arm64' })], { attestation: true });

describe('a manifest', () => {
  it('is given back byte by byte, by tag and by digest, whatever is accepted', async () => {
    const { handle } = registry();
    expect(await push(handle, 'acme/app', index, 'v1')).toMatchObject({
      status: 201,
      headers: {
        location: `/v2/acme/app/manifests/${index.manifest.digest}`,
        'docker-content-digest': index.manifest.digest,
      },
    });
    for (const reference of ['v1', index.manifest.digest]) {
      for (const accept of [...acceptedManifests, 'text/html']) {
        const answer = await ask(handle, `GET /v2/acme/app/manifests/${reference}`, { headers: { accept } });
        expect(answer.bytes).toEqual(Buffer.from(index.manifest.bytes));
        expect(answer.headers).toMatchObject({
          'content-type': mediaTypes.index,
          'content-length': `${index.manifest.bytes.length}`,
          'docker-content-digest': index.manifest.digest,
        });
      }
    }
  });

  it('answers HEAD as GET, without the body', async () => {
    const { handle } = registry();
    await push(handle, 'app', image, 'v1');
    const [head, get] = [await ask(handle, 'HEAD /v2/app/manifests/v1'), await ask(handle, 'GET /v2/app/manifests/v1')];
    expect(head).toMatchObject({ status: 200, headers: get.headers });
    expect(head.bytes).toHaveLength(0);
  });

  it('outlives the server', async () => {
    const { handle, ports } = registry();
    await push(handle, 'app', image, 'v1');
    const { handle: later } = registry(ports);
    expect((await ask(later, 'GET /v2/app/manifests/v1')).bytes).toEqual(Buffer.from(image.manifest.bytes));
  });

  it.each([
    ['GET /v2/app/manifests/v2', 404, 'MANIFEST_UNKNOWN'],
    [`GET /v2/app/manifests/${digestOf('absent')}`, 404, 'MANIFEST_UNKNOWN'],
    ['GET /v2/app/manifests/-v1', 404, 'MANIFEST_UNKNOWN'],
    ['DELETE /v2/app/manifests/v2', 404, 'MANIFEST_UNKNOWN'],
    [`DELETE /v2/app/manifests/${digestOf('absent')}`, 404, 'MANIFEST_UNKNOWN'],
    [`GET /v2/other/manifests/${digest}`, 404, 'NAME_UNKNOWN'],
    ['POST /v2/app/manifests/v1', 405, 'UNSUPPORTED'],
  ])('is not there for %s', async (line, status, code) => {
    const { handle } = registry();
    await push(handle, 'app', image, 'v1');
    expect(await ask(handle, line)).toMatchObject({ status, code });
  });

  it('loses one tag or, by digest, all of them', async () => {
    const { handle } = registry();
    await push(handle, 'app', image, 'v1');
    await putManifest(handle, 'app', image, 'v2');
    await putManifest(handle, 'app', image, 'v3');
    expect((await ask(handle, 'DELETE /v2/app/manifests/v1')).status).toBe(202);
    expect((await ask(handle, 'GET /v2/app/manifests/v1')).status).toBe(404);
    expect((await ask(handle, 'GET /v2/app/manifests/v2')).status).toBe(200);
    expect((await ask(handle, `DELETE /v2/app/manifests/${digest}`)).status).toBe(202);
    expect(JSON.parse(`${(await ask(handle, 'GET /v2/app/tags/list')).bytes}`).tags).toEqual([]);
    for (const reference of ['v2', 'v3', digest]) {
      expect((await ask(handle, `GET /v2/app/manifests/${reference}`)).status).toBe(404);
    }
  });

  it('moves a tag to what is pushed last', async () => {
    const { handle } = registry();
    const other = madeImage({ layers: 3 });
    await push(handle, 'app', image, 'v1');
    await push(handle, 'app', other, 'v1');
    expect((await ask(handle, 'HEAD /v2/app/manifests/v1')).headers).toMatchObject({
      'docker-content-digest': other.manifest.digest,
    });
    expect((await ask(handle, `HEAD /v2/app/manifests/${digest}`)).status).toBe(200);
  });

  it('is taken by its sha512 digest too', async () => {
    const { handle } = registry();
    await push(handle, 'app', image);
    const long = digestOf(image.manifest.bytes, 'sha512');
    expect(await putManifest(handle, 'app', image, long)).toMatchObject({
      status: 201,
      headers: { 'docker-content-digest': long },
    });
    expect((await ask(handle, `GET /v2/app/manifests/${long}`)).bytes).toEqual(Buffer.from(image.manifest.bytes));
  });

  it('is refused under a digest that is not its own', async () => {
    const { handle } = registry();
    await push(handle, 'app', image);
    expect(await putManifest(handle, 'app', image, digestOf('other'))).toMatchObject({
      status: 400,
      code: 'DIGEST_INVALID',
    });
  });

  it('is refused until all that it refers to is in the same repository', async () => {
    const { handle } = registry();
    await push(handle, 'elsewhere', index);
    expect(await putManifest(handle, 'app', image, 'v1')).toMatchObject({ status: 400, code: 'MANIFEST_BLOB_UNKNOWN' });
    expect(await putManifest(handle, 'app', index, 'v1')).toMatchObject({ status: 400, code: 'MANIFEST_BLOB_UNKNOWN' });
    for (const blob of image.blobs.slice(1)) await pushBlob(handle, 'app', blob);
    const refused = await putManifest(handle, 'app', image, 'v1');
    expect(refused.code).toBe('MANIFEST_BLOB_UNKNOWN');
    expect(refused.bytes.toString()).toContain(image.blobs[0]?.descriptor.digest);
    expect((await ask(handle, 'GET /v2/app/manifests/v1')).status).toBe(404);
  });

  it('is refused when it says another size for a blob', async () => {
    const { handle } = registry();
    const config = madeBlob(mediaTypes.config, Buffer.from('{}'));
    const made = madeManifest({ ...config, descriptor: { ...config.descriptor, size: 3 } }, []);
    await pushBlob(handle, 'app', config);
    expect(await putManifest(handle, 'app', made)).toMatchObject({ status: 400, code: 'MANIFEST_BLOB_UNKNOWN' });
  });

  it('may have foreign layers that are not here', async () => {
    const { handle } = registry();
    const config = madeBlob(mediaTypes.config, Buffer.from('{}'));
    const foreign = madeBlob('application/vnd.docker.image.rootfs.foreign.diff.tar.gzip', Buffer.from('theirs'));
    await pushBlob(handle, 'app', config);
    expect(await putManifest(handle, 'app', madeManifest(config, [foreign]))).toMatchObject({ status: 201 });
  });

  it.each([
    ['no JSON', '{', mediaTypes.manifest],
    ['another document', '{}', mediaTypes.manifest],
    ['a type of no manifest', '{}', 'text/plain'],
    ['a type that it contradicts', Buffer.from(image.manifest.bytes).toString(), mediaTypes.dockerManifest],
    ['more layers than are allowed', manyLayers(), mediaTypes.manifest],
  ])('is refused with %s', async (_name, body, contentType) => {
    const { handle } = registry();
    await push(handle, 'app', image);
    expect(
      await ask(handle, 'PUT /v2/app/manifests/v1', { body, headers: { 'content-type': contentType } }),
    ).toMatchObject({
      status: 400,
      code: 'MANIFEST_INVALID',
    });
  });

  it('is refused when it is too large, or its tag is none', async () => {
    const { handle } = registry();
    const body = ' '.repeat(4 * 1024 * 1024 + 1);
    expect(await ask(handle, 'PUT /v2/app/manifests/v1', { body })).toMatchObject({
      status: 413,
      code: 'SIZE_INVALID',
    });
    expect(await putManifest(handle, 'app', image, '-v1')).toMatchObject({ status: 400, code: 'TAG_INVALID' });
  });

  it('is a 500 that says why when its bytes are damaged on disk', async () => {
    const { handle, ports } = registry();
    await push(handle, 'app', image, 'v1');
    await ports.files.write(`/registry/blobs/sha256/${hexOf(digest)}`, ' '.repeat(image.manifest.bytes.length));
    const answer = await ask(handle, 'GET /v2/app/manifests/v1');
    expect(answer).toMatchObject({ status: 500, code: 'UNKNOWN' });
    expect(answer.bytes.toString()).toContain('content-damaged');
  });

  it('keeps every tag that is pushed at the same time', async () => {
    const { handle } = registry();
    await push(handle, 'app', image);
    const tags = Array.from({ length: 20 }, (_, place) => `v${place}`).sort();
    await Promise.all(tags.map((tag) => putManifest(handle, 'app', image, tag)));
    expect(JSON.parse(`${(await ask(handle, 'GET /v2/app/tags/list')).bytes}`)).toEqual({ name: 'app', tags });
  });
});

describe('the referrers', () => {
  const one = madeArtifact('application/vnd.one', 'one', image.descriptor);
  const two = madeArtifact('application/vnd.two', 'two', image.descriptor);
  const listed = (bytes: Buffer): unknown => JSON.parse(bytes.toString()).manifests;
  const entryOf = (made: typeof one, artifactType: string) => ({
    ...made.descriptor,
    artifactType,
    annotations: { made: 'yes' },
  });

  it('are listed with type and annotations, and filtered by type', async () => {
    const { handle } = registry();
    expect((await push(handle, 'app', one)).headers['oci-subject']).toBe(digest);
    await push(handle, 'app', two);
    const all = await ask(handle, `GET /v2/app/referrers/${digest}`);
    const entries = [entryOf(one, 'application/vnd.one'), entryOf(two, 'application/vnd.two')];
    expect(all).toMatchObject({ status: 200, headers: { 'content-type': mediaTypes.index } });
    expect(all.headers).not.toHaveProperty('oci-filters-applied');
    expect(listed(all.bytes)).toEqual(entries.sort((a, b) => (a.digest < b.digest ? -1 : 1)));
    const filtered = await ask(handle, `GET /v2/app/referrers/${digest}?artifactType=application/vnd.two`);
    expect(filtered.headers['oci-filters-applied']).toBe('artifactType');
    expect(listed(filtered.bytes)).toEqual([entryOf(two, 'application/vnd.two')]);
  });

  it('are an empty list for what nobody speaks of, also where there is no repository', async () => {
    const { handle } = registry();
    await push(handle, 'app', image);
    for (const name of ['app', 'nothing']) {
      const answer = await ask(handle, `GET /v2/${name}/referrers/${digest}`);
      expect([answer.status, listed(answer.bytes)]).toEqual([200, []]);
    }
    expect(await ask(handle, 'GET /v2/app/referrers/v1')).toMatchObject({ status: 400, code: 'DIGEST_INVALID' });
  });

  it('lose an artifact that is deleted, and stay in their repository', async () => {
    const { handle } = registry();
    await push(handle, 'app', one);
    await push(handle, 'other', image);
    expect(listed((await ask(handle, `GET /v2/other/referrers/${digest}`)).bytes)).toEqual([]);
    await ask(handle, `DELETE /v2/app/manifests/${one.manifest.digest}`);
    expect(listed((await ask(handle, `GET /v2/app/referrers/${digest}`)).bytes)).toEqual([]);
  });
});

describe('the folder of a registry', () => {
  it('holds each repository as a layout that other tools can read', async () => {
    const { handle, ports } = registry();
    await push(handle, 'acme/team/app', index, 'v1');
    const layout = await openStore(ports, '/registry/repositories/acme/team/app/_layout');
    const [entry] = await layout.entries();
    expect(entry).toMatchObject({
      digest: index.manifest.digest,
      annotations: { 'org.opencontainers.image.ref.name': 'v1' },
    });
    const target = openRegistryFolder(storePorts(), '/other');
    expect(await copyContent(layout, await target.makeRepository('copy'), index.manifest)).toMatchObject({
      manifests: 5,
    });
  });

  it('keeps a repository apart from those below it', async () => {
    const { handle } = registry();
    await push(handle, 'app/tags', image, 'v1');
    expect(await ask(handle, 'GET /v2/app/tags/list')).toMatchObject({ status: 404, code: 'NAME_UNKNOWN' });
    expect((await ask(handle, 'GET /v2/app/tags/tags/list')).status).toBe(200);
  });

  it('takes no name that leads out of it', async () => {
    const folder = openRegistryFolder(storePorts(), '/registry');
    expect(await folder.repository('../registry')).toBeUndefined();
    await expect(folder.makeRepository('../elsewhere')).rejects.toThrow('no repository');
  });
});

function manyLayers(): string {
  const [config, layer] = image.blobs.map((blob) => blob.descriptor);
  return JSON.stringify({ schemaVersion: 2, mediaType: mediaTypes.manifest, config, layers: Array(513).fill(layer) });
}
