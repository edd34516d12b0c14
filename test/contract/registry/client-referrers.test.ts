import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { createPorts } from '../../../src/adapters/create-ports.ts';
import { attachRecord, readRecords } from '../../../src/clients/records.ts';
import { digestOf } from '../../../src/domain/digest.ts';
import { type Repository, refText } from '../../../src/domain/image-ref.ts';
import { parsePlatform } from '../../../src/domain/platform.ts';
import { type ImageRecord, recordType } from '../../../src/domain/record.ts';
import { mediaTypes } from '../../../src/formats/oci.ts';
import type { Ports } from '../../../src/ports/ports.ts';
import { referrersTag } from '../../../src/store/referrers.ts';
import { pushMade } from '../../support/fault-proxy/faulty-registry.ts';
import { requireLab } from '../../support/lab.ts';
import { madeArtifact, madeImage, madeIndex } from '../../support/made-image.ts';
import { freshRepository } from '../../support/registries.ts';
import { registryKinds } from '../../support/registries-kinds.ts';
import { type OpenedRegistry, openRegistry } from '../../support/registries-opened.ts';

const limitMs = 60_000;

const image = madeImage({ layers: 2 });
const index = madeIndex([image, madeImage({ platform: 'linux/arm64' })], { attestation: true });
const sbomType = 'application/vnd.example.sbom';

const lab = requireLab();
let ports: Ports & AsyncDisposable;

beforeAll(async () => {
  ports = createPorts();
}, limitMs);

afterAll(async () => ports?.[Symbol.asyncDispose]());

describe.each(registryKinds)('referrers in $name', (kind) => {
  let registry: OpenedRegistry;
  let repository: Repository;

  beforeAll(async () => {
    registry = await openRegistry(kind, lab, ports);
  }, limitMs);
  beforeEach(() => {
    repository = freshRepository(registry, 'referrers');
  });
  afterAll(async () => registry?.[Symbol.asyncDispose]());

  const attach = (text: string) => {
    const { manifest, blobs } = madeArtifact(sbomType, text, index.descriptor);
    const writes = blobs.map(({ descriptor, bytes }) => ({ descriptor, open: async () => pieces(bytes) }));
    return registry.client.attachReferrer(repository, { manifest, blobs: writes });
  };

  it(
    'are found beside every digest that they speak of, once, by us and by others',
    async () => {
      const { client } = registry;
      await pushMade({ client, repository }, index);
      const record = madeRecord(repository);
      await attachRecord(client, repository, record, [index.descriptor, image.descriptor]);
      const sbom = await attach('everything');
      await attachRecord(client, repository, record, [index.descriptor]);
      for (const { digest } of [index.descriptor, image.descriptor]) {
        const found = await readRecords(client, repository, digest);
        expect(found).toEqual({ records: [{ digest: expect.anything(), record }], unreadable: [] });
      }
      const { digest } = index.manifest;
      const types = (await client.listReferrers(repository, digest)).map((one) => one.artifactType);
      expect(types.toSorted()).toEqual([sbomType, recordType].toSorted());
      expect(await client.listReferrers(repository, digest, sbomType)).toEqual([sbom]);
      const ref = refText({ repository, digest });
      const listed = await registry.ask('regctl', ['artifact', 'list', ref, '--format', '{{json .Descriptors}}']);
      const byOthers: readonly { digest: string; artifactType: string }[] = JSON.parse(`${listed}`);
      expect(byOthers.map((one) => one.artifactType).toSorted()).toEqual([sbomType, recordType].toSorted());
      expect(byOthers.map((one) => one.digest)).toContain(sbom.digest);
    },
    limitMs,
  );

  it(
    `are listed ${kind.traits.listsReferrers ? 'without a tag' : 'in the tag that the specification names'}`,
    async () => {
      const { client } = registry;
      await pushMade({ client, repository }, image);
      await attachRecord(client, repository, madeRecord(repository), [image.descriptor]);
      const fallback = referrersTag(image.manifest.digest);
      expect(await client.listTags(repository)).toEqual(kind.traits.listsReferrers ? [] : [fallback]);
      if (kind.traits.listsReferrers) return;
      const manifest = await registry.ask('crane', ['manifest', refText({ repository, tag: fallback })]);
      expect(JSON.parse(`${manifest}`)).toMatchObject({
        mediaType: mediaTypes.index,
        manifests: [{ artifactType: recordType }],
      });
    },
    limitMs,
  );

  it(
    'that were attached to what is not there yet wait for it',
    async () => {
      const { client } = registry;
      const sbom = await attach('early');
      await pushMade({ client, repository }, index);
      expect(await client.listReferrers(repository, index.manifest.digest)).toEqual([sbom]);
    },
    limitMs,
  );
});

async function* pieces(bytes: Uint8Array): AsyncIterable<Uint8Array> {
  yield bytes;
}

function madeRecord(repository: Repository): ImageRecord {
  const platform = parsePlatform('linux/amd64');
  const [config = image.descriptor] = image.blobs.map((blob) => blob.descriptor);
  return {
    schema: 'slipway.record/1',
    key: 'app',
    repository,
    identity: digestOf('identity'),
    digest: index.manifest.digest,
    mediaType: index.manifest.mediaType,
    platforms: [
      {
        platform,
        digest: image.manifest.digest,
        config: config.digest,
        fingerprint: digestOf('fingerprint'),
        layers: 'chain',
        diffIds: [],
      },
    ],
    bases: [],
    builder: { name: 'made', driver: 'docker', version: '1' },
    durationMs: 1,
    tests: [],
    test: 'untested',
    commit: null,
    dirty: false,
    run: { id: 'run', number: null, attempt: 1 },
  };
}
