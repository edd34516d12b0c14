import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createCache } from '../../../src/adapters/runner/cache.ts';
import { type CacheService, cacheVersions, startCacheService } from '../../support/cache-service.ts';
import { recordingLog } from '../../support/fake-log.ts';

const names = [
  'ACTIONS_CACHE_URL',
  'ACTIONS_RESULTS_URL',
  'ACTIONS_RUNTIME_TOKEN',
  'GITHUB_WORKSPACE',
  'RUNNER_TEMP',
  'ACTIONS_CACHE_SERVICE_V2',
];

describe.each(cacheVersions)('the cache of a runner, by the interface %s', (version) => {
  let folder: string;
  let service: CacheService;
  let before: Readonly<Record<string, string | undefined>>;

  beforeEach(async () => {
    before = Object.fromEntries(names.map((name) => [name, process.env[name]]));
    folder = await mkdtemp(path.join(tmpdir(), 'slipway-cache-'));
    service = await startCacheService();
    await mkdir(path.join(folder, 'venv/bin'), { recursive: true });
    await mkdir(path.join(folder, 'temp'));
    await writeFile(path.join(folder, 'venv/bin/python'), 'python', { mode: 0o755 });
    for (const name of names) delete process.env[name];
    Object.assign(process.env, service.env(version), {
      GITHUB_WORKSPACE: folder,
      RUNNER_TEMP: path.join(folder, 'temp'),
    });
  });

  afterEach(async () => {
    for (const [name, value] of Object.entries(before)) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
    await service[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
  });

  const venv = (): string => path.join(folder, 'venv');

  it('gives back what was saved, by its key and by the beginning of one', async () => {
    const cache = createCache(recordingLog());
    expect(await cache.restore([venv()], 'a-1', ['a-'])).toBeUndefined();
    expect(await cache.save([venv()], 'a-1')).toBe(true);
    await rm(venv(), { recursive: true });
    expect(await cache.restore([venv()], 'a-2', ['a-'])).toBe('a-1');
    expect(await readFile(path.join(venv(), 'bin/python'), 'utf8')).toBe('python');
    expect(await cache.restore([venv()], 'a-1', [])).toBe('a-1');
    expect(await cache.restore([venv()], 'b-1', ['b-'])).toBeUndefined();
  });

  it('keeps what was saved first', async () => {
    const cache = createCache(recordingLog());
    expect(await cache.save([venv()], 'a-1')).toBe(true);
    expect(await cache.save([venv()], 'a-1')).toBe(false);
    expect(service.keys).toEqual(['a-1']);
  });

  it('finds in one workspace what was saved in another', async () => {
    const cwd = process.cwd();
    try {
      process.chdir(folder);
      const cache = createCache(recordingLog());
      expect(await cache.save([venv()], 'a-1')).toBe(true);
      const other = path.join(folder, 'elsewhere');
      await mkdir(other);
      process.chdir(other);
      process.env.GITHUB_WORKSPACE = other;
      expect(await cache.restore([path.join(other, 'venv')], 'a-1', [])).toBe('a-1');
      expect(await readFile(path.join(other, 'venv/bin/python'), 'utf8')).toBe('python');
    } finally {
      process.chdir(cwd);
    }
  });

  it('ends no step where there is none, or where it fails', async () => {
    const name = version === 'v1' ? 'ACTIONS_CACHE_URL' : 'ACTIONS_RESULTS_URL';
    process.env[name] = 'http://127.0.0.1:1/';
    const cache = createCache(recordingLog());
    expect(await cache.restore([venv()], 'a-1', [])).toBeUndefined();
    expect(await cache.save([venv()], 'a-1')).toBe(false);
    delete process.env[name];
    expect(await cache.restore([venv()], 'a-1', [])).toBeUndefined();
    expect(await cache.save([venv()], 'a-1')).toBe(false);
  });
});
