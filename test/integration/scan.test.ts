import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createPorts } from '../../src/adapters/create-ports.ts';
import { type Digest, digestOf, hexOf } from '../../src/domain/digest.ts';
import type { ScanPolicy, ScanResult } from '../../src/domain/scan.ts';
import { scan } from '../../src/stages/scan.ts';
import { readImage } from '../../src/store/image-content.ts';
import { createStore, openStore, type Store } from '../../src/store/store.ts';
import { recordingLog } from '../support/fake-log.ts';
import { docker, requireLab, requireRemoteBuilder } from '../support/lab.ts';
import { type MadeImage, madeImage, madeIndex, writeMade } from '../support/made-image.ts';
import { madePlatformRecord } from '../support/made-plan.ts';
import { madePolicy } from '../support/made-scan.ts';
import { advisory, alpineFiles, makeScanDatabase } from '../support/scan-database.ts';

const LIMIT_MS = 600_000;
const lab = requireLab();
const run = promisify(execFile);
const canary = 'canary-7d1f';

interface Making {
  readonly platform?: string;
  readonly packing?: 'none' | 'gzip' | 'zstd';
  readonly more?: Readonly<Record<string, string>>;
}

/** An Alpine with one package, packed as BuildKit packs by default. */
const alpine = (version: string, { platform = 'linux/amd64', packing = 'gzip', more = {} }: Making = {}): MadeImage =>
  madeImage({
    platform,
    packing,
    layers: [
      {
        ...alpineFiles(version),
        ...more,
      },
    ],
  });

describe('osv-scanner with a database of our own', () => {
  let folder = '';
  let ports: ReturnType<typeof createPorts>;
  beforeAll(async () => {
    ports = createPorts();
    folder = await mkdtemp(path.join(tmpdir(), 'slipway-scan-test-'));
    await mkdir(path.join(folder, 'empty'));
    await makeScanDatabase(path.join(folder, 'database'));
  });
  afterAll(async () => {
    await ports[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
  });

  async function scanned(image: MadeImage, changes: Partial<ScanPolicy> = {}) {
    const store = await createStore(ports, await mkdtemp(path.join(folder, 'store-')));
    await writeMade(store, image);
    return scanStore(store, image.manifest.digest, changes);
  }

  /** Scans an image as a job does it, in an environment with secrets in it. */
  async function scanStore(store: Store, digest: Digest, changes: Partial<ScanPolicy> = {}) {
    const content = await readImage(store, digest);
    const platforms = content.platforms.map((one) => ({ ...madePlatformRecord(one.platform), digest: one.digest }));
    const log = recordingLog();
    const env = {
      ...ports.env,
      GITHUB_TOKEN: canary,
      'INPUT_REGISTRY-PASSWORD': canary,
      DOCKER_AUTH_CONFIG: canary,
      AWS_SECRET_ACCESS_KEY: canary,
      DOCKER_CONFIG: `/home/${canary}`,
      DOCKER_HOST: `tcp://${canary}`,
      HTTPS_PROXY: `http://user:${canary}@127.0.0.1:9`,
    };
    const policy = madePolicy({
      program: lab.tools.osvScanner,
      database: { kind: 'file', path: 'database' },
      ...changes,
    });
    const sarifFile = path.join(await mkdtemp(path.join(folder, 'sarif-')), 'scan.sarif');
    const result = await scan(
      { ...ports, env, log },
      {
        image: { key: 'app', dockerfile: 'app/Dockerfile' },
        built: { platforms },
        store,
        policy,
        folder,
        today: '2026-11-22',
        cacheFolder: path.join(folder, 'cache'),
        sarifFile,
      },
    );
    return { result, log, sarifFile };
  }

  it(
    'finds what is there, on every platform, and says it in SARIF',
    async () => {
      const image = madeIndex([alpine('1.0.0-r0'), alpine('1.0.0-r0', { platform: 'linux/arm64' })]);
      const { result, sarifFile } = await scanned(image);
      expect(result).toMatchObject({
        tool: 'osv-scanner',
        version: '2.5.1',
        state: 'failed',
        counts: { critical: 1, high: 0, medium: 0, low: 0, unknown: 0 },
        failing: [
          {
            id: advisory.id,
            package: 'slipway-made',
            installed: '1.0.0-r0',
            fixed: '1.0.1-r0',
            severity: 'critical',
            platforms: ['linux/amd64', 'linux/arm64'],
          },
        ],
      } satisfies Partial<Record<keyof ScanResult, unknown>>);
      const sarif = JSON.parse(await readFile(sarifFile, 'utf8'));
      expect(sarif.runs[0].results.map((one: { ruleId: string }) => one.ruleId)).toEqual([advisory.id]);
    },
    LIMIT_MS,
  );

  it(
    'finds it in what BuildKit wrote, beside a provenance and a later layer',
    async () => {
      const context = path.join(folder, 'context');
      for (const [file, text] of Object.entries(alpineFiles('1.0.0-r0'))) {
        await mkdir(path.dirname(path.join(context, file)), { recursive: true });
        await writeFile(path.join(context, file), text);
      }
      await writeFile(path.join(context, 'Dockerfile'), 'FROM scratch\nCOPY lib /lib\nCOPY etc /etc\n');
      const dest = path.join(folder, 'built');
      const output = `type=oci,tar=false,dest=${dest}`;
      const builder = requireRemoteBuilder(lab);
      await docker(lab, 'buildx', 'build', '--builder', builder, '--provenance=mode=max', '--output', output, context);
      const store = await openStore(ports, dest);
      const [entry] = await store.entries();
      if (entry === undefined) throw new Error('the build left no image');
      expect(entry.mediaType).toBe('application/vnd.oci.image.index.v1+json');
      const { result } = await scanStore(store, entry.digest);
      expect(result).toMatchObject({ state: 'failed', failing: [{ id: advisory.id, platforms: ['linux/amd64'] }] });
    },
    LIMIT_MS,
  );

  it(
    'passes an image with the version that mends it',
    async () => {
      const { result } = await scanned(alpine('1.0.1-r0'));
      expect(result).toMatchObject({ state: 'passed', counts: { critical: 0 }, failing: [] });
    },
    LIMIT_MS,
  );

  it(
    'passes an image without any package',
    async () => {
      expect((await scanned(madeImage())).result).toMatchObject({ state: 'passed', failing: [] });
    },
    LIMIT_MS,
  );

  it(
    'is unavailable where its database lacks what the image needs',
    async () => {
      const { result, log } = await scanned(alpine('1.0.0-r0'), { database: { kind: 'file', path: 'empty' } });
      expect(result).toMatchObject({ state: 'unavailable', version: '2.5.1', failing: [] });
      expect(log.texts('warning').join('\n')).toMatch(/app was not scanned/);
    },
    LIMIT_MS,
  );

  it(
    'is unavailable where its database lacks a part of what the image needs, whatever it finds in the rest',
    async () => {
      const more = {
        'usr/lib/python3/site-packages/made-1.0.dist-info/METADATA':
          'Metadata-Version: 2.1\nName: made\nVersion: 1.0\n',
      };
      const { result } = await scanned(alpine('1.0.0-r0', { more }));
      expect(result).toMatchObject({ state: 'unavailable', why: expect.stringContaining('no database for a part') });
    },
    LIMIT_MS,
  );

  it.each(['none', 'zstd'] as const)(
    'never passes an image because its layers are packed in another way: %s',
    async (packing) => {
      expect((await scanned(alpine('1.0.0-r0', { packing }))).result).toMatchObject({ state: 'failed' });
    },
    LIMIT_MS,
  );

  it(
    'is unavailable where there is no such program',
    async () => {
      const { result } = await scanned(alpine('1.0.0-r0'), { program: '/nonexistent/osv-scanner' });
      expect(result).toMatchObject({ state: 'unavailable', version: null });
    },
    LIMIT_MS,
  );

  it(
    'sees no credentials, no token and no engine',
    async () => {
      const program = path.join(folder, 'wrapper');
      const dump = path.join(folder, 'environment');
      await writeFile(
        program,
        `#!/bin/sh\n{ env; cat "$DOCKER_CONFIG/config.json"; ls -A "$HOME"; } >>'${dump}'\nexec '${lab.tools.osvScanner}' "$@"\n`,
      );
      await chmod(program, 0o755);
      expect((await scanned(alpine('1.0.0-r0'), { program })).result).toMatchObject({ state: 'failed' });
      const seen = await readFile(dump, 'utf8');
      const names = [...seen.matchAll(/^(\w+)=/gm)].map(([, name]) => name);
      expect(seen).not.toContain(canary);
      expect([...new Set(names)].sort()).toEqual(
        expect.arrayContaining(['DOCKER_CONFIG', 'HOME', 'OSV_SCANNER_LOCAL_DB_CACHE_DIRECTORY', 'PATH', 'TMPDIR']),
      );
      expect(
        names.filter((name = '') => /TOKEN|PASSWORD|SECRET|AUTH|GITHUB|INPUT|ACTIONS|RUNNER|HOST$/.test(name)),
      ).toEqual([]);
      expect(seen).toContain('{}');
    },
    LIMIT_MS,
  );

  it(
    'is fetched from where the policy says, and with one other byte never started',
    async () => {
      const place = await mkdtemp(path.join(folder, 'download-'));
      const trace = path.join(place, 'started');
      await writeFile(
        path.join(place, 'osv-scanner'),
        `#!/bin/sh\ntouch '${trace}'\nexec '${lab.tools.osvScanner}' "$@"\n`,
      );
      await run('tar', ['-czf', `${place}/scanner.tar.gz`, '-C', place, 'osv-scanner']);
      const archive = await readFile(`${place}/scanner.tar.gz`);
      const sha256 = { any: hexOf(digestOf(archive)) };
      const other = Buffer.from(archive);
      other[100] = (other[100] ?? 0) ^ 1;
      const server = createServer((request, answer) => {
        answer.end(request.url === '/other.tar.gz' ? other : archive);
      });
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      const { port } = server.address() as AddressInfo;
      try {
        const download = { url: `http://127.0.0.1:${port}/other.tar.gz`, sha256 };
        await expect(scanned(alpine('1.0.0-r0'), { download })).rejects.toMatchObject({ code: 'scanner-checksum' });
        expect(existsSync(trace)).toBe(false);
        const good = { url: `http://127.0.0.1:${port}/{os}-{arch}.tar.gz`, sha256 };
        expect((await scanned(alpine('1.0.0-r0'), { download: good })).result).toMatchObject({ state: 'failed' });
        expect(existsSync(trace)).toBe(true);
      } finally {
        server.closeAllConnections();
        server.close();
      }
    },
    LIMIT_MS,
  );
});
