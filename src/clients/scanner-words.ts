import type { ScanDatabase, ScanTool } from '../domain/scan.ts';

/** What is scanned, in the form that the tool takes: a layout with one image, or an archive of it. */
export interface ScanSubject {
  readonly path: string;
  /** Where the tool writes what it found. */
  readonly report: string;
  /** An empty file, which stands in for any configuration that the tool may come across. */
  readonly config: string;
  /** Where the tool keeps the database that it fetches. */
  readonly cacheFolder: string;
  readonly database: ScanDatabase | null;
  readonly timeoutMinutes: number;
}

/** How one scanner is spoken to. */
export interface ScannerWords {
  /** What it reads an image from. */
  readonly form: 'layout' | 'archive';
  readonly args: (subject: ScanSubject) => readonly string[];
  readonly env: (subject: ScanSubject) => Readonly<Record<string, string>>;
  /** Exit codes that say that it did its work, whatever it found. */
  readonly worked: readonly number[];
  /** A line by which it says that it did only a part of it. */
  readonly partly?: RegExp;
}

const trivy: ScannerWords = {
  form: 'layout',
  args: ({ path, report, cacheFolder, database, timeoutMinutes, config }) => [
    'image',
    ...['--input', path, '--format', 'json', '--output', report, '--scanners', 'vuln', '--exit-code', '0'],
    ...['--config', config, '--no-progress', '--timeout', `${Math.ceil(timeoutMinutes * 60)}s`],
    ...['--cache-dir', database?.kind === 'file' ? database.path : cacheFolder],
    ...(database?.kind === 'file' ? ['--skip-db-update', '--skip-java-db-update', '--offline-scan'] : []),
    ...(database?.kind === 'mirror' ? ['--db-repository', database.address] : []),
  ],
  // By variables, because older lines refuse options that they do not know.
  env: () => ({ TRIVY_DISABLE_TELEMETRY: 'true', TRIVY_SKIP_VERSION_CHECK: 'true', TRIVY_CACHE_BACKEND: 'memory' }),
  worked: [0],
};

const grype: ScannerWords = {
  form: 'layout',
  args: ({ path, report, config }) => [
    `oci-dir:${path}`,
    ...['--output', 'json', '--file', report, '--config', config],
  ],
  env: ({ cacheFolder, database }) => ({
    GRYPE_CHECK_FOR_APP_UPDATE: 'false',
    GRYPE_DB_CACHE_DIR: database?.kind === 'file' ? database.path : cacheFolder,
    ...(database?.kind === 'file' ? { GRYPE_DB_AUTO_UPDATE: 'false' } : {}),
    ...(database?.kind === 'mirror' ? { GRYPE_DB_UPDATE_URL: database.address } : {}),
  }),
  worked: [0],
};

/** Where it lacks the database for some packages, or for all, it ends as if there were nothing to find there; only a line says so. */
const osv: ScannerWords = {
  form: 'archive',
  args: ({ path, report, config, database }) => [
    ...['scan', 'image', '--archive', path, '--format', 'json', '--output-file', report, '--config', config],
    ...['--allow-no-lockfiles', ...(database === null ? [] : ['--offline'])],
  ],
  env: ({ database }): Readonly<Record<string, string>> =>
    database?.kind === 'file' ? { OSV_SCANNER_LOCAL_DB_CACHE_DIRECTORY: database.path } : {},
  worked: [0, 1],
  partly: /could not load db|unable to fetch OSV database|no offline version of the OSV/i,
};

/** How each scanner is spoken to. */
export const scannerWords: Readonly<Record<ScanTool, ScannerWords>> = { trivy, grype, 'osv-scanner': osv };
