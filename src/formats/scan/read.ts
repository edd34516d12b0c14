import type { ScanTool } from '../../domain/scan.ts';
import { readGrype } from './grype.ts';
import { readOsv } from './osv.ts';
import type { ScanReport } from './report.ts';
import { readTrivy } from './trivy.ts';

const readers = { trivy: readTrivy, grype: readGrype, 'osv-scanner': readOsv } satisfies Record<ScanTool, unknown>;

/** Reads what a scanner wrote. */
export function readScan(tool: ScanTool, content: Uint8Array): ScanReport {
  return readers[tool](content);
}
