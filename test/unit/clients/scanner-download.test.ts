import { describe, expect, it } from '@jest/globals';
import { fetchScanner } from '../../../src/clients/scanner-download.ts';
import { digestOf, hexOf } from '../../../src/domain/digest.ts';
import { scriptedExec } from '../../support/fake-exec.ts';
import { FakeHttp } from '../../support/fake-http.ts';
import { createMemoryFiles } from '../../support/memory-files.ts';

const program = 'the program of a scanner';
const sha256 = hexOf(digestOf(program));
const url = 'https://example.org/{version}/scanner-{os}-{arch}';
const filled = 'https://example.org/1.2.3/scanner-linux-amd64';
const places = { cacheFolder: '/cache', folder: '/place' };
const pinned = { tool: 'grype', version: 'v1.2.3', download: { url, sha256: { any: sha256 } } } as const;

function setup(http = new FakeHttp(), { machine = 'Linux x86_64', cached = {} } = {}) {
  const exec = scriptedExec([
    { program: 'uname', result: { stdout: `${machine}\n` } },
    { program: 'chmod', result: {} },
    { program: 'tar', result: {} },
  ]);
  return { http, exec, files: createMemoryFiles(cached) };
}
const started = ({ exec }: ReturnType<typeof setup>) =>
  exec.calls.map((call) => [call.program, ...call.args].join(' '));

describe('a scanner that a policy pins', () => {
  it('is fetched once, and made a program after its bytes were compared', async () => {
    const ports = setup(new FakeHttp().on('GET', filled, { body: program }));
    expect(await fetchScanner(ports, pinned, places)).toBe('/place/grype');
    expect(await ports.files.readText('/place/grype')).toBe(program);
    expect(started(ports)).toEqual(['uname -sm', 'chmod 700 /place/grype']);
    await fetchScanner(ports, pinned, { ...places, folder: '/again' });
    expect(ports.http.lines).toEqual([`GET ${filled}`]);
  });

  it('is refused with one other byte, and nothing of it stays', async () => {
    const ports = setup(new FakeHttp().on('GET', filled, { body: program.replace('a', 'b') }));
    await expect(fetchScanner(ports, pinned, places)).rejects.toMatchObject({ code: 'scanner-checksum', exitCode: 4 });
    expect(started(ports)).toEqual(['uname -sm']);
    expect([await ports.files.list('/cache'), await ports.files.list('/place')]).toEqual([[], []]);
  });

  it('is refused where somebody changed it in the cache, and fetched anew by the next run', async () => {
    const http = new FakeHttp().on('GET', filled, { body: program });
    const ports = setup(http, { cached: { [`/cache/${sha256}`]: `${program}!` } });
    await expect(fetchScanner(ports, pinned, places)).rejects.toMatchObject({ code: 'scanner-checksum' });
    expect(started(ports)).toEqual(['uname -sm']);
    expect(await fetchScanner(ports, pinned, places)).toBe('/place/grype');
  });

  it('is not even asked for where there is no checksum for this machine', async () => {
    const ports = setup(new FakeHttp(), { machine: 'Linux aarch64' });
    const download = { url, sha256: { 'linux/amd64': sha256 } };
    await expect(fetchScanner(ports, { ...pinned, download }, places)).rejects.toMatchObject({
      code: 'scanner-checksum-unknown',
      what: 'there is no checksum of the scanner for linux/arm64',
    });
    expect(ports.http.lines).toEqual([]);
  });

  it('is taken out of an archive by its name', async () => {
    const archive = 'https://example.org/scanner.tar.gz';
    const ports = setup(new FakeHttp().on('GET', archive, { body: program }));
    await fetchScanner(ports, { ...pinned, download: { ...pinned.download, url: archive } }, places);
    expect(started(ports)).toEqual([
      'uname -sm',
      'tar -xzf /place/grype.tar.gz -C /place -- grype',
      'chmod 700 /place/grype',
    ]);
  });

  it('is found where an address leads to another', async () => {
    const http = new FakeHttp()
      .on('GET', filled, { status: 302, headers: { location: 'https://files.example.org/x' } })
      .on('GET', 'https://files.example.org/x', { status: 307, headers: { location: '/y' } })
      .on('GET', 'https://files.example.org/y', { body: program });
    const ports = setup(http);
    await fetchScanner(ports, pinned, places);
    expect(http.requests.map(({ headers }) => headers)).toEqual([undefined, undefined, undefined]);
  });

  it.each([
    ['no TLS', { status: 302, headers: { location: 'http://example.org/x' } }],
    ['a name', { status: 302, headers: { location: 'https://user@example.org/x' } }],
    ['no address', { status: 302, headers: { location: 'https://' } }],
    ['nothing', { status: 302 }],
    ['an error', { status: 404 }],
  ])('cannot be had from an address that leads to %s', async (_, answer) => {
    const ports = setup(new FakeHttp().on('GET', filled, answer));
    await expect(fetchScanner(ports, pinned, places)).rejects.toMatchObject({ code: 'scanner-download' });
  });

  it('cannot be had from an address that leads in circles', async () => {
    const ports = setup(new FakeHttp().on('GET', filled, () => ({ status: 302, headers: { location: filled } })));
    await expect(fetchScanner(ports, pinned, places)).rejects.toMatchObject({ code: 'scanner-download' });
    expect(ports.http.lines).toHaveLength(6);
  });
});
