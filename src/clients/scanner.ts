import { ToolError } from '../domain/errors.ts';
import type { ScanTool } from '../domain/scan.ts';
import { maxReportBytes } from '../formats/scan/report.ts';
import type { Env } from '../ports/env.ts';
import type { Ports } from '../ports/ports.ts';
import { type ScanSubject, scannerWords } from './scanner-words.ts';

type ScannerPorts = Pick<Ports, 'exec' | 'files' | 'env' | 'log'>;

/** What came of a scan: the report as it was written, or why there is none. */
export type ScannerAnswer =
  | { readonly kind: 'report'; readonly bytes: Uint8Array }
  | { readonly kind: 'unavailable'; readonly why: string };

/** A scanner that can be run. */
export interface Scanner {
  readonly tool: ScanTool;
  readonly program: string;
  /** A private folder: its home, where it works and what it takes for the configuration of Docker. */
  readonly home: string;
}

const graceMs = 10_000;
const keptLines = 100;
const shownLength = 2000;
const timedOut = 124;

/** What a scanner may see of the environment: where programs are, and how the network is reached. */
const passed = ['PATH', 'LANG', 'LC_ALL', 'SSL_CERT_FILE', 'SSL_CERT_DIR'] as const;
const network = ['HTTP_PROXY', 'HTTPS_PROXY', 'NO_PROXY', 'http_proxy', 'https_proxy', 'no_proxy'] as const;

/** The version that a scanner says it has; `undefined` where it does not start. */
export async function scannerVersion(ports: ScannerPorts, scanner: Scanner): Promise<string | undefined> {
  const env = await scannerEnv(ports, scanner, passed);
  const options = { cwd: scanner.home, env, timeoutMs: 60_000, graceMs };
  const { exitCode, stdout, stderr } = await ports.exec.run(scanner.program, ['--version'], options);
  if (exitCode !== 0) return undefined;
  return /(?:^|[^\w.])v?(\d+\.\d+[\w.+-]*)/.exec(`${stdout}\n${stderr}`)?.[1] ?? 'unknown';
}

/** Refuses a scanner of another version than the one that was asked for. */
export function requireVersion({ tool }: Scanner, found: string, wanted: string | null): void {
  if (wanted === null || wanted.replace(/^v/, '') === found) return;
  throw new ToolError({
    code: 'scanner-other-version',
    what: `${tool} has the version ${found.slice(0, 80)}, and the configuration says ${wanted}`,
    where: tool,
    state: 'the image was not scanned, and nothing of it was published',
    next: 'install that version, or change `scan.version`',
  });
}

/** Runs a scanner once. What it prints is shown, and cannot act on a terminal or a runner. */
export async function runScanner(ports: ScannerPorts, scanner: Scanner, subject: ScanSubject): Promise<ScannerAnswer> {
  const words = scannerWords[scanner.tool];
  const reach = subject.database?.kind === 'file' ? passed : [...passed, ...network];
  const env = { ...(await scannerEnv(ports, scanner, reach)), ...words.env(subject) };
  const said: string[] = [];
  let isPartly = false;
  const { exitCode } = await ports.exec.run(scanner.program, words.args(subject), {
    cwd: scanner.home,
    env,
    timeoutMs: subject.timeoutMinutes * 60_000,
    graceMs,
    onLine(line) {
      isPartly ||= words.partly?.test(line) === true;
      said.push(line.slice(0, shownLength));
      if (said.length > keptLines) said.shift();
    },
  });
  if (said.length > 0) ports.log.relay(said, scanner.tool);
  const size = (await ports.files.facts(subject.report))?.size;
  const why = whyUnavailable({ exitCode, worked: words.worked, isPartly, size, minutes: subject.timeoutMinutes });
  const bytes = why === undefined ? await ports.files.readBytes(subject.report) : undefined;
  if (bytes !== undefined) return { kind: 'report', bytes };
  const last = said.findLast((line) => line.trim() !== '');
  const more = last === undefined ? '' : `; its last words: ${last.trim().slice(0, 300)}`;
  return { kind: 'unavailable', why: `${why ?? 'it wrote no report'}${more}` };
}

function whyUnavailable(run: {
  readonly exitCode: number;
  readonly worked: readonly number[];
  readonly isPartly: boolean;
  readonly size: number | undefined;
  readonly minutes: number;
}): string | undefined {
  if (run.exitCode === timedOut) return `it did not end within ${run.minutes} minutes`;
  if (!run.worked.includes(run.exitCode)) return `it ended with exit code ${run.exitCode}`;
  if (run.isPartly) return 'it had no database for a part of the packages';
  if (run.size === undefined) return 'it wrote no report';
  return run.size > maxReportBytes ? `its report has more than ${maxReportBytes} bytes` : undefined;
}

/** No name and no token of ours is among it: what is not listed is not passed. */
async function scannerEnv(
  { env, files }: { readonly env: Env; readonly files: ScannerPorts['files'] },
  { home }: Scanner,
  names: readonly string[],
): Promise<Record<string, string>> {
  const docker = `${home}/docker`;
  await files.write(`${docker}/config.json`, '{}');
  await files.makeFolder(`${home}/tmp`);
  const kept = names.flatMap((name) => (env[name] === undefined ? [] : [[name, env[name]]]));
  return {
    ...Object.fromEntries(kept),
    HOME: home,
    TMPDIR: `${home}/tmp`,
    XDG_CACHE_HOME: `${home}/cache`,
    XDG_CONFIG_HOME: `${home}/config`,
    DOCKER_CONFIG: docker,
  };
}
