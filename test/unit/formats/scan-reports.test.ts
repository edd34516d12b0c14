import { describe, expect, it } from '@jest/globals';
import type { Finding } from '../../../src/domain/scan.ts';
import { readScan } from '../../../src/formats/scan/read.ts';
import { maxReportBytes } from '../../../src/formats/scan/report.ts';

const bytes = (value: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(value));

/** What all three say, each in its words. */
const expected: Finding = {
  id: 'CVE-2026-0001',
  aliases: ['GHSA-aaaa-bbbb-cccc'],
  severity: 'high',
  package: 'zlib',
  installed: '1.2.0',
  fixed: '1.2.1',
  title: 'A made weakness',
};

const trivy = (changes: object = {}) => ({
  SchemaVersion: 2,
  ArtifactName: 'image',
  Results: [
    { Target: 'image (alpine 3.20)', Class: 'os-pkgs', Type: 'alpine' },
    {
      Target: 'image (alpine 3.20)',
      Vulnerabilities: [
        {
          VulnerabilityID: 'CVE-2026-0001',
          VendorIDs: ['GHSA-aaaa-bbbb-cccc'],
          PkgName: 'zlib',
          InstalledVersion: '1.2.0',
          FixedVersion: '1.2.1',
          Severity: 'HIGH',
          Title: 'A made weakness',
          ...changes,
        },
      ],
    },
  ],
});

const grype = (changes: object = {}) => ({
  matches: [
    {
      vulnerability: {
        id: 'CVE-2026-0001',
        severity: 'High',
        description: 'A made weakness\nwith a second line',
        fix: { versions: ['1.2.1'], state: 'fixed' },
        ...changes,
      },
      relatedVulnerabilities: [{ id: 'GHSA-aaaa-bbbb-cccc' }, { id: 'CVE-2026-0001' }],
      artifact: { name: 'zlib', version: '1.2.0', type: 'apk' },
    },
  ],
  descriptor: { name: 'grype', version: '0.121.2', db: { status: { built: '2026-11-20T04:00:00Z' } } },
});

const osv = (group: object = {}, advisory: object = {}) => ({
  results: [
    {
      source: { path: '/lib/apk/db/installed', type: 'artifact' },
      packages: [
        {
          package: { name: 'zlib', version: '1.2.0', ecosystem: 'Alpine:v3.20' },
          vulnerabilities: [
            {
              id: 'CVE-2026-0001',
              summary: 'A made weakness',
              affected: [
                { package: { name: 'other' }, ranges: [{ events: [{ fixed: '9' }] }] },
                { package: { name: 'zlib' }, ranges: [{ events: [{ introduced: '0' }, { fixed: '1.2.1' }] }] },
              ],
              ...advisory,
            },
          ],
          groups: [
            {
              ids: ['CVE-2026-0001'],
              aliases: ['CVE-2026-0001', 'GHSA-aaaa-bbbb-cccc'],
              max_severity: '7.5',
              ...group,
            },
          ],
        },
      ],
    },
  ],
});

describe('a report of a scanner', () => {
  it.each([
    ['trivy', trivy()],
    ['grype', grype()],
    ['osv-scanner', osv()],
  ] as const)('of %s says what it found', (tool, report) => {
    expect(readScan(tool, bytes(report)).findings).toEqual([expected]);
  });

  it.each([
    ['trivy', trivy({ FixedVersion: '' })],
    ['trivy', trivy({ FixedVersion: undefined })],
    ['grype', grype({ fix: { versions: [], state: 'not-fixed' } })],
    ['grype', grype({ fix: undefined })],
    ['osv-scanner', osv({}, { affected: [] })],
  ] as const)('of %s says where there is no version that mends it', (tool, report) => {
    expect(readScan(tool, bytes(report)).findings).toEqual([{ ...expected, fixed: null }]);
  });

  it.each([
    ['trivy', trivy({ Severity: 'CRITICAL' }), 'critical'],
    ['trivy', trivy({ Severity: 'UNKNOWN' }), 'unknown'],
    ['trivy', trivy({ Severity: undefined }), 'unknown'],
    ['grype', grype({ severity: 'Medium' }), 'medium'],
    ['grype', grype({ severity: 'Negligible' }), 'low'],
    ['osv-scanner', osv({ max_severity: '9.0' }), 'critical'],
    ['osv-scanner', osv({ max_severity: '8.9' }), 'high'],
    ['osv-scanner', osv({ max_severity: '4.0' }), 'medium'],
    ['osv-scanner', osv({ max_severity: '0.1' }), 'low'],
    ['osv-scanner', osv({ max_severity: '' }), 'unknown'],
    ['osv-scanner', osv({ max_severity: '' }, { database_specific: { severity: 'MODERATE' } }), 'medium'],
    ['osv-scanner', osv({ max_severity: '' }, { database_specific: { severity: 7 } }), 'unknown'],
  ] as const)('of %s has severities that we know (%#)', (tool, report, severity) => {
    expect(readScan(tool, bytes(report)).findings).toEqual([{ ...expected, severity }]);
  });

  it.each([
    ['trivy', { SchemaVersion: 2 }],
    ['trivy', { SchemaVersion: 2, Results: [{ Target: 'x' }] }],
    ['grype', { matches: [] }],
    ['osv-scanner', { results: [] }],
    ['osv-scanner', { results: null }],
  ] as const)('of %s without findings has none', (tool, report) => {
    expect(readScan(tool, bytes(report)).findings).toEqual([]);
  });

  it.each([
    ['trivy', { SchemaVersion: 1, Results: [] }],
    ['trivy', []],
    ['grype', {}],
    ['grype', { matches: [{}] }],
    ['osv-scanner', { results: [{ packages: [{}] }] }],
    ['osv-scanner', 'no'],
  ] as const)('of %s that is none (%#) is refused', (tool, report) => {
    expect(() => readScan(tool, bytes(report))).toThrow(expect.objectContaining({ code: 'scan-report-invalid' }));
  });

  it('may be larger than other documents, and has an end', () => {
    const large = (size: number): Uint8Array => bytes({ matches: [], more: 'x'.repeat(size) });
    expect(readScan('grype', large(5 * 1024 * 1024)).findings).toEqual([]);
    expect(() => readScan('grype', new Uint8Array(maxReportBytes + 1))).toThrow(/is larger than/);
  });

  it('says when the database was built, where it says that at all', () => {
    expect(readScan('grype', bytes(grype())).database).toBe('built 2026-11-20T04:00:00Z');
    expect(readScan('grype', bytes({ matches: [], descriptor: { db: { built: '2025' } } })).database).toBe(
      'built 2025',
    );
    expect(readScan('trivy', bytes(trivy())).database).toBeNull();
  });
});
