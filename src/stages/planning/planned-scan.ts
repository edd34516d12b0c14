import type { ScanPolicy } from '../../domain/scan.ts';
import type { ScanConfig } from '../../formats/config/scan.ts';

/** The scan of the configuration, as the plan says it; an image may be left out. */
export function plannedScan(scan: ScanConfig | undefined, ofImage: false | undefined): ScanPolicy | null {
  if (scan === undefined || ofImage === false) return null;
  const { tool, download, database } = scan;
  return {
    tool,
    program: scan.program ?? tool,
    download: download === undefined ? null : { url: download.url, sha256: checksums(download.sha256) },
    version: scan.version ?? null,
    failOn: scan['fail-on'],
    onlyFixed: scan['only-fixed'],
    ignore: scan.ignore,
    unavailable: scan.unavailable,
    database: databaseOf(database),
    timeoutMinutes: scan['timeout-minutes'],
  };
}

function checksums(sha256: string | Readonly<Record<string, string>>): Record<string, string> {
  return typeof sha256 === 'string' ? { any: sha256 } : { ...sha256 };
}

function databaseOf(database: ScanConfig['database']): ScanPolicy['database'] {
  if (database?.file !== undefined) return { kind: 'file', path: database.file };
  return database?.mirror === undefined ? null : { kind: 'mirror', address: database.mirror };
}
