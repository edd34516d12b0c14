import { describe, expect, it } from '@jest/globals';
import type { ScanResult } from '../../../src/domain/scan.ts';
import { countsOf, judgeScan } from '../../../src/domain/scan-judgement.ts';
import { scanTables } from '../../../src/reports/scan-tables.ts';
import { madeImageFinding, madePolicy } from '../../support/made-scan.ts';

const tool = { tool: 'grype', version: '0.121.2', database: 'built yesterday', why: '' } as const;
const judged = (...given: Parameters<typeof judgeScan>): ScanResult => ({ ...tool, ...judgeScan(...given) });
const today = '2026-11-22';

describe('the tables of scans', () => {
  it('are none where nothing was scanned', () => {
    expect(scanTables([{ key: 'app' }])).toEqual([]);
  });

  it('count what was found, and name what fails the image', () => {
    const findings = [madeImageFinding(), madeImageFinding({ id: 'CVE-2', severity: 'low' })];
    const [counts, failing, ...more] = scanTables([{ key: 'app', scan: judged(findings, madePolicy(), today) }]);
    expect(counts).toContain('| `app` | failed | 1 | 0 | 0 | 1 | 0 | 0 | grype, 0.121.2, built yesterday |');
    expect(failing).toContain('CVE\\-2026\\-0001 | critical | zlib | 1.2.0 | 1.2.1 | linux/amd64');
    expect(failing).not.toContain('CVE\\-2 ');
    expect(more).toEqual([]);
  });

  it('say that nothing is known where the scanner was unavailable', () => {
    const judgement = { ...judgeScan([], madePolicy(), today), counts: countsOf([]) };
    const scan: ScanResult = { ...tool, ...judgement, state: 'unavailable', why: 'no | database' };
    expect(scanTables([{ key: 'app', scan }])[0]).toContain('| unavailable: no \\| database | – | – | – | – | – | – |');
  });

  it('name what was let pass, and what is so no longer', () => {
    const ignore = [
      { id: 'CVE-2026-0001', until: '2026-11-22', reason: 'never reached' },
      { id: 'CVE-2', until: '2026-11-21', reason: 'it was busy' },
    ];
    const findings = [madeImageFinding(), madeImageFinding({ id: 'CVE-2' })];
    const notes = scanTables([{ key: 'app', scan: judged(findings, madePolicy({ ignore }), today) }]).at(-1);
    expect(notes?.split('\n')).toEqual([
      '- `app`: ignored until 2026\\-11\\-22: CVE\\-2026\\-0001 in zlib \\(never reached\\)',
      '- `app`: counts again since 2026\\-11\\-21: CVE\\-2 \\(it was busy\\)',
    ]);
  });

  it('are short, whatever was found in however many images', () => {
    const findings = Array.from({ length: 500 }, (_, at) =>
      madeImageFinding({ id: `CVE-${at}`, title: 'x'.repeat(300) }),
    );
    const scan = judged(findings, madePolicy(), today);
    const text = scanTables([
      { key: 'one', scan },
      { key: 'two', scan },
    ]).join('\n');
    expect(text).toContain('… and 900 more');
    expect(text.length).toBeLessThan(100_000);
  });

  it('show what a scanner wrote, and let nothing of it act', () => {
    const evil = '</details><img onerror=x> [x](javascript:1) ``` @org/team \u202e';
    const scan = judged(
      [madeImageFinding({ id: evil, package: evil, installed: evil, title: evil })],
      madePolicy(),
      today,
    );
    const text = scanTables([{ key: 'app', scan }]).join('\n');
    expect(text).not.toMatch(/<img|(?<!\\)\[x|@org|\u202e|(?<!\\)`{3}/);
  });
});
