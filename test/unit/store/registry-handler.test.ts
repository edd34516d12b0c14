import { describe, expect, it } from '@jest/globals';
import type { ServedLine } from '../../../src/store/registry/answers.ts';
import { registryHandler } from '../../../src/store/registry/handler.ts';
import { storeHandler } from '../../../src/store/registry/store-handler.ts';
import { openRegistryFolder } from '../../../src/store/repositories.ts';
import { createStore } from '../../../src/store/store.ts';
import { madeImage, madeIndex, writeMade } from '../../support/made-image.ts';
import { ask, type Handler, push, putManifest } from './registry-client.ts';
import { storePorts } from './store-ports.ts';

const image = madeImage();
const index = madeIndex([image]);
const [config] = image.blobs;
const blobDigest = config?.descriptor.digest ?? '';

function registry(lines: ServedLine[] = []): Handler {
  const folder = openRegistryFolder(storePorts(), '/registry');
  return registryHandler(folder, { onRequest: (line) => void lines.push(line) });
}

describe('a registry', () => {
  it('says that it is one', async () => {
    for (const path of ['/v2/', '/v2']) {
      expect(await ask(registry(), `GET ${path}`)).toMatchObject({
        status: 200,
        headers: { 'docker-distribution-api-version': 'registry/2.0' },
      });
    }
  });

  it.each([
    ['GET /', 404, 'UNSUPPORTED'],
    ['GET /v1/app', 404, 'UNSUPPORTED'],
    ['GET /v2/app/unknown/words', 404, 'UNSUPPORTED'],
    ['GET /v2/%E0%A4%A/tags/list', 404, 'UNSUPPORTED'],
    ['GET /v2/../../etc/tags/list', 400, 'NAME_INVALID'],
    ['GET /v2/%2e%2e%2fetc/tags/list', 400, 'NAME_INVALID'],
    ['GET /v2/_layout/tags/list', 400, 'NAME_INVALID'],
    ['GET /v2/App/tags/list', 400, 'NAME_INVALID'],
    ['GET /v2/tags/list', 400, 'NAME_INVALID'],
    ['POST /v2/../x/blobs/uploads/', 400, 'NAME_INVALID'],
    ['PUT /v2/a//b/manifests/v1', 400, 'NAME_INVALID'],
    ['GET /v2/nothing/tags/list', 404, 'NAME_UNKNOWN'],
    [`GET /v2/nothing/blobs/${blobDigest}`, 404, 'NAME_UNKNOWN'],
    ['GET /v2/app/blobs/sha256:..', 400, 'DIGEST_INVALID'],
    ['POST /v2/', 405, 'UNSUPPORTED'],
    ['POST /v2/app/tags/list', 405, 'UNSUPPORTED'],
    ['DELETE /v2/app/tags/list', 405, 'UNSUPPORTED'],
    [`PUT /v2/app/blobs/${blobDigest}`, 405, 'UNSUPPORTED'],
    [`DELETE /v2/app/referrers/${blobDigest}`, 405, 'UNSUPPORTED'],
    ['GET /v2/app/blobs/uploads/', 405, 'UNSUPPORTED'],
  ])('answers %s with %d and %s', async (line, status, code) => {
    const handle = registry();
    await push(handle, 'app', image);
    const answer = await ask(handle, line);
    expect(answer).toMatchObject({ status, code, headers: { 'content-type': 'application/json' } });
    if (status === 405) expect(answer.headers.allow).toBeDefined();
  });

  it('reads a digest whose colon is encoded', async () => {
    const handle = registry();
    await push(handle, 'app', image);
    expect((await ask(handle, `HEAD /v2/app/blobs/${blobDigest.replace(':', '%3A')}`)).status).toBe(200);
  });

  it('says of every request what was asked and how it ended', async () => {
    const lines: ServedLine[] = [];
    const handle = registry(lines);
    await ask(handle, 'GET /v2/');
    await ask(handle, 'HEAD /v2/nothing/manifests/v1');
    expect(lines).toEqual([
      { method: 'GET', path: '/v2/', status: 200 },
      { method: 'HEAD', path: '/v2/nothing/manifests/v1', status: 404 },
    ]);
  });

  it('throws on what is a bug, so that nobody takes it for an answer', async () => {
    const ports = storePorts();
    const broken = { ...ports, files: { ...ports.files, facts: () => Promise.reject(new TypeError('a bug')) } };
    const handle = registryHandler(openRegistryFolder(broken, '/registry'));
    await expect(ask(handle, 'GET /v2/app/tags/list')).rejects.toThrow('a bug');
  });
});

describe('the list of tags', () => {
  async function tagged(): Promise<Handler> {
    const handle = registry();
    await push(handle, 'app', image, 'c');
    for (const tag of ['a', 'B', 'b']) await putManifest(handle, 'app', image, tag);
    return handle;
  }

  it('is in order', async () => {
    const answer = await ask(await tagged(), 'GET /v2/app/tags/list');
    expect(JSON.parse(`${answer.bytes}`)).toEqual({ name: 'app', tags: ['B', 'a', 'b', 'c'] });
    expect(answer.headers).not.toHaveProperty('link');
  });

  it('comes in pages, and each names the next one', async () => {
    const handle = await tagged();
    const seen: string[] = [];
    let path: string | undefined = '/v2/app/tags/list?n=3';
    for (let page = 0; path !== undefined && page < 5; page += 1) {
      const answer = await ask(handle, `GET ${path}`);
      seen.push(JSON.parse(`${answer.bytes}`).tags.join());
      path = /^<([^>]+)>; rel="next"$/.exec(answer.headers.link ?? '')?.[1];
    }
    expect(seen).toEqual(['B,a,b', 'c']);
  });

  it.each([
    ['n=0', []],
    ['last=a', ['b', 'c']],
    ['n=1&last=a', ['b']],
    ['n=9', ['B', 'a', 'b', 'c']],
  ])('gives for %s what was asked', async (query, tags) => {
    expect(JSON.parse(`${(await ask(await tagged(), `GET /v2/app/tags/list?${query}`)).bytes}`).tags).toEqual(tags);
  });

  it('refuses a number that is none', async () => {
    expect(await ask(await tagged(), 'GET /v2/app/tags/list?n=-1')).toMatchObject({
      status: 400,
      code: 'PAGINATION_NUMBER_INVALID',
    });
  });
});

describe('a store that is served', () => {
  async function served() {
    const ports = storePorts();
    const store = await createStore(ports, '/store', { name: 'the store' });
    await writeMade(store, index);
    await store.addEntry(index.descriptor, 'v1');
    return { ports, handle: storeHandler(store, 'acme/app') };
  }

  it('gives manifests and blobs by digest', async () => {
    const { handle } = await served();
    const manifest = await ask(handle, `GET /v2/acme/app/manifests/${image.manifest.digest}`);
    expect(manifest.bytes).toEqual(Buffer.from(image.manifest.bytes));
    expect(manifest.headers).toMatchObject({
      'content-type': image.manifest.mediaType,
      'docker-content-digest': image.manifest.digest,
    });
    expect((await ask(handle, `GET /v2/acme/app/blobs/${blobDigest}`)).bytes).toEqual(Buffer.from(config?.bytes ?? []));
    expect((await ask(handle, `HEAD /v2/acme/app/blobs/${blobDigest}`)).bytes).toHaveLength(0);
    expect((await ask(handle, 'GET /v2/')).status).toBe(200);
  });

  it.each([
    ['GET /v2/acme/app/manifests/v1', 404, 'MANIFEST_UNKNOWN'],
    [`GET /v2/acme/other/manifests/${image.manifest.digest}`, 404, 'NAME_UNKNOWN'],
    [`GET /v2/acme/other/blobs/${blobDigest}`, 404, 'NAME_UNKNOWN'],
    ['GET /v2/acme/app/blobs/nothing', 400, 'DIGEST_INVALID'],
    ['GET /v2/acme/app/tags/list', 404, 'UNSUPPORTED'],
    [`PUT /v2/acme/app/manifests/${image.manifest.digest}`, 405, 'UNSUPPORTED'],
    [`DELETE /v2/acme/app/blobs/${blobDigest}`, 405, 'UNSUPPORTED'],
    ['POST /v2/acme/app/blobs/uploads/', 405, 'UNSUPPORTED'],
  ])('answers %s with %d and %s', async (line, status, code) => {
    const { handle } = await served();
    expect(await ask(handle, line)).toMatchObject({ status, code });
  });

  it('gives nothing that is damaged', async () => {
    const { handle, ports } = await served();
    const path = `/store/blobs/${image.manifest.digest.replace(':', '/')}`;
    await ports.files.write(path, ' '.repeat(image.manifest.bytes.length));
    expect((await ask(handle, `GET /v2/acme/app/manifests/${image.manifest.digest}`)).status).toBe(500);
    await ports.files.write(`/store/blobs/${blobDigest.replace(':', '/')}`, 'x');
    await expect(ask(handle, `GET /v2/acme/app/blobs/${blobDigest}`)).rejects.toMatchObject({
      code: 'content-damaged',
    });
  });
});
