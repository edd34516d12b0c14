import { Hasher } from '../domain/digest.ts';
import { ConfigError, RemoteError, ToolError } from '../domain/errors.ts';
import { fillText } from '../domain/placeholders.ts';
import { platformOf } from '../domain/platform.ts';
import type { ScanPolicy } from '../domain/scan.ts';
import type { HttpResponse } from '../ports/http.ts';
import type { Ports } from '../ports/ports.ts';

type DownloadPorts = Pick<Ports, 'exec' | 'files' | 'http'>;

const maxBytes = 512 * 1024 * 1024;
const maxRedirects = 5;
const redirects = [301, 302, 303, 307, 308];
const state = 'the image was not scanned, and nothing of it was published';

/**
 * Fetches the scanner that a policy pins, unless the cache has it, and gives the path of its program below `folder`. The bytes are
 * compared with the checksum each time, also those from the cache, before anything of them can be started.
 */
export async function fetchScanner(
  ports: DownloadPorts,
  {
    tool,
    download,
    version,
  }: Pick<ScanPolicy, 'tool' | 'version'> & { readonly download: NonNullable<ScanPolicy['download']> },
  { cacheFolder, folder }: { readonly cacheFolder: string; readonly folder: string },
): Promise<string> {
  const machine = await machineOf(ports);
  const sha256 = download.sha256[machine] ?? download.sha256.any;
  if (sha256 === undefined) throw unknownChecksum(machine);
  const [os = '', arch = ''] = machine.split('/');
  const url = fillText(download.url, { os, arch, version: version?.replace(/^v/, '') ?? '' });
  const kept = `${cacheFolder}/${sha256}`;
  if ((await ports.files.facts(kept)) === undefined) {
    await ports.files.write(kept, checked(await bodyAt(ports, url), sha256, url));
  }
  const program = `${folder}/${tool}`;
  const isArchive = /\.(tar\.gz|tgz)$/.test(new URL(url).pathname);
  const copy = isArchive ? `${program}.tar.gz` : program;
  try {
    await ports.files.write(copy, checked((await ports.files.readStream(kept)) ?? none(), sha256, kept));
  } catch (error) {
    // What somebody changed in the cache is fetched anew by the next run.
    await ports.files.remove(kept);
    throw error;
  }
  if (isArchive) await runOr(ports, 'tar', ['-xzf', copy, '-C', folder, '--', tool], url);
  await runOr(ports, 'chmod', ['700', program], url);
  return program;
}

/** Hands on a content, and throws before its end where it is not what the checksum says: nothing is written then. */
async function* checked(content: AsyncIterable<Uint8Array>, sha256: string, where: string): AsyncIterable<Uint8Array> {
  const hasher = new Hasher();
  let size = 0;
  for await (const piece of content) {
    size += piece.length;
    if (size > maxBytes) throw failed(`it has more than ${maxBytes} bytes`, where);
    hasher.add(piece);
    yield piece;
  }
  const found = hasher.digest();
  if (found === `sha256:${sha256}`) return;
  throw new ToolError({
    code: 'scanner-checksum',
    what: `the scanner has ${found}, and the configuration says sha256:${sha256}`,
    where,
    state: `nothing of it was started; ${state}`,
    next: 'look at who changed it; the checksum is changed only for a version that you want',
  });
}

async function bodyAt({ http }: DownloadPorts, url: string): Promise<AsyncIterable<Uint8Array>> {
  let at = new URL(url);
  for (let hop = 0; hop <= maxRedirects; hop += 1) {
    const response: HttpResponse = await http.send({
      method: 'GET',
      url: at.href,
      retry: { attempts: 3, statuses: [429, 502, 503, 504] },
    });
    if (response.status === 200) return response.body;
    const { location } = response.headers;
    if (!redirects.includes(response.status) || location === undefined) {
      throw failed(`the answer was ${response.status}`, at.href);
    }
    const next = URL.canParse(location, at.href) ? new URL(location, at) : undefined;
    if (next === undefined || (at.protocol === 'https:' && next.protocol !== 'https:') || next.username !== '') {
      throw failed('it leads to an address without TLS, with a name in it, or to none', at.href);
    }
    at = next;
  }
  throw failed(`it leads on more than ${maxRedirects} times`, url);
}

async function* none(): AsyncIterable<Uint8Array> {}

async function machineOf({ exec }: DownloadPorts): Promise<string> {
  const { stdout } = await exec.run('uname', ['-sm'], { timeoutMs: 30_000 });
  const [os = '', architecture = ''] = stdout.trim().toLowerCase().split(/\s+/);
  return platformOf({ os, architecture });
}

async function runOr({ exec }: DownloadPorts, program: string, args: readonly string[], where: string): Promise<void> {
  const { exitCode, stderr } = await exec.run(program, args, { timeoutMs: 120_000 });
  if (exitCode !== 0) throw failed(`${program} cannot make a program of it: ${stderr.trim().slice(-300)}`, where);
}

function unknownChecksum(machine: string): ConfigError {
  return new ConfigError({
    code: 'scanner-checksum-unknown',
    what: `there is no checksum of the scanner for ${machine}`,
    where: 'scan.download.sha256',
    state: `nothing was fetched; ${state}`,
    next: `write the checksum that its publisher names for ${machine}`,
  });
}

function failed(why: string, where: string): RemoteError {
  return new RemoteError({
    code: 'scanner-download',
    what: `the scanner cannot be had: ${why}`,
    where,
    state,
    next: 'check `scan.download.url`; or install the scanner and leave `scan.download` out',
  });
}
