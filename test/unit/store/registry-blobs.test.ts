import { describe, expect, it } from '@jest/globals';
import { digestOf, hexOf } from '../../../src/domain/digest.ts';
import { registryHandler } from '../../../src/store/registry/handler.ts';
import type { RegistryFolder } from '../../../src/store/repositories.ts';
import { openRegistryFolder } from '../../../src/store/repositories.ts';
import type { StorePorts } from '../../../src/store/store.ts';
import { madeBlob } from '../../support/made-image.ts';
import { ask, type Handler, pushBlob } from './registry-client.ts';
import { pause, storePorts } from './store-ports.ts';

const text = 'the content of a blob';
const blob = madeBlob('text/plain', Buffer.from(text));
const { digest } = blob.descriptor;

function registry(ports: StorePorts = storePorts()): { handle: Handler; ports: StorePorts; folder: RegistryFolder } {
  const folder = openRegistryFolder(ports, '/registry');
  return { handle: registryHandler(folder), ports, folder };
}

async function startUpload(handle: Handler, name = 'app'): Promise<string> {
  const { headers } = await ask(handle, `POST /v2/${name}/blobs/uploads/`);
  return headers.location ?? '';
}

describe('an upload', () => {
  it('takes a whole blob in one request', async () => {
    const { handle } = registry();
    expect(await pushBlob(handle, 'acme/app', blob)).toMatchObject({
      status: 201,
      headers: { location: `/v2/acme/app/blobs/${digest}`, 'docker-content-digest': digest },
    });
    expect((await ask(handle, `GET /v2/acme/app/blobs/${digest}`)).bytes.toString()).toBe(text);
  });

  it('takes a blob in a POST and a PUT', async () => {
    const { handle } = registry();
    const place = await startUpload(handle);
    expect(await ask(handle, `PUT ${place}?digest=${digest}`, { body: text })).toMatchObject({ status: 201 });
    expect((await ask(handle, `GET /v2/app/blobs/${digest}`)).bytes.toString()).toBe(text);
  });

  it('takes a blob in chunks, tells how far it is, and lives on when the server begins anew', async () => {
    const { handle, ports } = registry();
    const place = await startUpload(handle);
    const first = { headers: { 'content-range': '0-3', 'content-length': '4' }, body: text.slice(0, 4) };
    expect(await ask(handle, `PATCH ${place}`, first)).toMatchObject({
      status: 202,
      headers: { location: place, range: '0-3' },
    });
    const { handle: later } = registry(ports);
    expect(await ask(later, `GET ${place}`)).toMatchObject({ status: 204, headers: { range: '0-3', location: place } });
    const second = { headers: { 'content-range': `4-${text.length - 1}` }, body: text.slice(4) };
    expect(await ask(later, `PATCH ${place}`, second)).toMatchObject({ headers: { range: `0-${text.length - 1}` } });
    expect(await ask(later, `PUT ${place}?digest=${digest}`)).toMatchObject({ status: 201 });
    expect(await ask(later, `HEAD /v2/app/blobs/${digest}`)).toMatchObject({
      status: 200,
      headers: { 'content-length': `${text.length}` },
    });
  });

  it.each(['2-5', '0-3', '9-12', 'four to six', '4-2'])(
    'refuses the chunk %s when four bytes are there',
    async (range) => {
      const { handle } = registry();
      const place = await startUpload(handle);
      await ask(handle, `PATCH ${place}`, { body: text.slice(0, 4) });
      for (const line of [`PATCH ${place}`, `PUT ${place}?digest=${digest}`]) {
        expect(await ask(handle, line, { headers: { 'content-range': range }, body: 'more' })).toMatchObject({
          status: 416,
          headers: { range: '0-3' },
        });
      }
      expect(await ask(handle, `PUT ${place}?digest=${digest}`, { body: text.slice(4) })).toMatchObject({
        status: 201,
      });
    },
  );

  it('refuses a chunk whose length is not that of its range', async () => {
    const { handle } = registry();
    const headers = { 'content-range': '0-3', 'content-length': '5' };
    expect(await ask(handle, `PATCH ${await startUpload(handle)}`, { headers, body: 'abcde' })).toMatchObject({
      status: 400,
      code: 'SIZE_INVALID',
    });
  });

  it('refuses a second request that sends while the first still does', async () => {
    const { handle } = registry();
    const place = await startUpload(handle);
    let end = (): void => undefined;
    const waiting = new Promise<void>((done) => {
      end = done;
    });
    const slow = async function* () {
      await waiting;
      yield Buffer.from(text);
    };
    const first = handle({ method: 'PATCH', path: place, query: new URLSearchParams(), headers: {}, body: slow() });
    for (let step = 0; step < 50; step += 1) await pause();
    expect(await ask(handle, `PATCH ${place}`, { body: 'x' })).toMatchObject({
      status: 416,
      code: 'BLOB_UPLOAD_INVALID',
    });
    end();
    expect(await first).toMatchObject({ status: 202, headers: { range: `0-${text.length - 1}` } });
  });

  it('becomes no blob when its bytes are not those of the digest, and is gone', async () => {
    const { handle } = registry();
    const place = await startUpload(handle);
    expect(await ask(handle, `PUT ${place}?digest=${digest}`, { body: 'other' })).toMatchObject({
      status: 400,
      code: 'DIGEST_INVALID',
    });
    expect(await ask(handle, `GET ${place}`)).toMatchObject({ status: 404, code: 'BLOB_UPLOAD_UNKNOWN' });
    expect((await ask(handle, `HEAD /v2/app/blobs/${digest}`)).status).toBe(404);
  });

  it.each(['', '?digest=', '?digest=md5:abc', '?digest=sha256:ABC'])(
    'is not finished by PUT with "%s"',
    async (query) => {
      const { handle } = registry();
      expect(await ask(handle, `PUT ${await startUpload(handle)}${query}`, { body: text })).toMatchObject({
        status: 400,
        code: 'DIGEST_INVALID',
      });
    },
  );

  it('can be cancelled', async () => {
    const { handle } = registry();
    const place = await startUpload(handle);
    expect((await ask(handle, `DELETE ${place}`)).status).toBe(204);
    expect(await ask(handle, `DELETE ${place}`)).toMatchObject({ status: 404, code: 'BLOB_UPLOAD_UNKNOWN' });
    expect(await ask(handle, `PATCH ${place}`, { body: 'x' })).toMatchObject({ status: 404 });
  });

  it('is found in its own repository only, and by no made-up name', async () => {
    const { handle } = registry();
    const place = await startUpload(handle);
    await startUpload(handle, 'other');
    for (const line of [
      `GET ${place.replace('/app/', '/other/')}`,
      'GET /v2/app/blobs/uploads/..',
      'GET /v2/app/blobs/uploads/..%2F_layout%2Findex.json',
      'GET /v2/nothing/blobs/uploads/0123',
    ]) {
      expect([line, [400, 404].includes((await ask(handle, line)).status)]).toEqual([line, true]);
    }
  });

  it('takes sha512 blobs', async () => {
    const { handle, ports } = registry();
    const long = digestOf(text, 'sha512');
    expect(await ask(handle, `POST /v2/app/blobs/uploads/?digest=${long}`, { body: text })).toMatchObject({
      status: 201,
    });
    expect((await ask(handle, `GET /v2/app/blobs/${long}`)).bytes.toString()).toBe(text);
    expect(await ports.files.readText(`/registry/blobs/sha512/${hexOf(long)}`)).toBe(text);
  });
});

describe('a mount', () => {
  it('takes a blob that another repository has', async () => {
    const { handle } = registry();
    await pushBlob(handle, 'acme/base', blob);
    expect(await ask(handle, `POST /v2/app/blobs/uploads/?mount=${digest}&from=acme/base`)).toMatchObject({
      status: 201,
      headers: { location: `/v2/app/blobs/${digest}` },
    });
    expect((await ask(handle, `GET /v2/app/blobs/${digest}`)).bytes.toString()).toBe(text);
  });

  it.each([
    `mount=${digest}&from=acme/other`,
    `mount=${digest}&from=../acme/base`,
    `mount=${digest}`,
    `mount=${digestOf('absent')}&from=acme/base`,
    'mount=nonsense&from=acme/base',
  ])('becomes an upload for %s', async (query) => {
    const { handle } = registry();
    await pushBlob(handle, 'acme/base', blob);
    const answer = await ask(handle, `POST /v2/app/blobs/uploads/?${query}`);
    expect(answer).toMatchObject({ status: 202, headers: { range: '0-0' } });
    expect(answer.headers.location).toMatch(/^\/v2\/app\/blobs\/uploads\/[0-9a-f]{32}$/);
  });
});

describe('a blob', () => {
  it.each([
    ['bytes=0-3', 'the ', `bytes 0-3/${text.length}`],
    ['bytes=4-10', 'content', `bytes 4-10/${text.length}`],
    ['bytes=17-', 'blob', `bytes 17-20/${text.length}`],
    ['bytes=-4', 'blob', `bytes 17-20/${text.length}`],
    ['bytes=17-999', 'blob', `bytes 17-20/${text.length}`],
  ])('is given in part for %s', async (range, part, contentRange) => {
    const { handle } = registry();
    await pushBlob(handle, 'app', blob);
    const answer = await ask(handle, `GET /v2/app/blobs/${digest}`, { headers: { range } });
    expect(answer).toMatchObject({
      status: 206,
      headers: { 'content-range': contentRange, 'content-length': `${part.length}` },
    });
    expect(answer.bytes.toString()).toBe(part);
  });

  it.each(['bytes=21-', 'bytes=5-2', 'bytes=-0'])('has no part %s', async (range) => {
    const { handle } = registry();
    await pushBlob(handle, 'app', blob);
    expect(await ask(handle, `GET /v2/app/blobs/${digest}`, { headers: { range } })).toMatchObject({
      status: 416,
      headers: { 'content-range': `bytes */${text.length}` },
    });
  });

  it('is given whole for a range that it cannot read', async () => {
    const { handle } = registry();
    await pushBlob(handle, 'app', blob);
    const answer = await ask(handle, `GET /v2/app/blobs/${digest}`, { headers: { range: 'bytes=0-1,4-5' } });
    expect([answer.status, answer.bytes.toString()]).toEqual([200, text]);
  });

  it('is never complete in the answer when it is damaged on disk, whole or in part', async () => {
    const { handle, ports } = registry();
    await pushBlob(handle, 'app', blob);
    await ports.files.write(`/registry/blobs/sha256/${hexOf(digest)}`, 'x'.repeat(text.length));
    for (const headers of [{}, { range: 'bytes=0-3' }]) {
      const received: Uint8Array[] = [];
      const response = await handle({
        method: 'GET',
        path: `/v2/app/blobs/${digest}`,
        query: new URLSearchParams(),
        headers: headers as Record<string, string>,
        body: (async function* () {})(),
      });
      const read = async () => {
        for await (const piece of response.body as AsyncIterable<Uint8Array>) received.push(piece);
      };
      await expect(read()).rejects.toMatchObject({ code: 'content-damaged' });
      expect(Buffer.concat(received).length).toBeLessThan(Number(response.headers?.['content-length']));
    }
  });

  it('belongs to the repositories that it was pushed to, and can be taken out of one', async () => {
    const { handle } = registry();
    await pushBlob(handle, 'app', blob);
    await pushBlob(handle, 'other', madeBlob('text/plain', Buffer.from('another')));
    expect(await ask(handle, `GET /v2/other/blobs/${digest}`)).toMatchObject({ status: 404, code: 'BLOB_UNKNOWN' });
    await pushBlob(handle, 'other', blob);
    expect((await ask(handle, `DELETE /v2/app/blobs/${digest}`)).status).toBe(202);
    expect(await ask(handle, `DELETE /v2/app/blobs/${digest}`)).toMatchObject({ status: 404, code: 'BLOB_UNKNOWN' });
    expect((await ask(handle, `HEAD /v2/app/blobs/${digest}`)).status).toBe(404);
    expect((await ask(handle, `HEAD /v2/other/blobs/${digest}`)).status).toBe(200);
  });

  it('may be empty', async () => {
    const { handle } = registry();
    const nothing = digestOf('');
    await ask(handle, `POST /v2/app/blobs/uploads/?digest=${nothing}`);
    expect(await ask(handle, `GET /v2/app/blobs/${nothing}`)).toMatchObject({
      status: 200,
      headers: { 'content-length': '0' },
    });
  });
});
