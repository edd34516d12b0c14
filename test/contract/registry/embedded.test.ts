import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { createPorts } from '../../../src/adapters/create-ports.ts';
import type { RegistryClient } from '../../../src/clients/registry/client.ts';
import { repositoryContent } from '../../../src/clients/registry/repository-content.ts';
import { type Digest, digestOf, parseDigest } from '../../../src/domain/digest.ts';
import { type Repository, refText } from '../../../src/domain/image-ref.ts';
import { readManifest } from '../../../src/formats/manifest.ts';
import { mediaTypes } from '../../../src/formats/oci.ts';
import type { TempFolder } from '../../../src/ports/files.ts';
import type { Ports } from '../../../src/ports/ports.ts';
import { copyContent } from '../../../src/store/copy.ts';
import { referencesOf } from '../../../src/store/references.ts';
import { createStore } from '../../../src/store/store.ts';
import { crane, docker, requireLab } from '../../support/lab.ts';
import { type MadeImage, madeImage, madeIndex, writeMade } from '../../support/made-image.ts';
import { clientOf, type EmbeddedRegistry, freshRepository, startEmbedded, tag } from '../../support/registries.ts';

const limitMs = 240_000;

const lab = requireLab();
let ports: Ports & AsyncDisposable;
let work: TempFolder;
let registry: EmbeddedRegistry;
let client: RegistryClient;
let repository: Repository;

beforeAll(async () => {
  ports = createPorts();
  work = await ports.files.tempFolder('slipway-embedded-');
  registry = await startEmbedded(ports);
  client = clientOf(ports);
}, limitMs);

beforeEach(() => {
  repository = freshRepository(registry, 'embedded');
});

afterAll(async () => {
  await registry?.[Symbol.asyncDispose]();
  await work?.[Symbol.asyncDispose]();
  await ports?.[Symbol.asyncDispose]();
});

const ref = (name: string, where: Repository = repository): string => refText({ repository: where, tag: tag(name) });
const at = (digest: Digest, where: Repository = repository): string => refText({ repository: where, digest });

/** A folder or a file that no other test writes to. */
const place = (name: string): string => `${work.path}/${name}-${ports.random.hex(12)}`;

async function publish(made: MadeImage, name: string): Promise<void> {
  const store = await createStore(ports, place('store'));
  await writeMade(store, made);
  await copyContent(store, repositoryContent(client, repository), made.manifest);
  await client.putManifest(repository, tag(name), made.manifest);
}

describe('crane and our registry', () => {
  const image = madeImage({ layers: 3 });
  const index = madeIndex([image, madeImage({ platform: 'linux/arm64', layers: 2 })]);

  it(
    'bring a layout there, whole',
    async () => {
      const layout = place('layout');
      const store = await createStore(ports, layout);
      await writeMade(store, index);
      await store.addEntry(index.descriptor);
      await crane(lab, 'push', layout, ref('pushed'));
      expect((await client.resolve(repository, tag('pushed')))?.digest).toBe(index.manifest.digest);
      await crane(lab, 'validate', '--remote', ref('pushed'));
      await crane(lab, 'validate', '--remote', at(image.manifest.digest));
      expect(await client.listTags(repository)).toEqual(['pushed']);
      expect((await client.readManifest(repository, image.manifest.digest))?.bytes).toEqual(
        new Uint8Array(image.manifest.bytes),
      );
    },
    limitMs,
  );

  it(
    'take an image out as a tarball and bring it back',
    async () => {
      await publish(image, 'v1');
      const tarball = place('image');
      await crane(lab, 'pull', ref('v1'), tarball);
      await crane(lab, 'validate', '--tarball', tarball);
      await crane(lab, 'push', tarball, ref('back'));
      await crane(lab, 'validate', '--remote', ref('back'));
      expect(await crane(lab, 'config', ref('back'))).toBe(await crane(lab, 'config', ref('v1')));
    },
    limitMs,
  );

  it(
    'take an index out as a layout that is the same byte by byte',
    async () => {
      await publish(index, 'v1');
      const layout = place('layout');
      await crane(lab, 'pull', '--format', 'oci', ref('v1'), layout);
      const store = await createStore(ports, layout);
      for (const made of [index, ...index.children]) {
        expect((await store.readManifest(made.manifest.digest))?.bytes).toEqual(new Uint8Array(made.manifest.bytes));
        for (const { descriptor } of made.blobs) expect(await store.hasBlob(descriptor)).toBe(true);
      }
    },
    limitMs,
  );

  it(
    'copy an index to another repository and another registry',
    async () => {
      await publish(index, 'v1');
      const targets = [
        freshRepository(registry, 'copied'),
        freshRepository({ ...registry, host: lab.registry }, 'copied'),
      ];
      for (const target of targets) {
        await crane(lab, 'copy', ref('v1'), ref('v2', target));
        expect(await crane(lab, 'digest', ref('v2', target))).toBe(index.manifest.digest);
        await crane(lab, 'validate', '--remote', ref('v2', target));
      }
    },
    limitMs,
  );

  it(
    'list tags and take them away again',
    async () => {
      await publish(image, 'v1');
      for (const name of ['v2', 'v3']) await crane(lab, 'tag', ref('v1'), name);
      expect((await crane(lab, 'ls', repository)).split('\n')).toEqual(['v1', 'v2', 'v3']);
      await crane(lab, 'delete', ref('v2'));
      expect((await crane(lab, 'ls', repository)).split('\n')).toEqual(['v1', 'v3']);
      await crane(lab, 'delete', at(image.manifest.digest));
      expect(await crane(lab, 'ls', repository)).toBe('');
      await expect(crane(lab, 'digest', ref('v1'))).rejects.toThrow(/404|MANIFEST_UNKNOWN/);
    },
    limitMs,
  );
});

describe('the docker engine and our registry', () => {
  const used: string[] = [];
  afterAll(async () => {
    // By the names that only this file uses: other tests may hold the same content.
    for (const name of used) await docker(lab, 'image', 'rm', '--force', name);
  }, limitMs);

  it(
    'pull a platform by its digest and an index by its tag',
    async () => {
      const platform = `linux/${await docker(lab, 'version', '--format', '{{.Server.Arch}}')}`;
      const nonce = { 'nonce.txt': ports.random.hex(32) };
      const own = madeImage({ platform, layers: [nonce], config: { Labels: { made: 'here' } } });
      const other = madeImage({
        platform: platform === 'linux/arm64' ? 'linux/amd64' : 'linux/arm64',
        layers: [nonce],
      });
      const index = madeIndex([other, own], { attestation: true });
      await publish(index, 'v1');
      for (const name of [at(own.manifest.digest), ref('v1')]) {
        used.push(name);
        await docker(lab, 'pull', name);
        expect(await docker(lab, 'image', 'inspect', '--format', '{{.Config.Labels.made}}', name)).toBe('here');
      }
      const digests = await docker(lab, 'image', 'inspect', '--format', '{{json .RepoDigests}}', ref('v1'));
      expect(JSON.parse(digests)).toContain(at(index.manifest.digest));
    },
    limitMs,
  );

  it(
    'push an image that others find whole',
    async () => {
      const platform = `linux/${await docker(lab, 'version', '--format', '{{.Server.Arch}}')}`;
      const image = madeImage({ platform, layers: [{ 'nonce.txt': ports.random.hex(32) }] });
      await publish(image, 'v1');
      const target = freshRepository(registry, 'engine');
      used.push(ref('v1'), ref('v2', target));
      await docker(lab, 'pull', ref('v1'));
      await docker(lab, 'tag', ref('v1'), ref('v2', target));
      await docker(lab, 'push', ref('v2', target));
      await crane(lab, 'validate', '--remote', ref('v2', target));
      const [pulled, pushed] = await Promise.all(
        [ref('v1'), ref('v2', target)].map((one) => crane(lab, 'config', one)),
      );
      expect(pushed).toBe(pulled);
    },
    limitMs,
  );
});

describe('buildx and our registry', () => {
  const build = async (context: string, ...more: readonly string[]): Promise<void> => {
    await docker(lab, 'buildx', 'build', '--builder', lab.builders.engine, '--progress', 'plain', ...more, context);
  };

  /** Nothing in it runs, so it builds for any platform; its content is new every time. */
  async function freshContext(): Promise<string> {
    const context = place('context');
    await ports.files.write(`${context}/nonce.txt`, ports.random.hex(32));
    const lines = ['FROM scratch AS made', 'COPY nonce.txt /made.txt', 'FROM scratch', 'COPY --from=made /made.txt /'];
    await ports.files.write(`${context}/Dockerfile`, `${lines.join('\n')}\n`);
    return context;
  }

  it(
    'push an index with attestations that others find whole',
    async () => {
      const output = `type=image,name=${ref('built')},push=true,store=false`;
      const platforms = 'linux/amd64,linux/arm64';
      const built = ['--platform', platforms, '--provenance', 'mode=max', '--output', output];
      await build(await freshContext(), ...built);
      const raw = await client.readManifest(repository, tag('built'));
      if (raw === undefined) throw new Error('nothing was pushed');
      expect(digestOf(await crane(lab, 'manifest', ref('built')))).toBe(raw.digest);
      const read = readManifest(raw);
      const members = read.kind === 'index' ? read.index.manifests : [];
      const named = members.map(({ platform }) => `${platform?.os}/${platform?.architecture}`);
      expect(named.toSorted()).toEqual(['linux/amd64', 'linux/arm64', 'unknown/unknown', 'unknown/unknown']);
      for (const { digest, platform } of members) {
        // Crane counts no attestation as a layer and so calls its manifest broken.
        if (platform?.os === 'linux') await crane(lab, 'validate', '--remote', at(digest));
      }
      const back = await createStore(ports, place('back'));
      expect(await copyContent(repositoryContent(client, repository), back, raw)).toMatchObject({ manifests: 5 });
    },
    limitMs,
  );

  it.each([
    ['a manifest', 'true', mediaTypes.manifest],
    ['an index of layers', 'false', mediaTypes.index],
  ])(
    'keep a build cache as %s, and build again with it',
    async (_, imageManifest, mediaType) => {
      const context = await freshContext();
      const cache = `type=registry,ref=${ref('cache')}`;
      const to = `${cache},mode=max,oci-mediatypes=true,image-manifest=${imageManifest}`;
      await build(context, '--provenance', 'false', '--cache-to', to, '--output', 'type=cacheonly');
      const written = await crane(lab, 'manifest', ref('cache'));
      expect(JSON.parse(written)).toMatchObject({ schemaVersion: 2, mediaType });
      const raw = await client.readManifest(repository, parseDigest(digestOf(written), 'crane'));
      if (raw === undefined) throw new Error('the cache is not there');
      const { blobs } = referencesOf(readManifest(raw), raw.digest);
      expect(blobs.length).toBeGreaterThan(1);
      for (const blob of blobs) expect(await crane(lab, 'blob', at(blob.digest))).not.toBe('');
      const output = `type=image,name=${ref('again')},push=true,store=false`;
      await build(context, '--provenance', 'false', '--cache-from', cache, '--cache-to', to, '--output', output);
      await crane(lab, 'validate', '--remote', ref('again'));
      expect((await client.resolve(repository, tag('cache')))?.mediaType).toBe(mediaType);
    },
    limitMs,
  );
});
