import { describe, expect, it } from '@jest/globals';
import { parsePlatform } from '../../../src/domain/platform.ts';
import type { ImageFinding, ScanResult } from '../../../src/domain/scan.ts';
import { foldScans } from '../../../src/domain/scan-fold.ts';
import { judgeScan } from '../../../src/domain/scan-judgement.ts';
import { madeImageFinding, madePolicy } from '../../support/made-scan.ts';

const [amd64, arm64] = [parsePlatform('linux/amd64'), parsePlatform('linux/arm64')];
const ignore = [{ id: 'CVE-9', until: '2027-01-01', reason: 'a test' }];

function part(platform: typeof amd64, findings: readonly Partial<ImageFinding>[] = []): ScanResult {
  const made = findings.map((changes) => madeImageFinding({ ...changes, platforms: [platform] }));
  const judged = judgeScan(made, madePolicy({ ignore }), '2026-11-22');
  return { tool: 'grype', version: '1.0.0', database: null, why: '', ...judged };
}

describe('the scans of the parts of an image', () => {
  it('are none where there was none', () => {
    expect(foldScans([undefined, undefined])).toBeUndefined();
  });

  it('are one whose failing findings name all their platforms', () => {
    const folded = foldScans([part(amd64, [{ id: 'CVE-3' }]), part(arm64, [{ id: 'CVE-3' }, { id: 'CVE-2' }])]);
    expect(folded).toMatchObject({ state: 'failed', failingCount: 2, counts: { critical: 2 } });
    expect(folded?.failing.map(({ id, platforms }) => `${id} ${platforms.join()}`)).toEqual([
      'CVE-2 linux/arm64',
      'CVE-3 linux/amd64,linux/arm64',
    ]);
  });

  const unavailable: ScanResult = { ...part(arm64), state: 'unavailable', why: 'no database' };
  it.each([
    ['all passed', [part(amd64), part(arm64)], 'passed', ''],
    ['one failed', [part(amd64), part(arm64, [{}])], 'failed', ''],
    ['one was unavailable', [part(amd64), unavailable], 'unavailable', 'no database'],
    ['one failed and one was unavailable', [part(amd64, [{}]), unavailable], 'failed', 'no database'],
    ['one was not scanned', [part(amd64), undefined], 'unavailable', 'a part of the image was not scanned'],
  ] as const)('say what is known of the whole where %s', (_, parts, state, why) => {
    expect(foldScans(parts)).toMatchObject({ state, why });
    expect(foldScans(parts.toReversed())).toMatchObject({ state, why });
  });

  it('name what was let pass once', () => {
    const one = (platform: typeof amd64) => part(platform, [{ id: 'CVE-9' }]);
    expect(foldScans([one(amd64), one(arm64)])?.ignored).toEqual([{ ...ignore[0], package: 'zlib' }]);
  });
});
