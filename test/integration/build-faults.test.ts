import { execFile } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type Desk, type Finished, openDesk } from '../support/desk.ts';
import { type FaultProxy, type FaultProxyOptions, startFaultProxy } from '../support/fault-proxy/proxy.ts';
import { requireLab, requireRemoteBuilder, tagsOf } from '../support/lab.ts';
import { openOwnBuildKit } from '../support/own-buildkit.ts';
import { buildKitConfig, giveBuildKit, openOwnEngine } from '../support/own-engine.ts';

const LIMIT_MS = 600_000;
const lab = requireLab();
const run = promisify(execFile);

let desk: Desk;

beforeEach(async () => {
  desk = await openDesk(lab);
}, LIMIT_MS);

afterEach(async () => {
  await desk[Symbol.asyncDispose]();
}, LIMIT_MS);

/** The caches that the records of a run name. */
function cachesIn(finished: Finished): readonly { kind: string; place: string; problem: string | null }[] {
  const { images } = JSON.parse(finished.stdout);
  return images.flatMap(({ record }: { record: { cache: { caches: [] } } }) => record.cache.caches);
}

describe('F27 and F28: a registry of caches', () => {
  let proxy: FaultProxy;

  afterEach(async () => {
    await proxy[Symbol.asyncDispose]();
  });

  async function cachedRun(options: Omit<FaultProxyOptions, 'upstream'>, event = 'push'): Promise<Finished> {
    proxy = await startFaultProxy({ upstream: `http://${lab.registry}`, ...options });
    await desk.edit('slipway.yml', (text) => `${text}cache: { ref: '${proxy.host}/${desk.id}/cache:{key}' }\n`);
    const builder = requireRemoteBuilder(lab);
    const to = `${lab.registry}/${desk.id}/hello`;
    return desk.slipway('run', '--json', '--event', event, '--builder', builder, '--to', to);
  }

  it(
    'that refuses every write costs a warning, which the record keeps, and the release goes on',
    async () => {
      const writes = { method: ['POST', 'PUT', 'PATCH'] };
      const finished = await cachedRun({ rules: [{ match: writes, fault: { kind: 'answer', status: 403 } }] });
      expect(finished).toMatchObject({ exitCode: 0 });
      expect(JSON.parse(finished.stdout).release.state).toBe('released');
      expect(finished.stderr).toMatch(/warning: base: the cache registry was not written: .*403/);
      expect(finished.stderr).not.toMatch(/^error/m);
      const writtenTo = cachesIn(finished).filter(({ kind }) => kind === 'write');
      expect(writtenTo.map(({ problem }) => problem)).toEqual(Array(3).fill(expect.stringContaining('403')));
      expect(await tagsOf(lab, `${lab.registry}/${desk.id}/cache`)).toEqual([]);
    },
    LIMIT_MS,
  );

  it.each([
    ['refuses every read', { kind: 'answer' as const, status: 403 }, '403'],
    ['answers with garbage', { kind: 'answer' as const, status: 200, body: 'no manifest' }, ''],
  ])(
    'that %s is said to be of no use, and nothing else is said',
    async (_, fault, reason) => {
      const reads = { method: ['GET', 'HEAD'], path: '/manifests/' };
      const finished = await cachedRun({ rules: [{ match: reads, fault }] }, 'pull_request');
      expect(finished).toMatchObject({ exitCode: 0 });
      expect(finished.stderr).toMatch(/^base: no cache was used from .*\/cache:base: ./m);
      expect(finished.stderr).not.toMatch(/^(?:error|warning)/m);
      const read = cachesIn(finished).filter(({ kind }) => kind === 'read');
      expect(read.map(({ problem }) => problem)).toEqual(Array(3).fill(expect.stringContaining(reason)));
    },
    LIMIT_MS,
  );

  it(
    'that is slow is waited for',
    async () => {
      const finished = await cachedRun({ latencyMs: 150 });
      expect(finished).toMatchObject({ exitCode: 0 });
      expect(JSON.parse(finished.stdout).release.state).toBe('released');
      expect(cachesIn(finished).filter(({ kind, problem }) => kind === 'write' && problem !== null)).toEqual([]);
      expect([...(await tagsOf(lab, `${lab.registry}/${desk.id}/cache`))].sort()).toEqual(['base', 'clock', 'greeter']);
    },
    LIMIT_MS,
  );
});

describe('F29: what builds dies in the middle of a build', () => {
  it(
    'the builder: the run says that it went away, and leaves no half state',
    async () => {
      await using own = await openOwnBuildKit(lab);
      await desk.edit('base/Dockerfile', (text) => `${text}RUN sleep 300\n`);
      const running = desk.start(['run', '--builder', own.builder], own.env);
      await running.said(/base: build .*RUN sleep 300/);
      await own.kill();
      const finished = await running.ended;
      expect(finished).toMatchObject({ exitCode: 4, stdout: expect.stringMatching(/^nothing was released/) });
      expect(finished.stdout).toMatch(/error builder-lost: the builder went away in the middle of the build/);
      expect(await desk.leftovers()).toEqual([]);
    },
    LIMIT_MS,
  );

  it(
    'the engine with the builder that the run made: the run says so, and how that builder is removed later',
    async () => {
      await using engine = await openOwnEngine(lab);
      const image = await giveBuildKit(lab, engine);
      await desk.edit('base/Dockerfile', (text) => `${text}RUN sleep 300\n`);
      const own = ['--buildkit-image', image, '--buildkit-config', buildKitConfig(lab)];
      const running = desk.start(['run', ...own], engine.env);
      await running.said(/base: build .*RUN sleep 300/);
      await engine.kill();
      const finished = await running.ended;
      expect(finished).toMatchObject({ exitCode: 4, stdout: expect.stringMatching(/^nothing was released/) });
      expect(finished.stdout).toMatch(/error builder-lost: /);
      expect(finished.stderr).toMatch(
        /warning: the builder slipway-desk-\S+ was not removed: `docker buildx rm --force/,
      );
      expect(await desk.leftovers()).toEqual([]);
    },
    LIMIT_MS,
  );
});

describe('F30: a disk that is full', () => {
  /** Everything of a run lies on this disk. */
  async function onDiskOf(size: string, body: () => Promise<void>): Promise<void> {
    const work = path.join(desk.folder, '.slipway');
    await mkdir(work, { recursive: true });
    await run('mount', ['-t', 'tmpfs', '-o', `size=${size}`, 'none', work]);
    try {
      await body();
    } finally {
      await run('umount', [work]);
    }
  }

  it(
    'before a build is refused before anything is made',
    () =>
      onDiskOf('100m', async () => {
        const finished = await desk.slipway('run');
        expect(finished).toMatchObject({ exitCode: 4, stdout: '' });
        expect(finished.stderr).toMatch(
          /^error disk-space: only 104\.9 MB are free on the disk of the images of a run/,
        );
        expect(await desk.leftovers()).toEqual([]);
      }),
    LIMIT_MS,
  );

  it(
    'in the middle of a build is named with its folder, and nothing of the run is left',
    () =>
      onDiskOf('240m', async () => {
        await desk.edit('base/Dockerfile', (text) => text.replace('USER', 'RUN head -c 280m /dev/urandom > /x\nUSER'));
        const finished = await desk.slipway('run', '--image', 'base');
        expect(finished).toMatchObject({ exitCode: 4, stdout: expect.stringMatching(/^nothing was released/) });
        expect(finished.stderr).toMatch(/^warning: only 251\.7 MB are free on the disk of the images of a run/m);
        expect(finished.stdout).toMatch(/error disk-full: the disk that the build was to land on is full/);
        expect(finished.stdout).toMatch(/^ {2}where: .*\.slipway\/run-[^/]+\/base$/m);
        expect(await desk.leftovers()).toEqual([]);
      }),
    LIMIT_MS,
  );
});
