import { describe, expect, it } from '@jest/globals';
import { listOnce } from '../../../src/pipelines/listed-once.ts';
import { createMemoryFiles } from '../../support/memory-files.ts';

async function twice(config: { readonly generate?: unknown }) {
  const files = createMemoryFiles({ '/repo/app/Dockerfile': 'FROM scratch' });
  const listed = listOnce(files);
  await listed.first.list('/repo/app');
  await files.write('/repo/app/new', '');
  const second = listed.second(config);
  const namesIn = async (path: string) => (await second.list(path)).map(({ name }) => name);
  return [await namesIn('/repo/app'), await namesIn('/repo/app'), await namesIn('/repo')];
}

describe('a folder that is looked at twice', () => {
  it('is the second time what it was the first, and after that what it is', async () => {
    expect(await twice({})).toEqual([['Dockerfile'], ['Dockerfile', 'new'], ['app']]);
  });

  it('is what it is where a generator may have written into it', async () => {
    expect(await twice({ generate: {} })).toEqual([['Dockerfile', 'new'], ['Dockerfile', 'new'], ['app']]);
  });
});
