import { describe, expect, it } from '@jest/globals';
import type { PlannedImage } from '../../../../src/domain/plan.ts';
import { placeDockerfile } from '../../../../src/stages/building/dockerfile-place.ts';
import { createMemoryFiles } from '../../../support/memory-files.ts';

const kept = { '/repo/.slipway/registry/index.json': '{}' };
const from = { '/repo/Dockerfile': 'FROM x\nCOPY . .\n' };
const storeFolder = '/repo/.slipway/run-1/app';
const copy = `${storeFolder}..dockerfile/Dockerfile`;

async function place(files: ReturnType<typeof createMemoryFiles>, changes: Partial<PlannedImage> = {}) {
  const image = {
    key: 'app',
    context: '.',
    dockerfile: 'Dockerfile',
    dockerfileText: null,
    ...changes,
  } as PlannedImage;
  return placeDockerfile(files, { image, folder: '/repo', storeFolder });
}

describe('where a build finds its Dockerfile', () => {
  it.each([
    ['the context is another folder', { ...kept, '/repo/app/Dockerfile': 'FROM x\n' }, 'app', 'app/Dockerfile'],
    ['nothing of ours is there', from, '.', 'Dockerfile'],
    ['the user ignores it already', { ...kept, ...from, '/repo/.dockerignore': 'a\n.slipway\n' }, '.', 'Dockerfile'],
    ['there is no Dockerfile', kept, '.', 'Dockerfile'],
  ])('is where it lies when %s', async (_, there, context, dockerfile) => {
    expect(await place(createMemoryFiles(there), { context, dockerfile })).toBe(`/repo/${dockerfile}`);
  });

  it.each([
    ['is none', {}, '\n.slipway\n'],
    ['is one in the context', { '/repo/.dockerignore': '*.md\n!.slipway\n' }, '*.md\n!.slipway\n\n.slipway\n'],
    [
      'is one beside the Dockerfile',
      { '/repo/.dockerignore': 'a\n', '/repo/Dockerfile.dockerignore': 'b' },
      'b\n.slipway\n',
    ],
  ])(
    'is a copy that hides what is ours when the root is the context, and what is ignored else when there %s',
    async (_, more, text) => {
      const files = createMemoryFiles({ ...kept, ...from, ...more });
      expect(await place(files)).toBe(copy);
      expect(await files.readText(copy)).toBe(from['/repo/Dockerfile']);
      expect(await files.readText(`${copy}.dockerignore`)).toBe(text);
      for (const [path, before] of Object.entries(more)) expect(await files.readText(path)).toBe(before);
    },
  );

  it('writes one that was generated, and hides it with all that is ours', async () => {
    const files = createMemoryFiles(kept);
    const dockerfile = '.slipway/dockerfiles/app';
    expect(await place(files, { dockerfile, dockerfileText: 'FROM y\n' })).toBe(`${storeFolder}..dockerfile/app`);
    expect(await files.readText(`/repo/${dockerfile}`)).toBe('FROM y\n');
  });
});
