import { describe, expect, it } from '@jest/globals';
import { digestOf } from '../../../src/domain/digest.ts';
import { parseTag } from '../../../src/domain/image-ref.ts';
import { giveTags } from '../../../src/stages/tagging/driver.ts';
import { recordingLog } from '../../../test/support/fake-log.ts';
import { FakeRegistry } from '../../../test/support/fake-registry.ts';
import { madeImage } from '../../../test/support/made-image.ts';
import { madePlanned } from '../../../test/support/made-plan.ts';

const old = madeImage({ layers: [{ v: 'old' }] });
const fresh = madeImage({ layers: [{ v: 'new' }] });
const { repository } = madePlanned('a');
const req = (tag: string, kind: 'floating' | 'immutable') => ({
  key: 'a',
  repository,
  tag: parseTag(tag, 'test'),
  kind,
  target: fresh.manifest.digest,
});
async function reg() {
  const r = new FakeRegistry();
  await r.publish(repository, fresh);
  for (const t of ['v1', 'latest']) await r.publish(repository, old, t);
  return r;
}
const give = (r: FakeRegistry) =>
  giveTags(
    { registry: r.client, log: recordingLog(), clock: r.clock },
    {
      set: digestOf('s'),
      policy: { version: null },
      stateIfRefused: 'x',
      requests: [req('v1', 'floating'), req('latest', 'floating')],
    },
  );

describe('rollback', () => {
  it('says partial where the way back was refused and the tag still names the new digest', async () => {
    const r = await reg();
    r.fault({ on: /^PUT .*\/manifests\/latest$/, status: 500 });
    r.fault({ on: /^PUT .*\/manifests\/v1$/, skip: 1, status: 500 });
    const report = await give(r);
    expect(await r.named(repository, 'v1')).toBe(fresh.manifest.digest);
    expect([report.state, report.tags[0]?.why]).toEqual(['partial', expect.not.stringContaining('somebody else')]);
  });
  it('goes back by the bytes that were kept where the old manifest can no longer be read', async () => {
    const r = await reg();
    r.fault({ on: /^PUT .*\/manifests\/latest$/, status: 500 });
    r.fault({ on: new RegExp(`^GET .*/manifests/${old.manifest.digest}$`), status: 404 });
    const report = await give(r);
    expect(await r.named(repository, 'v1')).toBe(old.manifest.digest);
    expect([report.state, report.tags[0]?.is]).toEqual(['rolled-back', old.manifest.digest]);
  });
  it('does not call a tag uncertain that it never tried to write', async () => {
    const r = await reg();
    r.fault({ on: /^HEAD .*\/manifests\/v1$/, times: 1, status: 500 });
    expect((await give(r)).state).toBe('rolled-back');
  });
});
