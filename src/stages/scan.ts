import type { ScanPolicy, ScanResult } from '../domain/scan.ts';
import { countsOf, judgeScan, mergeFindings, standingFindings } from '../domain/scan-judgement.ts';
import { sarifOf } from '../formats/scan/sarif.ts';
import { type ScanPorts, type ScanSource, scanPlatforms } from './scanning/platforms.ts';

/** What a scan works with. */
export interface ScanInputs extends ScanSource {
  /** Without one nothing is scanned. */
  readonly policy: ScanPolicy | null;
  /** As `2026-11-22`. */
  readonly today: string;
  /** Where the findings go, for whoever uploads them. */
  readonly sarifFile: string;
}

/** Looks for known weaknesses in every platform of an image, and holds what it finds against the policy. */
export async function scan(ports: ScanPorts, inputs: ScanInputs): Promise<ScanResult | undefined> {
  const { policy, image, today } = inputs;
  if (policy === null) return undefined;
  const { tool } = policy;
  const scanned = await scanPlatforms(ports, { ...inputs, policy });
  const { version } = scanned;
  if (scanned.kind === 'unavailable') {
    const { why } = scanned;
    ports.log.warning(`${image.key} was not scanned: ${tool} is not available: ${why}`);
    return { ...nothing, tool, version, database: null, state: 'unavailable', why };
  }
  const findings = mergeFindings(scanned.platforms);
  const judgement = judgeScan(findings, policy, today);
  const standing = standingFindings(findings, policy, today);
  await ports.files.write(inputs.sarifFile, sarifOf(standing, { ...image, tool, version }));
  for (const { id, until } of judgement.expired) {
    ports.log.warning(`${id} in ${image.key} was ignored until ${until}, and counts again`);
  }
  return { tool, version, database: scanned.database, why: '', ...judgement };
}

const nothing = { counts: countsOf([]), failing: [], failingCount: 0, ignored: [], expired: [], unfixed: 0 };

/** Where the findings of an image lie, beside its store. No key has two dots in a row, so no store has this name. */
export function scanReportFile(storeFolder: string): string {
  return `${storeFolder}..scan/scan.sarif`;
}
