import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createCache } from '../../../src/adapters/runner/cache.ts';
import { type CacheService, startCacheService } from '../../support/cache-service.ts';
import { recordingLog } from '../../support/fake-log.ts';

const names = [
  'ACTIONS_CACHE_URL',
  'ACTIONS_RUNTIME_TOKEN',
  'GITHUB_WORKSPACE',
  'RUNNER_TEMP',
  'ACTIONS_CACHE_SERVICE_V2',
];

describe('the cache of a runner', () => {
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
    Object.assign(process.env, {
      ACTIONS_CACHE_URL: service.url,
      ACTIONS_RUNTIME_TOKEN: 'token',
      GITHUB_WORKSPACE: folder,
      RUNNER_TEMP: path.join(folder, 'temp'),
    });
    delete process.env.ACTIONS_CACHE_SERVICE_V2;
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

  it('ends no step where there is none, or where it fails', async () => {
    process.env.ACTIONS_CACHE_URL = 'http://127.0.0.1:1/';
    const cache = createCache(recordingLog());
    expect(await cache.restore([venv()], 'a-1', [])).toBeUndefined();
    expect(await cache.save([venv()], 'a-1')).toBe(false);
    delete process.env.ACTIONS_CACHE_URL;
    expect(await cache.restore([venv()], 'a-1', [])).toBeUndefined();
    expect(await cache.save([venv()], 'a-1')).toBe(false);
  });
});
