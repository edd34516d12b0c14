import { describe, expect, it } from '@jest/globals';
import { attachRecord, readRecords } from '../../../src/clients/records.ts';
import { recordType } from '../../../src/domain/record.ts';
import { recordBytes } from '../../../src/formats/record-artifact.ts';
import { FakeRegistry } from '../../support/fake-registry.ts';
import { madeArtifact, madeImage, madeIndex } from '../../support/made-image.ts';
import { madeRecord } from '../../support/made-plan.ts';

const image = madeImage();
const record = madeRecord('app', { digest: image.manifest.digest });
const { repository } = record;

describe('a record', () => {
  it('is found beside the image that it was attached to', async () => {
    const registry = new FakeRegistry();
    await registry.publish(repository, image);
    await attachRecord(registry.client, repository, record, [image.descriptor]);
    expect(await readRecords(registry.client, repository, image.manifest.digest)).toEqual({
      records: [{ digest: recordBytes(record).digest, record }],
      unreadable: [],
    });
  });

  it('is found beside an index and each of its platforms', async () => {
    const registry = new FakeRegistry();
    const index = madeIndex([image]);
    await registry.publish(repository, index);
    await attachRecord(registry.client, repository, record, [index.descriptor, image.descriptor]);
    for (const { digest } of [index.manifest, image.manifest]) {
      expect((await readRecords(registry.client, repository, digest)).records).toHaveLength(1);
    }
  });

  it('stands beside other records, each found once', async () => {
    const registry = new FakeRegistry();
    await registry.publish(repository, image);
    const second = madeRecord('app', { digest: image.manifest.digest, commit: null });
    for (const one of [record, second, record]) await registry.attach(one, image);
    const { records } = await readRecords(registry.client, repository, image.manifest.digest);
    expect(records.map((found) => found.record.commit).sort()).toEqual([record.commit, null].sort());
  });

  it('is not found where there is none', async () => {
    const registry = new FakeRegistry();
    await registry.publish(repository, image);
    expect(await readRecords(registry.client, repository, image.manifest.digest)).toEqual({
      records: [],
      unreadable: [],
    });
  });

  it('is not hidden by something that only calls itself one', async () => {
    const registry = new FakeRegistry();
    await registry.publish(repository, image);
    await registry.publish(repository, madeArtifact(recordType, 'no record', image.descriptor));
    await registry.attach(record, image);
    const { records, unreadable } = await readRecords(registry.client, repository, image.manifest.digest);
    expect(records).toHaveLength(1);
    expect(unreadable).toEqual([expect.stringMatching(/^sha256:\S+ holds no record$/)]);
  });

  it('of another schema is passed over with its reason', async () => {
    const registry = new FakeRegistry();
    await registry.publish(repository, image);
    const next = { ...record, schema: 'slipway.record/2' } as unknown as typeof record;
    await registry.attach(next, image);
    const found = await readRecords(registry.client, repository, image.manifest.digest);
    expect(found.records).toEqual([]);
    expect(found.unreadable.join()).toContain('record-invalid');
  });
});
