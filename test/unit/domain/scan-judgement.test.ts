import { describe, expect, it } from '@jest/globals';
import { parsePlatform } from '../../../src/domain/platform.ts';
import { type ScanPolicy, ScanResult, scanState, severities } from '../../../src/domain/scan.ts';
import { judgeScan, keptFindings, mergeFindings, standingFindings } from '../../../src/domain/scan-judgement.ts';
import { madeFinding, madeImageFinding, madePolicy } from '../../support/made-scan.ts';

const today = '2026-11-22';
const [amd64, arm64] = [parsePlatform('linux/amd64'), parsePlatform('linux/arm64')];
const oneOfEach = severities.map((severity) => madeImageFinding({ id: `CVE-${severity}`, severity }));

describe('a judgement about findings', () => {
  it.each([
    ['critical', ['CVE-critical']],
    ['high', ['CVE-critical', 'CVE-high']],
    ['medium', ['CVE-critical', 'CVE-high', 'CVE-medium']],
    ['low', ['CVE-critical', 'CVE-high', 'CVE-medium', 'CVE-low', 'CVE-unknown']],
    ['never', []],
  ] as const)('with fail-on %s fails for %j', (failOn, ids) => {
    const { state, failing, counts } = judgeScan(oneOfEach.toReversed(), madePolicy({ failOn }), today);
    expect(failing.map(({ id }) => id)).toEqual(ids);
    expect(state).toBe(ids.length === 0 ? 'passed' : 'failed');
    expect(counts).toEqual({ critical: 1, high: 1, medium: 1, low: 1, unknown: 1 });
  });

  it('leaves out what nothing mends, where only the rest counts, and says how much that is', () => {
    const findings = [madeImageFinding({ fixed: null }), madeImageFinding({ id: 'CVE-2' })];
    const { failing, unfixed, counts } = judgeScan(findings, madePolicy({ onlyFixed: true }), today);
    expect([failing.map(({ id }) => id), unfixed, counts.critical]).toEqual([['CVE-2'], 1, 1]);
  });

  const ignore = (until: string, id = 'CVE-2026-0001'): Pick<ScanPolicy, 'ignore'> => ({
    ignore: [{ id, until, reason: 'a test' }],
  });
  it.each([
    ['the day before its end', '2026-11-23', 'passed'],
    ['its last day', '2026-11-22', 'passed'],
    ['the day after its end', '2026-11-21', 'failed'],
    ['a century later', '1926-11-22', 'failed'],
  ])('heeds an ignored finding on %s', (_, until, state) => {
    const judged = judgeScan([madeImageFinding()], madePolicy(ignore(until)), today);
    expect(judged.state).toBe(state);
    expect(judged.ignored.map((one) => one.package)).toEqual(state === 'passed' ? ['zlib'] : []);
    expect(judged.expired.map(({ id }) => id)).toEqual(state === 'passed' ? [] : ['CVE-2026-0001']);
  });

  it('names no expired entry for what was not found', () => {
    expect(judgeScan([], madePolicy(ignore('2020-01-01')), today).expired).toEqual([]);
  });

  it('knows a finding by any of its names', () => {
    const finding = madeImageFinding({ aliases: ['GHSA-x'] });
    expect(judgeScan([finding], madePolicy(ignore('2027-01-01', 'GHSA-x')), today).state).toBe('passed');
    expect(judgeScan([finding], madePolicy(ignore('2027-01-01', 'GHSA')), today).state).toBe('failed');
    expect(standingFindings([finding], madePolicy(ignore('2027-01-01', 'GHSA-x')), today)).toEqual([]);
  });

  it('keeps the worst of many, and counts all', () => {
    const many = Array.from({ length: keptFindings + 5 }, (_, at) =>
      madeImageFinding({ id: `CVE-${at}`, severity: 'high' }),
    );
    const judged = judgeScan([...many, madeImageFinding({ id: 'worst' })], madePolicy({ failOn: 'high' }), today);
    expect([judged.failing.length, judged.failingCount, judged.failing[0]?.id]).toEqual([100, 106, 'worst']);
  });

  it('fits the document that it goes into', () => {
    const judged = judgeScan(oneOfEach, madePolicy(ignore('2020-01-01', 'CVE-low')), today);
    const result = { tool: 'grype', version: '1.0.0', database: null, why: '', ...judged };
    expect(ScanResult.parse(JSON.parse(JSON.stringify(result)))).toEqual(result);
    expect([scanState(ScanResult.parse(result)), scanState(undefined)]).toEqual(['failed', 'not-scanned']);
  });
});

describe('findings of several platforms', () => {
  it('are one where they are the same, and the worst severity counts', () => {
    const merged = mergeFindings([
      { platform: amd64, findings: [madeFinding({ severity: 'low' }), madeFinding({ package: 'other' })] },
      { platform: arm64, findings: [madeFinding({ severity: 'high' }), madeFinding({ installed: '1.1.0' })] },
    ]);
    expect(merged.map((one) => [one.package, one.installed, one.severity, one.platforms.join()])).toEqual([
      ['zlib', '1.2.0', 'high', 'linux/amd64,linux/arm64'],
      ['other', '1.2.0', 'critical', 'linux/amd64'],
      ['zlib', '1.1.0', 'critical', 'linux/arm64'],
    ]);
  });

  it('name a platform once, also where a scanner repeats itself', () => {
    const merged = mergeFindings([{ platform: amd64, findings: [madeFinding(), madeFinding()] }]);
    expect(merged.map(({ platforms }) => platforms)).toEqual([[amd64]]);
  });
});
