import { describe, expect, it } from '@jest/globals';
import { fallbackTagOf } from '../../../../src/clients/registry/fallback-tag.ts';
import { digestOf } from '../../../../src/domain/digest.ts';
import { FakeHttp, type ScriptedAnswer } from '../../../support/fake-http.ts';
import {
  base,
  bytesOf,
  clientWith,
  descriptorOf,
  failure,
  indexType,
  manifestOf,
  manifestType,
  repository,
  streamOf,
} from './fixture.ts';

const subject = digestOf('the image');
const record = manifestOf('record', subject);
const entry = {
  mediaType: manifestType,
  digest: record.digest,
  size: record.bytes.length,
  artifactType: 'application/vnd.record.config',
  annotations: { name: 'record' },
};
const sbom = { mediaType: manifestType, digest: digestOf('sbom'), size: 4, artifactType: 'application/vnd.sbom' };
const strange = { mediaType: manifestType, digest: digestOf('strange'), size: 7, data: 'e30=', 'x-future': [1] };
const api = `${base}/referrers/${subject}`;
const tagUrl = `${base}/manifests/sha256-${subject.slice(7)}`;
const putUrl = `${base}/manifests/${record.digest}`;
const indexOf = (...manifests: unknown[]) => JSON.stringify({ schemaVersion: 2, mediaType: indexType, manifests });
const page = (body: string, headers = {}): ScriptedAnswer => ({
  body,
  headers: { 'content-type': indexType, ...headers },
});

describe('listReferrers', () => {
  it('reads the list of the registry, page by page', async () => {
    const http = new FakeHttp()
      .on('GET', api, page(indexOf(entry), { link: `<${api}?next=1>; rel="next"` }))
      .on('GET', `${api}?next=1`, page(indexOf(sbom, entry)));
    expect(await clientWith(http).client.listReferrers(repository, subject)).toEqual([entry, sbom]);
  });

  it('filters by itself, as the registry may not', async () => {
    const http = new FakeHttp().on('GET', `${api}?artifactType=application%2Fvnd.sbom`, page(indexOf(entry, sbom)));
    expect(await clientWith(http).client.listReferrers(repository, subject, 'application/vnd.sbom')).toEqual([sbom]);
  });

  it('reads the fallback tag where there is no list', async () => {
    const http = new FakeHttp().on('GET', api, { status: 404 }).on('GET', tagUrl, page(indexOf(entry, sbom)));
    expect(await clientWith(http).client.listReferrers(repository, subject)).toEqual([entry, sbom]);
  });

  it('is empty where there is no fallback tag either', async () => {
    const http = new FakeHttp().on('GET', api, { status: 404 }).on('GET', tagUrl, { status: 404 });
    expect(await clientWith(http).client.listReferrers(repository, subject)).toEqual([]);
  });

  it.each([401, 403, 500])('does not take %d for "no list"', async (status) => {
    const http = new FakeHttp().on('GET', api, { status });
    expect(await failure(clientWith(http).client.listReferrers(repository, subject))).toMatchObject({ status });
    expect(http.requests).toHaveLength(1);
  });

  it('refuses what is no list', async () => {
    const http = new FakeHttp().on('GET', api, page('{"hello":"world"}'));
    expect((await failure(clientWith(http).client.listReferrers(repository, subject))).code).toBe(
      'registry-answer-invalid',
    );
  });
});

describe('attachReferrer', () => {
  /** A registry with one tag; before each PUT of it, others may write too. */
  function taggedRegistry(
    start: string | undefined,
    others: (state: { body: string | undefined }, put: number) => void = () => {},
  ) {
    const state = { body: start };
    let puts = 0;
    const http = new FakeHttp()
      .on('PUT', putUrl, { status: 201 })
      .on('GET', tagUrl, () => (state.body === undefined ? { status: 404 } : page(state.body)))
      .on('PUT', tagUrl, (request) => {
        puts += 1;
        state.body = Buffer.from(request.bytes).toString();
        others(state, puts);
        return { status: 201 };
      });
    return { http, state, manifests: () => JSON.parse(state.body ?? '{}').manifests };
  }

  it('leaves the list to a registry that keeps it', async () => {
    const http = new FakeHttp().on('PUT', putUrl, { status: 201, headers: { 'oci-subject': subject } });
    expect(await clientWith(http).client.attachReferrer(repository, { manifest: record, blobs: [] })).toEqual(entry);
    expect(http.requests).toHaveLength(1);
    expect(http.requests[0]?.bytes).toBe(record.bytes);
  });

  it('writes the blobs before the manifest', async () => {
    const blob = descriptorOf('{}');
    const http = new FakeHttp()
      .on('HEAD', `${base}/blobs/${blob.digest}`, { status: 404 })
      .on('POST', `${base}/blobs/uploads/`, { status: 202, headers: { location: '/u' } })
      .on('PUT', /\/u\?/, { status: 201 })
      .on('PUT', putUrl, { status: 201, headers: { 'oci-subject': subject } });
    const blobs = [{ descriptor: blob, open: async () => streamOf('{}') }];
    await clientWith(http).client.attachReferrer(repository, { manifest: record, blobs });
    expect(http.requests.map(({ method }) => method)).toEqual(['HEAD', 'POST', 'PUT', 'PUT']);
  });

  it('makes the fallback tag where there is none', async () => {
    const { http, manifests } = taggedRegistry(undefined);
    await clientWith(http).client.attachReferrer(repository, { manifest: record, blobs: [] });
    expect(manifests()).toEqual([entry]);
    expect(http.requests.at(-2)?.headers?.['content-type']).toBe(indexType);
  });

  it('keeps every entry and every field of others', async () => {
    const start = JSON.stringify({
      schemaVersion: 2,
      mediaType: indexType,
      manifests: [strange],
      annotations: { a: 'b' },
    });
    const { http, state, manifests } = taggedRegistry(start);
    await clientWith(http).client.attachReferrer(repository, { manifest: record, blobs: [] });
    expect(manifests()).toEqual([strange, entry]);
    expect(JSON.parse(state.body ?? '').annotations).toEqual({ a: 'b' });
  });

  it('writes no tag that lists ours already', async () => {
    const { http } = taggedRegistry(indexOf(entry));
    await clientWith(http).client.attachReferrer(repository, { manifest: record, blobs: [] });
    expect(http.lines).not.toContain(`PUT ${tagUrl}`);
  });

  it('merges again when another writer overwrote ours', async () => {
    const { http, manifests } = taggedRegistry(indexOf(strange), (state, put) => {
      if (put === 1) state.body = indexOf(strange, sbom);
    });
    const { client, clock } = clientWith(http);
    await client.attachReferrer(repository, { manifest: record, blobs: [] });
    expect(manifests()).toEqual([strange, sbom, entry]);
    expect(clock.sleeps).toBe(1);
  });

  it('loses neither of two writers that start together', async () => {
    const two = manifestOf('second', subject);
    const { http, manifests } = taggedRegistry(undefined);
    http.on('PUT', `${base}/manifests/${two.digest}`, { status: 201 });
    const { client } = clientWith(http);
    await Promise.all([record, two].map((manifest) => client.attachReferrer(repository, { manifest, blobs: [] })));
    const digests = manifests().map(({ digest }: { digest: string }) => digest);
    expect(digests.sort()).toEqual([record.digest, two.digest].sort());
  });

  it('gives up after five rounds, and says what is there', async () => {
    const { http } = taggedRegistry(undefined, (state) => {
      state.body = indexOf(sbom);
    });
    const error = await failure(clientWith(http).client.attachReferrer(repository, { manifest: record, blobs: [] }));
    expect(error.code).toBe('referrers-contended');
    expect(http.lines.filter((line) => line === `PUT ${tagUrl}`)).toHaveLength(5);
  });

  it('leaves a tag alone that is an image', async () => {
    const image = manifestOf('image');
    const http = new FakeHttp()
      .on('PUT', putUrl, { status: 201 })
      .on('GET', tagUrl, { headers: { 'content-type': manifestType }, body: image.bytes });
    const error = await failure(clientWith(http).client.attachReferrer(repository, { manifest: record, blobs: [] }));
    expect(error.code).toBe('referrers-tag-taken');
  });

  it('sends nothing for a manifest without a subject', async () => {
    const { http, client } = clientWith();
    const error = await failure(client.attachReferrer(repository, { manifest: manifestOf('alone'), blobs: [] }));
    expect(error.code).toBe('referrer-without-subject');
    expect(http.requests).toEqual([]);
  });
});

describe('fallbackTagOf', () => {
  it('cuts a longer digest to what a tag may hold', () => {
    expect(fallbackTagOf(subject)).toBe(subject.replace(':', '-'));
    expect(fallbackTagOf(digestOf(bytesOf('x'), 'sha512'))).toMatch(/^sha512-[0-9a-f]{64}$/);
  });
});
