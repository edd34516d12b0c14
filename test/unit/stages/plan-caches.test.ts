import { describe, expect, it } from '@jest/globals';
import type { GitChanges } from '../../../src/clients/git-changes.ts';
import type { EventFacts } from '../../../src/domain/event.ts';
import { type Asked, planOf } from './planned.ts';

const yml = (cache: string) => `cache: ${cache}\nimages: {app: {}, web: {cache-from: [acme/web:cache]}}\n`;
const tree = (cache: string) => ({
  'slipway.yml': yml(cache),
  'app/Dockerfile': 'FROM scratch\n',
  'web/Dockerfile': 'FROM scratch\n',
  VERSION: 'v1.2.3\n',
});

const changed =
  (...paths: readonly string[]) =>
  async (): Promise<GitChanges> => {
    const files = paths.map((path) => ({ path, isSubmodule: false }));
    return { kind: 'files', files, from: 'f'.repeat(40), to: null, how: 'since v1.2.2' };
  };

async function cachesOf(cache: string, asked: Asked = {}) {
  const made = await planOf(tree(cache), { offline: true, ...asked });
  const { readCache, writeCache } = made.rights;
  const app = made.images.find(({ key }) => key === 'app')?.cache;
  const web = made.images.find(({ key }) => key === 'web')?.cache;
  return { app, web, rights: { readCache, writeCache }, notes: made.notes };
}

const ref = 'type=registry,ref=registry.test/acme/slipway-cache';
const how = 'mode=max,ignore-error=true';

describe('the caches of a plan', () => {
  it('are read and written on a push to the default branch, each image with its own', async () => {
    const { app, web, rights } = await cachesOf('{}');
    expect(app).toEqual({ from: [`${ref}:app`], to: [`${ref}:app,${how}`], fresh: false });
    expect(web?.from).toEqual([`${ref}:web`, 'acme/web:cache']);
    expect(rights).toEqual({ readCache: true, writeCache: true });
  });

  it.each<[string, Partial<EventFacts>, object]>([
    ['{}', { name: 'pull_request' }, { from: [`${ref}:app`], to: [], fresh: false }],
    ['{policy: isolated}', { name: 'pull_request' }, { from: [], to: [], fresh: true }],
    ['{}', { name: 'schedule' }, { from: [], to: [`${ref}:app,${how}`], fresh: true }],
    ['{type: none}', {}, { from: [], to: [], fresh: false }],
    ['{type: none}', { name: 'schedule' }, { from: [], to: [], fresh: true }],
    [
      '{type: local, folder: c}',
      {},
      { from: ['type=local,src=c/app'], to: [`type=local,dest=c/app,${how}`], fresh: false },
    ],
    ['{type: gha}', {}, { from: ['type=gha,scope=app'], to: [`type=gha,scope=app,${how}`], fresh: false }],
    [
      '{ref: "acme/caches:{key}-x", from: [acme/more]}',
      { name: 'pull_request' },
      { from: ['type=registry,ref=docker.io/acme/caches:app-x', 'acme/more'], to: [], fresh: false },
    ],
  ])('with %s on %j', async (cache, event, expected) => {
    expect((await cachesOf(cache, { event })).app).toEqual(expected);
  });

  it('are written and never read by an image that wants none', async () => {
    const files = { ...tree('{}'), 'slipway.yml': 'images: {app: {no-cache: true}, web: {}}\n' };
    const { images } = await planOf(files, { offline: true });
    expect(images.map(({ key, cache }) => [key, cache.from.length, cache.to.length, cache.fresh])).toEqual([
      ['app', 0, 1, true],
      ['web', 1, 1, false],
    ]);
    const [app] = (await planOf(tree('{}'), { offline: true })).images;
    expect(images[0]?.identity).toBe(app?.identity);
  });

  it.each<[string, readonly string[], boolean, string]>([
    ['{}', ['src/a.py'], false, 'the cache is not written: no dependency file changed'],
    ['{}', ['src/a.py', 'app/pyproject.toml'], true, 'the cache is written: app/pyproject.toml changed'],
    ['{refresh-on: [deps/*.txt]}', ['deps/a.txt'], true, 'the cache is written: deps/a.txt changed'],
    ['{refresh-on: [deps/*.txt]}', ['pyproject.toml'], false, 'the cache is not written: no dependency file changed'],
    ['{refresh-on: []}', ['pyproject.toml'], false, 'the cache is not written: no dependency file changed'],
  ])('with %s on a version tag after a change of %j are written: %s', async (cache, paths, isWritten, note) => {
    const asked = { event: { ref: 'refs/tags/v1.2.3' }, dependencies: changed(...paths) };
    const { app, rights, notes } = await cachesOf(cache, asked);
    expect(app?.to).toHaveLength(isWritten ? 1 : 0);
    expect(rights).toEqual({ readCache: true, writeCache: isWritten });
    expect(notes).toContain(note);
  });

  it('are written on a version tag where nobody can tell what changed', async () => {
    const dependencies = async (): Promise<GitChanges> => ({ kind: 'unknown', why: 'shallow', next: 'deepen' });
    const { app, notes } = await cachesOf('{}', { event: { ref: 'refs/tags/v1.2.3' }, dependencies });
    expect(app?.to).toHaveLength(1);
    expect(notes).toContain('the cache is written: nobody can tell which files changed');
  });

  it('do not ask what changed where that decides nothing', async () => {
    const dependencies = () => Promise.reject(new Error('asked'));
    await expect(cachesOf('{}', { dependencies })).resolves.toMatchObject({ rights: { writeCache: true } });
  });

  it('are refused where images would overwrite each other', async () => {
    await expect(cachesOf('{ref: acme/cache:one}')).rejects.toMatchObject({
      code: 'cache-ref-invalid',
      where: 'cache.ref in slipway.yml',
    });
  });
});
