import { describe, expect, it } from '@jest/globals';
import { digestOf } from '../../../src/domain/digest.ts';
import { judge } from '../../../src/domain/gate.ts';
import { setOf } from '../../../src/domain/image-set.ts';
import { parsePlatform } from '../../../src/domain/platform.ts';
import { gate } from '../../../src/stages/gate.ts';
import { FakeRegistry } from '../../../test/support/fake-registry.ts';
import { madeImage, madeIndex } from '../../../test/support/made-image.ts';
import { madePlan, madePlanned, madePlatformRecord, madeRecord } from '../../../test/support/made-plan.ts';

const fresh = madeImage({ layers: [{ v: 'new' }] });
const { repository } = madePlanned('a');

describe('the claims of a record', () => {
  it('refuses an image that lacks a platform which its record claims', async () => {
    const r = new FakeRegistry();
    const platforms = ['linux/amd64', 'linux/arm64'].map(parsePlatform);
    const idx = madeIndex([fresh]);
    await r.publish(repository, idx);
    const record = madeRecord('a', {
      digest: idx.manifest.digest,
      platforms: [{ ...madePlatformRecord(), digest: fresh.manifest.digest }, madePlatformRecord('linux/arm64')],
    });
    const rd = await r.attach(record, idx);
    const plan = madePlan({ images: [madePlanned('a', { platforms })] });
    const set = setOf(plan, [{ key: 'a', digest: idx.manifest.digest, record: rd }]);
    expect((await gate({ registry: r.client }, { plan, set })).state).toBe('mismatch');
  });
  it('believes the results of tests and not the word above them', async () => {
    const base = madeRecord('app');
    const record = madeRecord('app', {
      tests: base.tests.map((t) => ({ ...t, state: 'failed' as const })),
      test: 'passed',
    });
    const plan = madePlan();
    const set = setOf(plan, [{ key: 'app', digest: record.digest, record: digestOf('r') }]);
    expect(
      judge(plan, set, digestOf('s'), new Map([['app', { kind: 'whole', record, recordDigest: digestOf('r') }]])).state,
    ).toBe('mismatch');
  });
});
