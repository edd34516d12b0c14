import { describe, expect, it } from '@jest/globals';
import { readRecords } from '../../../src/clients/records.ts';
import { FakeRegistry } from '../../../test/support/fake-registry.ts';
import { madeImage } from '../../../test/support/made-image.ts';
import { madePlanned, madeRecord } from '../../../test/support/made-plan.ts';

const fresh = madeImage({ layers: [{ v: 'new' }] });
const { repository } = madePlanned('a');

describe('reading records', () => {
  it('passes over a damaged blob of another record', async () => {
    const r = new FakeRegistry();
    const record = madeRecord('a', { digest: fresh.manifest.digest, repository });
    await r.publish(repository, fresh);
    const bad = await r.attach({ ...record, commit: null }, fresh);
    await r.attach(record, fresh);
    for (const p of [`/registry/blobs/sha256/${bad.slice(7)}`]) {
      if ((await r.files.facts(p)) === undefined)
        throw new Error(`no ${p}${JSON.stringify(await r.files.list('/registry/blobs'))}`);
      await r.files.write(p, 'damaged');
    }
    expect((await readRecords(r.client, repository, fresh.manifest.digest)).records).toHaveLength(1);
  });
});
