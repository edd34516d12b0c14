import { describe, expect, it } from '@jest/globals';
import { type Asked, planOf } from './planned.ts';

const tree = {
  'slipway.yml': 'images: {app: {tags: [edge, "{key}-new", latest, 1.4.0]}, web: {}}\n',
  'app/Dockerfile': 'FROM scratch\n',
  'web/Dockerfile': 'FROM scratch\n',
};

async function tagsOf(asked: Asked, files: Readonly<Record<string, string>> = tree) {
  const made = await planOf(files, { offline: true, ...asked });
  return Object.fromEntries(made.images.map(({ key, tags }) => [key, tags]));
}

describe('the tags of an image', () => {
  it('of its own follow the default branch, those that look like versions for good, latest last', async () => {
    expect(await tagsOf({})).toEqual({
      app: { immutable: ['1.4.0'], floating: ['main', 'edge', 'app-new', 'latest'] },
      web: { immutable: [], floating: ['main'] },
    });
  });

  it('of its own are not for another branch', async () => {
    expect((await tagsOf({ event: { ref: 'refs/heads/topic' } })).app).toEqual({ immutable: [], floating: ['topic'] });
  });

  it('of its own leave to releases what belongs to them, where there is a version', async () => {
    const versioned = { ...tree, VERSION: 'v2.0.0' };
    expect((await tagsOf({}, versioned)).app).toEqual({ immutable: [], floating: ['main', 'edge', 'app-new'] });
    expect((await tagsOf({ event: { ref: 'refs/tags/v2.0.0' } }, versioned)).app).toEqual({
      immutable: ['v2.0.0'],
      floating: ['v2.0', 'v2', 'latest'],
    });
  });

  it('that another tool chose stand in for ours', async () => {
    const text = 'registry.test/acme/app:sha-1\nregistry.test/acme/app:latest\nnightly';
    expect(await tagsOf({ givenTags: { text, where: 'the input tags' } })).toEqual({
      app: { immutable: [], floating: ['sha-1', 'nightly', 'latest'] },
      web: { immutable: [], floating: ['nightly'] },
    });
  });

  it('that another tool chose are none on a pull request', async () => {
    const asked = { event: { name: 'pull_request' as const }, givenTags: { text: 'nightly', where: 'the input tags' } };
    expect((await tagsOf(asked)).app).toEqual({ immutable: [], floating: [] });
  });

  it('that another tool chose for nobody are refused', async () => {
    const givenTags = { text: 'registry.test/acme/other:1', where: 'the input tags' };
    await expect(tagsOf({ givenTags })).rejects.toMatchObject({ code: 'given-tags-invalid', where: 'the input tags' });
  });

  it('are legal, or the configuration is named', async () => {
    const wrong = { ...tree, 'slipway.yml': 'images: {app: {tags: ["a b"]}}' };
    await expect(tagsOf({}, wrong)).rejects.toMatchObject({ where: 'tags of images.app in slipway.yml' });
  });
});
