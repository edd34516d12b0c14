import { describe, expect, it } from '@jest/globals';
import { ScanConfig } from '../../../src/formats/config/scan.ts';
import { parseSlipwayYml } from '../../../src/formats/slipway-yml.ts';
import { plannedScan } from '../../../src/stages/planning/planned-scan.ts';
import { madePolicy } from '../../support/made-scan.ts';

const sha256 = 'a'.repeat(64);
const url = 'https://example.org/trivy-{os}-{arch}.tar.gz';

describe('the scan of a configuration', () => {
  it('asks for little where it says only the tool', () => {
    const { config } = parse('scan: { tool: osv-scanner }');
    expect(plannedScan(config.scan, undefined)).toEqual(madePolicy());
  });

  it('becomes the policy of the plan', () => {
    const { config } = parse(
      [
        'scan:',
        '  tool: trivy',
        `  download: { url: "${url}", sha256: { linux/amd64: ${sha256} } }`,
        '  version: 0.70.0',
        '  fail-on: medium',
        '  only-fixed: true',
        '  ignore: [{ id: CVE-2026-1, until: 2027-01-31, reason: never reached }]',
        '  unavailable: warn',
        '  database: { mirror: mirror.example/trivy-db }',
        '  timeout-minutes: 3',
      ].join('\n'),
    );
    expect(plannedScan(config.scan, undefined)).toEqual({
      tool: 'trivy',
      program: 'trivy',
      download: { url, sha256: { 'linux/amd64': sha256 } },
      version: '0.70.0',
      failOn: 'medium',
      onlyFixed: true,
      ignore: [{ id: 'CVE-2026-1', until: '2027-01-31', reason: 'never reached' }],
      unavailable: 'warn',
      database: { kind: 'mirror', address: 'mirror.example/trivy-db' },
      timeoutMinutes: 3,
    });
  });

  it('has no policy where there is none, or the image is left out', () => {
    const { config } = parse('scan: { tool: grype }');
    expect([plannedScan(undefined, undefined), plannedScan(config.scan, false)]).toEqual([null, null]);
  });

  it('takes one checksum for every machine', () => {
    const scan = ScanConfig.parse({ tool: 'grype', download: { url: 'https://example.org/grype', sha256 } });
    expect(plannedScan(scan, undefined)?.download?.sha256).toEqual({ any: sha256 });
  });

  it.each([
    [{}, /Invalid option/],
    [{ tool: 'clair' }, /Invalid option/],
    [{ tool: 'grype', download: { url } }, /Invalid input/],
    [{ tool: 'grype', download: { url, sha256: 'abc' } }, /./],
    [{ tool: 'grype', download: { url: 'http://example.org/x', sha256 } }, /begins with https/],
    [{ tool: 'grype', download: { url: 'https://example.org/{version}', sha256 } }, /needs the key version/],
    [{ tool: 'grype', program: 'grype', download: { url, sha256 } }, /not both/],
    [{ tool: 'grype', program: './grype' }, /absolute path/],
    [{ tool: 'grype', program: '-grype' }, /absolute path/],
    [{ tool: 'grype', database: {} }, /one of file or mirror/],
    [{ tool: 'grype', database: { file: 'a', mirror: 'b' } }, /one of file or mirror/],
    [{ tool: 'trivy', database: { mirror: '--output=/etc/passwd' } }, /without spaces/],
    [{ tool: 'osv-scanner', database: { mirror: 'b' } }, /knows no mirror/],
    [{ tool: 'grype', ignore: [{ id: 'CVE-1', until: '2027-01-31' }] }, /Invalid input/],
    [{ tool: 'grype', ignore: [{ id: 'CVE-1', until: '2027-02-30', reason: 'x' }] }, /a day such as/],
    [{ tool: 'grype', ignore: [{ id: 'CVE-1', until: 'never', reason: 'x' }] }, /a day such as/],
    [{ tool: 'grype', version: 1.2 }, /in quotes/],
  ])('is refused: %j', (scan, message) => {
    const read = ScanConfig.safeParse(scan);
    expect(read.error?.issues.map((issue) => issue.message).join('\n') ?? 'it was taken').toMatch(message);
    expect(read.success).toBe(false);
  });
});

function parse(text: string) {
  return { config: parseSlipwayYml(`${text}\nimages: { app: {} }\n`, 'slipway.yml') };
}
