import { describe, expect, it } from '@jest/globals';
import type { ScanPolicy } from '../../../src/domain/scan.ts';
import { scan } from '../../../src/stages/scan.ts';
import { scanRefusal } from '../../../src/stages/scanning/refusal.ts';
import { createStore } from '../../../src/store/store.ts';
import { fakeClock } from '../../support/fake-clock.ts';
import { type ExecCall, type ScriptedProgram, scriptedExec } from '../../support/fake-exec.ts';
import { FakeHttp } from '../../support/fake-http.ts';
import { recordingLog } from '../../support/fake-log.ts';
import { fakeProcesses } from '../../support/fake-processes.ts';
import { madeImage, writeMade } from '../../support/made-image.ts';
import { madePlatformRecord } from '../../support/made-plan.ts';
import { madePolicy } from '../../support/made-scan.ts';
import { createMemoryFiles } from '../../support/memory-files.ts';

const images = [madeImage(), madeImage({ platform: 'linux/arm64' })];
const platforms = images.map((image, at) => ({
  ...madePlatformRecord(at === 0 ? 'linux/amd64' : 'linux/arm64'),
  digest: image.manifest.digest,
}));
const none = { matches: [] };
const found = {
  matches: [
    {
      vulnerability: { id: 'CVE-2026-0001', severity: 'Critical', fix: { versions: [] } },
      artifact: { name: 'zlib', version: '1.2.0' },
    },
  ],
};
const secrets = {
  GITHUB_TOKEN: 'canary',
  AWS_SECRET_ACCESS_KEY: 'canary',
  DOCKER_CONFIG: '/canary',
  SSH_AUTH_SOCK: 'canary',
};
const proxies = { HTTPS_PROXY: 'http://proxy.test', no_proxy: 'localhost' };

interface Script {
  readonly policy?: Partial<ScanPolicy> | null;
  readonly version?: ScriptedProgram['result'];
  /** What the scanner does; without it, it writes `report`. */
  readonly run?: ScriptedProgram['result'];
  readonly report?: unknown;
}

/** Scans an image of two platforms with a scanner that does as it is told. */
async function run({ policy = {}, version = { stdout: 'grype 0.121.2\n' }, run: result, report = none }: Script = {}) {
  const files = createMemoryFiles();
  const log = recordingLog();
  const write = async ({ args }: ExecCall) => {
    const file =
      args[Math.max(args.indexOf('--file'), args.indexOf('--output-file'), args.lastIndexOf('--output')) + 1];
    await files.write(file ?? '', JSON.stringify(report));
    return {};
  };
  const exec = scriptedExec([
    ...['grype', 'trivy', 'osv-scanner'].flatMap((program) => [
      { program, args: ['--version'], result: version },
      { program, result: result ?? write },
    ]),
  ]);
  const numbers = Array.from({ length: 1000 }, (_, at) => `${at}`);
  const random = { hex: (bytes: number) => (numbers.pop() ?? '').padStart(bytes * 2, '0'), fraction: () => 0 };
  const ports = {
    ...{ files, log, exec, random, http: new FakeHttp(), clock: fakeClock(), processes: fakeProcesses() },
    env: { PATH: '/bin', ...secrets, ...proxies },
  };
  const store = await createStore(ports, '/store');
  for (const image of images) await writeMade(store, image);
  const whole = policy === null ? null : madePolicy({ tool: 'grype', program: 'grype', ...policy });
  const given = {
    ...{ image: { key: 'app', dockerfile: 'Dockerfile' }, built: { platforms }, store, policy: whole, folder: '/repo' },
    ...{ today: '2026-11-22', cacheFolder: '/cache', sarifFile: '/out/scan.sarif' },
  };
  const scanning = scan(ports, given);
  return { scanning, again: () => scan(ports, given), log, files, calls: exec.calls, policy: whole };
}

describe('a scan', () => {
  it('does nothing without a policy', async () => {
    const { scanning, calls, files } = await run({ policy: null });
    expect([await scanning, calls, await files.list('/cache')]).toEqual([undefined, [], []]);
  });

  it('looks at each platform by itself, and leaves nothing behind', async () => {
    const { scanning, calls, files } = await run({ report: found });
    expect(await scanning).toMatchObject({
      state: 'failed',
      version: '0.121.2',
      failing: [{ id: 'CVE-2026-0001', platforms: ['linux/amd64', 'linux/arm64'] }],
    });
    expect(calls.map(({ args }) => args[0])).toEqual([
      '--version',
      'oci-dir:/tmp/slipway-scan-000001/0/image',
      'oci-dir:/tmp/slipway-scan-000001/1/image',
    ]);
    expect([await files.list('/tmp'), (await files.list('/cache')).filter(({ kind }) => kind === 'file')]).toEqual([
      [],
      [],
    ]);
    expect(await files.readText('/out/scan.sarif')).toContain('CVE-2026-0001');
  });

  it.each([
    ['grype', 'layout'],
    ['trivy', 'layout'],
    ['osv-scanner', 'archive'],
  ] as const)('shows %s one image as %s, and gives it no names and no tokens', async (tool, form) => {
    const seen: string[] = [];
    let read: Awaited<ReturnType<typeof run>> | undefined;
    read = await run({
      policy: { tool, program: tool },
      run: async ({ args, options }) => {
        const path = args.find((one) => /\/image(\.tar)?$/.test(one))?.replace('oci-dir:', '') ?? '';
        const index = (await read?.files.readText(`${path}/index.json`)) ?? '{"manifests":[]}';
        seen.push(
          form === 'archive' ? `${(await read?.files.facts(path))?.kind}` : JSON.parse(index).manifests[0].digest,
        );
        expect(JSON.stringify(options.env)).not.toContain('canary');
        expect(options).toMatchObject({ cwd: '/tmp/slipway-scan-000001', timeoutMs: 900_000, env: { PATH: '/bin' } });
        expect(await read?.files.readText(`${options.env?.DOCKER_CONFIG}/config.json`)).toBe('{}');
        return { exitCode: 70 };
      },
    });
    expect(await read.scanning).toMatchObject({ state: 'unavailable' });
    expect(seen).toEqual([form === 'archive' ? 'file' : platforms[0]?.digest]);
  });

  it('lets a scanner reach the network for its database, and not where it has one', async () => {
    const proxiesOf = async (database: ScanPolicy['database']) => {
      const { scanning, calls } = await run({ policy: { database } });
      await scanning;
      return calls.at(-1)?.options.env;
    };
    expect(await proxiesOf({ kind: 'mirror', address: 'https://mirror.test' })).toMatchObject(proxies);
    const offline = await proxiesOf({ kind: 'file', path: 'databases/grype' });
    expect(Object.keys(offline ?? {}).filter((name) => /proxy/i.test(name))).toEqual([]);
    expect(offline).toMatchObject({ GRYPE_DB_CACHE_DIR: '/repo/databases/grype', GRYPE_DB_AUTO_UPDATE: 'false' });
  });

  it.each([
    ['runs once at a time, where it fetches its database', null, 1],
    ['runs for several images at once, where it has a database', { kind: 'file', path: 'here' }, 2],
  ] as const)('%s', async (_, database, most) => {
    const running = { now: 0, most: 0 };
    const { scanning, again } = await run({
      policy: { database },
      run: async () => {
        running.now += 1;
        running.most = Math.max(running.most, running.now);
        for (let turn = 0; turn < 50; turn += 1) await Promise.resolve();
        running.now -= 1;
        return { exitCode: 1 };
      },
    });
    await Promise.all([scanning, again()]);
    expect(running).toEqual({ now: 0, most });
  });

  it.each([
    ['is not there', { version: { exitCode: 127 } }, /does not start/],
    ['fails', { run: { exitCode: 1, stderr: 'no database\n' } }, /exit code 1; its last words: no database/],
    ['hangs', { run: { exitCode: 124 } }, /did not end within 15 minutes/],
    ['writes nothing', { run: { exitCode: 0 } }, /wrote no report/],
  ] as const)('is unavailable where the scanner %s', async (_, script, why) => {
    const { scanning, policy, log } = await run(script);
    const result = await scanning;
    expect(result).toMatchObject({ state: 'unavailable', why: expect.stringMatching(why), failingCount: 0 });
    expect(log.texts('warning')).toHaveLength(1);
    if (result === undefined || policy === null) throw new Error('it was scanned');
    expect(scanRefusal('app', result, policy)).toMatchObject({ code: 'scan-unavailable', where: 'app' });
    expect(scanRefusal('app', result, { ...policy, unavailable: 'warn' })).toBeUndefined();
  });

  it('is unavailable where osv-scanner found something and had no database for the rest', async () => {
    const line = 'could not load db for PyPI ecosystem: no offline version\n';
    const { scanning } = await run({
      policy: { tool: 'osv-scanner', program: 'osv-scanner' },
      run: { exitCode: 1, stderr: line },
    });
    expect(await scanning).toMatchObject({
      state: 'unavailable',
      why: expect.stringMatching(/a part of the packages/),
    });
  });

  it('takes no other version than the one that is asked for, whatever the policy forgives', async () => {
    const { scanning } = await run({ policy: { version: '0.121.1', unavailable: 'warn' } });
    await expect(scanning).rejects.toMatchObject({ code: 'scanner-other-version' });
    expect(await (await run({ policy: { version: 'v0.121.2' } })).scanning).toMatchObject({ state: 'passed' });
  });

  it.each([
    ['Version: 0.70.0\nVulnerability DB:\n  Version: 2\n', '0.70.0'],
    ['osv-scanner version: 2.5.1\ncommit: n/a\n', '2.5.1'],
    ['grype 0.121.2-rc.1', '0.121.2-rc.1'],
    ['no number', 'unknown'],
  ])('reads the version out of %j', async (stdout, version) => {
    expect(await (await run({ version: { stdout } })).scanning).toMatchObject({ version });
  });

  it('refuses what is no report, whatever the policy forgives', async () => {
    const { scanning } = await run({ report: { hello: 1 }, policy: { unavailable: 'warn' } });
    await expect(scanning).rejects.toMatchObject({ code: 'scan-report-invalid' });
  });

  it('says what the scanner prints by the way for strangers, and of a flood only the end', async () => {
    const lines = Array.from({ length: 5000 }, (_, at) => `::error::${at} ${'x'.repeat(5000)}`).join('\n');
    const { scanning, log } = await run({ run: { exitCode: 2, stderr: lines } });
    await scanning;
    const [relayed] = log.entries.filter(({ kind }) => kind === 'relay');
    expect([relayed?.lines?.length, relayed?.lines?.at(-1)?.slice(0, 13)]).toEqual([100, '::error::4999']);
    expect(Math.max(...(relayed?.lines ?? []).map((line) => line.length))).toBe(2000);
    expect(log.entries.filter(({ kind, text }) => kind !== 'warning' && text.includes('::'))).toEqual([]);
  });

  it('names what was ignored and counts again', async () => {
    const ignore = [{ id: 'CVE-2026-0001', until: '2026-11-21', reason: 'a test' }];
    const { scanning, log } = await run({ report: found, policy: { ignore } });
    expect(await scanning).toMatchObject({ state: 'failed', expired: ignore });
    expect(log.texts('warning')).toEqual(['CVE-2026-0001 in app was ignored until 2026-11-21, and counts again']);
  });

  it('stops an image that fails it with the names of what was found', async () => {
    const { scanning, policy } = await run({ report: found });
    const result = await scanning;
    if (result === undefined || policy === null) throw new Error('it was not scanned');
    expect(scanRefusal('app', result, policy)).toMatchObject({
      code: 'scan-failed',
      what: 'grype found CVE-2026-0001 (critical) in zlib',
    });
    expect(scanRefusal('app', { ...result, state: 'passed' }, policy)).toBeUndefined();
  });
});
