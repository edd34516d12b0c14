import { afterEach, describe, expect, it } from '@jest/globals';
import { repositoryContent } from '../../../src/clients/registry/repository-content.ts';
import { digestOf } from '../../../src/domain/digest.ts';
import { acceptedManifests, mediaTypes } from '../../../src/formats/oci.ts';
import type { RawManifest } from '../../../src/ports/content.ts';
import { copyContent } from '../../../src/store/copy.ts';
import { type DebianRegistry, startDebian } from '../../support/fault-proxy/debian-registry.ts';
import type { Fault, FaultRule } from '../../support/fault-proxy/fault-script.ts';
import {
  type FaultyOptions,
  type FaultyRegistry,
  failureOf,
  madeSource,
  missingFrom,
  pushMade,
  startFaulty,
} from '../../support/fault-proxy/faulty-registry.ts';
import { type MadeImage, madeBlob, madeImage, madeIndex, madeManifest } from '../../support/made-image.ts';
import { freshRepository, tag } from '../../support/registries.ts';

const limitMs = 120_000;
const image = madeImage({ layers: 2 });
const v1 = tag('v1');
const { digest } = image.manifest;
const manifests = { kind: ['manifest-tag', 'manifest-digest'] } as const;

let faulty: FaultyRegistry;
let debian: DebianRegistry | undefined;

afterEach(async () => {
  await faulty?.[Symbol.asyncDispose]();
  await debian?.[Symbol.asyncDispose]();
  debian = undefined;
});

const start = async (rules: readonly FaultRule[], made: MadeImage = image, options: FaultyOptions = {}) => {
  faulty = await startFaulty({ ...options, rules });
  await pushMade(faulty.direct, made, 'v1');
};
const rewritten = (headers: Readonly<Record<string, string | null>>): readonly FaultRule[] => [
  { match: manifests, fault: { kind: 'rewrite', headers } },
];
const readTag = () => faulty.client.readManifest(faulty.repository, v1);
const readDigest = () => faulty.client.readManifest(faulty.repository, digest);
const json = (value: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(value));
const rawOf = (bytes: Uint8Array, mediaType: string = mediaTypes.manifest): RawManifest => ({
  mediaType,
  digest: digestOf(bytes),
  bytes,
});

describe('an answer that is not what it says', () => {
  it('F18 is refused where an image calls itself an image and its header an index', async () => {
    await start(rewritten({ 'content-type': mediaTypes.index }));
    expect(await failureOf(readTag())).toMatchObject({ code: 'registry-answer-invalid' });
    expect(await failureOf(readDigest())).toMatchObject({ code: 'registry-answer-invalid' });
  });

  it.each(['application/json', 'application/octet-stream', 'text/plain; charset=utf-8', null])(
    'F18 is read by what it is, where the header says nothing of use (%s)',
    async (type) => {
      await start(rewritten({ 'content-type': type }));
      expect(await readTag()).toMatchObject({ mediaType: mediaTypes.manifest, digest });
    },
  );

  it('F18 is hashed where no header says its digest', async () => {
    await start(rewritten({ 'docker-content-digest': null }));
    expect(await readTag()).toMatchObject({ digest });
    expect(await faulty.client.resolve(faulty.repository, v1)).toMatchObject({ digest });
  });

  it('F18 is refused where the header says another digest', async () => {
    await start(rewritten({ 'docker-content-digest': digestOf('another') }));
    expect(await failureOf(readTag())).toMatchObject({ code: 'content-damaged' });
    expect(await readDigest()).toMatchObject({ digest });
  });

  const pages: Readonly<Record<string, Fault>> = {
    'a page of HTML': { kind: 'answer', status: 200, body: '<html>', headers: { 'content-type': 'text/html' } },
    'nothing at all': { kind: 'answer', status: 200 },
    'zipped without a word asked': { kind: 'gzip' },
    'an array': { kind: 'answer', status: 200, body: '[]', headers: { 'content-type': mediaTypes.manifest } },
    'cut short': { kind: 'truncate', toBytes: 20, length: 'adjusted' },
    'a bit off': { kind: 'flip', atByte: 0 },
  };

  it.each(Object.entries(pages))('F18 is refused where it is %s', async (_, fault) => {
    await start([{ match: { method: 'GET' }, fault }]);
    const codes = ['content-damaged', 'registry-answer-invalid', 'manifest-invalid'];
    expect(codes).toContain((await failureOf(readTag())).code);
    expect(await failureOf(readDigest())).toMatchObject({ code: 'content-damaged' });
    const error = await failureOf(faulty.client.listTags(faulty.repository));
    expect(error.code).toBe('registry-answer-invalid');
    expect(error.where).toContain(faulty.repository);
  });

  it('F18 is not taken for a layer where it is a page of HTML', async () => {
    await start([{ match: { kind: 'blob' }, fault: { kind: 'answer', status: 200, body: '<html>' } }]);
    expect(await failureOf(missingFrom(faulty, image))).toMatchObject({ code: 'content-damaged' });
  });

  it('F18 comes from where the registry sends us, without our login, and is checked there too', async () => {
    await start([{ match: { kind: 'blob' }, fault: { kind: 'redirect' } }], image, {
      door: { kind: 'basic', users: { ann: 'secret' } },
      credentials: async () => ({ kind: 'password', username: 'ann', password: 'secret' }),
    });
    expect(await missingFrom(faulty, image)).toEqual([]);
    const atStorage = faulty.proxy.log.entries.filter(({ listener }) => listener === 'storage');
    expect(atStorage.length).toBe(image.blobs.length);
    expect(atStorage.flatMap(({ headers }) => headers.authorization ?? [])).toEqual([]);
    expect(atStorage.every(({ path }) => path.endsWith('?signature=s%2Fg%3D'))).toBe(true);
    faulty.proxy.follow([
      { match: { kind: 'blob' }, fault: { kind: 'redirect' } },
      { match: { listener: 'storage' }, fault: { kind: 'flip', atByte: 1 } },
    ]);
    expect(await failureOf(missingFrom(faulty, image))).toMatchObject({ code: 'content-damaged' });
  });
});

describe("Debian's registry", () => {
  const docker = (() => {
    const config = madeBlob(
      'application/vnd.docker.container.image.v1+json',
      json({ os: 'linux', architecture: 'amd64' }),
    );
    const layer = madeBlob('application/vnd.docker.image.rootfs.diff.tar.gzip', Buffer.from('layer'));
    const made = madeManifest(config, [layer], { mediaType: mediaTypes.dockerManifest });
    return { ...made, manifest: { ...made.manifest, mediaType: mediaTypes.dockerManifest } };
  })();

  it(
    'F19 is told every kind of manifest that we read, and gives the digest that was pushed',
    async () => {
      debian = await startDebian();
      await start([], docker, { upstream: debian });
      expect((await faulty.client.resolve(faulty.repository, v1))?.digest).toBe(docker.manifest.digest);
      expect((await readTag())?.digest).toBe(docker.manifest.digest);
      const accepted = faulty.proxy.log.of('manifest-tag').map(({ headers }) => headers.accept?.split(', ').toSorted());
      expect(accepted).toEqual([acceptedManifests.toSorted(), acceptedManifests.toSorted()]);
      expect(acceptedManifests).toHaveLength(4);
    },
    limitMs,
  );

  it(
    'F20 gets every manifest under its own type, and refuses another once',
    async () => {
      debian = await startDebian();
      await start([], image, { upstream: debian });
      const index = madeIndex([image]);
      for (const made of [docker, image, index]) {
        const target = { client: faulty.client, repository: freshRepository(faulty.proxy, 'types') };
        await pushMade(target, made, 'v1');
        expect((await faulty.client.resolve(target.repository, v1))?.mediaType).toBe(made.manifest.mediaType);
      }
      const types = faulty.proxy.log.of('manifest-tag', 'PUT').map(({ headers }) => headers['content-type']);
      expect(types).toEqual([mediaTypes.dockerManifest, mediaTypes.manifest, mediaTypes.index]);
      const before = faulty.proxy.log.writes().length;
      const wrong = { ...image.manifest, mediaType: mediaTypes.dockerManifest };
      expect(await failureOf(faulty.client.putManifest(faulty.repository, v1, wrong))).toMatchObject({ status: 400 });
      expect(faulty.proxy.log.writes()).toHaveLength(before + 1);
    },
    limitMs,
  );

  it(
    'F21 gets the very bytes of an image that is promoted, however they are spelled',
    async () => {
      debian = await startDebian();
      await start([], image, { upstream: debian });
      const document: unknown = JSON.parse(Buffer.from(image.manifest.bytes).toString());
      const spelled = rawOf(new TextEncoder().encode(`${JSON.stringify(document, null, 5)}\n\n`));
      const { client, repository, direct } = faulty;
      await direct.client.putManifest(direct.repository, tag('odd'), spelled);
      const target = freshRepository(faulty.proxy, 'promoted');
      const sink = repositoryContent(client, target, { mountFrom: [repository] });
      await copyContent(repositoryContent(client, repository), sink, spelled);
      await client.writeTag(target, { tag: v1, manifest: spelled, previous: undefined });
      const found = await client.readManifest(target, v1);
      expect(found?.digest).toBe(spelled.digest);
      expect(Buffer.from(found?.bytes ?? []).equals(spelled.bytes)).toBe(true);
    },
    limitMs,
  );
});

describe('a list of tags in pages', () => {
  const page = (name: string, link: string | undefined): Fault => ({
    kind: 'answer',
    status: 200,
    headers: { 'content-type': 'application/json', ...(link === undefined ? {} : { link: `<${link}>; rel="next"` }) },
    body: { name: 'app', tags: [name] },
  });
  const list = () => faulty.client.listTags(faulty.repository);
  const lists = () => faulty.proxy.log.of('tags');
  const at = (place: number, fault: Fault): FaultRule => ({ match: { kind: 'tags' }, at: [place], fault });

  it.each([
    { name: 'a path', next: '/v2/faults/app/tags/list?last=a' },
    { name: 'a whole address', next: '{self}/v2/faults/app/tags/list?last=a' },
    { name: 'a query', next: '?last=a' },
  ])('F23 goes on at $name', async ({ next }) => {
    await start([at(1, page('a', next)), at(2, page('b', undefined))]);
    expect(await list()).toEqual(['a', 'b']);
    expect(lists()[1]?.path).toMatch(/\/tags\/list\?last=a$/);
  });

  it('F23 does not go on at another host', async () => {
    await start([{ match: { kind: 'tags' }, fault: page('a', '{storage}/v2/faults/app/tags/list?last=a') }]);
    expect(await failureOf(list())).toMatchObject({ code: 'registry-answer-invalid' });
    expect(faulty.proxy.log.entries.filter(({ listener }) => listener === 'storage')).toEqual([]);
  });

  it.each(['?last=a', '?n=1000'])('F23 does not go round in circles (%s)', async (next) => {
    await start([{ match: { kind: 'tags' }, fault: page('a', next) }]);
    expect(await failureOf(list())).toMatchObject({ code: 'registry-answer-invalid' });
    expect(lists().length).toBeLessThanOrEqual(3);
  });

  it('F23 ends after a hundred pages', async () => {
    await start(Array.from({ length: 150 }, (_, place) => at(place + 1, page(`t${place}`, `?last=t${place}`))));
    expect(await failureOf(list())).toMatchObject({ code: 'registry-answer-invalid' });
    expect(lists().length).toBeLessThanOrEqual(101);
  });

  it('F23 of which a page fails for ever is no list at all', async () => {
    await start([at(1, page('a', '?last=a')), { match: { path: 'last=a' }, fault: { kind: 'answer', status: 503 } }]);
    expect(await failureOf(list())).toMatchObject({ code: 'registry-failed' });
  });

  it('F23 of which a page vanishes is no list at all', async () => {
    await start([at(1, page('a', '?last=a')), { match: { path: 'last=a' }, fault: { kind: 'answer', status: 404 } }]);
    expect(await failureOf(list())).toMatchObject({ where: expect.stringContaining(faulty.repository) });
  });
});

describe('an image at the limits', () => {
  const four = 4 * 1024 * 1024;
  const config = madeBlob(mediaTypes.config, json({}));
  const layers = (count: number) =>
    Array.from({ length: count }, (_, place) =>
      madeBlob('application/vnd.oci.image.layer.v1.tar+gzip', Buffer.from(`layer ${place}`)),
    );
  const nested = (depth: number): MadeImage => (depth === 0 ? image : madeIndex([nested(depth - 1)]));
  const served = (bytes: Buffer): FaultRule => ({
    match: { ...manifests, method: 'GET' },
    fault: {
      kind: 'answer',
      status: 200,
      body: bytes.toString('latin1'),
      headers: { 'content-type': mediaTypes.manifest },
    },
  });
  const copied = async (made: MadeImage): Promise<void> => {
    faulty = await startFaulty();
    await copyContent(madeSource(made), repositoryContent(faulty.client, faulty.repository), made.manifest);
  };

  it('F36 with a manifest that is no UTF-8 is an error with a place', async () => {
    const bytes = Buffer.from(
      JSON.stringify({ ...JSON.parse(Buffer.from(image.manifest.bytes).toString()), annotations: { a: 'é' } }),
      'latin1',
    );
    const broken: MadeImage = { ...image, manifest: rawOf(bytes) };
    const error = await failureOf(copied(broken));
    expect(error.where).toBeDefined();
    expect(faulty.proxy.log.writes()).toEqual([]);
  });

  it('F36 with a manifest of 4 MiB is read, and with one byte more it is an error', async () => {
    const filler = (size: number) =>
      Buffer.from(JSON.stringify({ mediaType: mediaTypes.manifest, config: {}, layers: [] }).padEnd(size, ' '));
    await start([served(filler(four))]);
    expect((await readTag())?.bytes).toHaveLength(four);
    faulty.proxy.follow([served(filler(four + 1))]);
    const error = await failureOf(readTag());
    expect(error.code).toBe('remote-answer-too-large');
    expect(faulty.clock.slept).toEqual([]);
  });

  it.each([127, 512])(
    'F36 with %d layers is copied',
    async (count) => {
      const made = madeManifest(config, layers(count));
      await copied(made);
      expect(await missingFrom(faulty.direct, made)).toEqual([]);
    },
    limitMs,
  );

  it(
    'F36 with 513 layers is refused before anything is written',
    async () => {
      await failureOf(copied(madeManifest(config, layers(513))));
      expect(faulty.proxy.log.writes()).toEqual([]);
    },
    limitMs,
  );

  it('F36 with indexes in indexes is copied to the third level, and refused below', async () => {
    await copied(nested(3));
    expect(await missingFrom(faulty.direct, nested(3))).toEqual([]);
    await faulty[Symbol.asyncDispose]();
    expect(await failureOf(copied(nested(4)))).toMatchObject({ code: 'index-too-deep' });
    expect(faulty.proxy.log.writes()).toEqual([]);
  });
});
