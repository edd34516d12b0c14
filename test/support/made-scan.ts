import { parsePlatform } from '../../src/domain/platform.ts';
import type { Finding, ImageFinding, ScanPolicy, ScanResult } from '../../src/domain/scan.ts';

/** A policy of which nothing is asked, unless a test says otherwise. */
export function madePolicy(changes: Partial<ScanPolicy> = {}): ScanPolicy {
  return {
    tool: 'osv-scanner',
    program: 'osv-scanner',
    download: null,
    version: null,
    failOn: 'critical',
    onlyFixed: false,
    ignore: [],
    unavailable: 'fail',
    database: null,
    timeoutMinutes: 15,
    ...changes,
  };
}

/** A critical finding in zlib that has a fix. */
export function madeFinding(changes: Partial<Finding> = {}): Finding {
  return {
    id: 'CVE-2026-0001',
    aliases: [],
    severity: 'critical',
    package: 'zlib',
    installed: '1.2.0',
    fixed: '1.2.1',
    title: 'A made weakness',
    ...changes,
  };
}

/** The same on linux/amd64. */
export function madeImageFinding(changes: Partial<ImageFinding> = {}): ImageFinding {
  return { ...madeFinding(), platforms: [parsePlatform('linux/amd64')], ...changes };
}

/** What a scan says that found nothing. */
export function madeScanResult(changes: Partial<ScanResult> = {}): ScanResult {
  return {
    tool: 'osv-scanner',
    version: '2.5.1',
    database: null,
    state: 'passed',
    why: '',
    counts: { critical: 0, high: 0, medium: 0, low: 0, unknown: 0 },
    failing: [],
    failingCount: 0,
    ignored: [],
    expired: [],
    unfixed: 0,
    ...changes,
  };
}
