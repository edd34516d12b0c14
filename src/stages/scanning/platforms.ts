import { requireVersion, runScanner, type Scanner, scannerVersion } from '../../clients/scanner.ts';
import { fetchScanner } from '../../clients/scanner-download.ts';
import { scannerWords } from '../../clients/scanner-words.ts';
import { RemoteError } from '../../domain/errors.ts';
import { joinPath } from '../../domain/path.ts';
import type { BuildFragment, PlatformRecord } from '../../domain/record.ts';
import type { Finding, ScanDatabase, ScanPolicy } from '../../domain/scan.ts';
import { readScan } from '../../formats/scan/read.ts';
import type { Ports } from '../../ports/ports.ts';
import { createLock, type LockPorts } from '../../store/lock.ts';
import type { Store } from '../../store/store.ts';
import { makeSubject } from './subject.ts';

export type ScanPorts = Pick<Ports, 'exec' | 'files' | 'http' | 'env' | 'log'> & LockPorts;

interface PlatformScan {
  readonly platform: PlatformRecord['platform'];
  readonly findings: readonly Finding[];
}

/** What was found on each platform of an image, or why that cannot be said. */
export type Scanned =
  | {
      readonly kind: 'scanned';
      readonly version: string;
      readonly database: string | null;
      readonly platforms: readonly PlatformScan[];
    }
  | { readonly kind: 'unavailable'; readonly version: string | null; readonly why: string };

/** What is scanned, and with what. */
export interface ScanSource {
  readonly image: { readonly key: string; readonly dockerfile: string };
  readonly built: Pick<BuildFragment, 'platforms'>;
  readonly store: Store;
  /** The repository's folder. */
  readonly folder: string;
  /** Where scanners and their databases stay from run to run; an absolute path. */
  readonly cacheFolder: string;
}

type Inputs = ScanSource & { readonly policy: ScanPolicy };

/** Scans each platform of an image by itself. */
export async function scanPlatforms(ports: ScanPorts, inputs: Inputs): Promise<Scanned> {
  const { policy, image, cacheFolder } = inputs;
  await ports.files.makeFolder(cacheFolder);
  await using home = await ports.files.tempFolder('slipway-scan-');
  ports.log.task(image.key, { kind: 'working', text: `scan with ${policy.tool}` });
  const scanner = await scannerOf(ports, inputs, home.path);
  if ('why' in scanner) return { kind: 'unavailable', version: null, why: scanner.why };
  const version = await scannerVersion(ports, scanner);
  if (version === undefined) return { kind: 'unavailable', version: null, why: `${scanner.program} does not start` };
  requireVersion(scanner, version, policy.version);
  const body = (): Promise<Scanned> => scanEach(ports, inputs, { scanner, version });
  // Two that fetch one database at a time would write over each other.
  const inTurn =
    policy.database?.kind === 'file' ? body : () => createLock(ports, `${cacheFolder}/database.lock`)(body);
  // Awaited here: the folder that it works in is gone when this function is left.
  return await inTurn();
}

async function scanEach(
  ports: ScanPorts,
  { policy, built, store, folder, cacheFolder }: Inputs,
  { scanner, version }: { readonly scanner: Scanner; readonly version: string },
): Promise<Scanned> {
  const { tool, timeoutMinutes } = policy;
  const database = databaseIn(policy.database, folder);
  const config = `${scanner.home}/empty.yaml`;
  await ports.files.write(config, '');
  const platforms: PlatformScan[] = [];
  let said: string | null = null;
  for (const [at, platform] of built.platforms.entries()) {
    const place = `${scanner.home}/${at}`;
    const path = await makeSubject(ports, { store, platform, folder: place }, scannerWords[tool].form);
    const answer = await runScanner(ports, scanner, {
      path,
      report: `${place}/report.json`,
      config,
      cacheFolder: `${cacheFolder}/${tool}`,
      database,
      timeoutMinutes,
    });
    await ports.files.remove(path);
    if (answer.kind === 'unavailable') return { ...answer, version };
    const report = readScan(tool, answer.bytes);
    platforms.push({ platform: platform.platform, findings: report.findings });
    said = report.database ?? said;
  }
  return { kind: 'scanned', version, platforms, database: said ?? shown(policy.database) };
}

/** A host that does not answer is an absent scanner; a checksum that does not fit is never forgiven. */
async function scannerOf(
  ports: ScanPorts,
  { policy, cacheFolder }: Inputs,
  home: string,
): Promise<Scanner | { readonly why: string }> {
  const { tool, download, version } = policy;
  if (download === null) return { tool, program: policy.program, home };
  try {
    const program = await fetchScanner(ports, { tool, download, version }, { cacheFolder, folder: home });
    return { tool, program, home };
  } catch (error) {
    if (error instanceof RemoteError) return { why: error.what };
    throw error;
  }
}

function databaseIn(database: ScanDatabase | null, folder: string): ScanDatabase | null {
  if (database?.kind !== 'file' || database.path.startsWith('/')) return database;
  return { kind: 'file', path: joinPath(folder, database.path) };
}

function shown(database: ScanDatabase | null): string | null {
  if (database === null) return null;
  return database.kind === 'file' ? `the folder ${database.path}` : database.address;
}
