import { describe, expect, it } from '@jest/globals';
import { chooseDefinitionFiles } from '../../../../src/formats/discovery/definition-files.ts';
import { choosePrefix, parseRemote, repositoryName } from '../../../../src/formats/discovery/registry-prefix.ts';
import { readTagNames } from '../../../../src/formats/discovery/tag-names.ts';

const names = (tags: Readonly<Record<string, readonly string[]>>) => {
  const { prefix, repositories, notTaken } = readTagNames(new Map(Object.entries(tags)), 'docker-bake.hcl');
  return { prefix, repositories: Object.fromEntries(repositories), notTaken };
};

describe('the names in tags', () => {
  it('have the folders in common as prefix', () => {
    expect(
      names({ api: ['ghcr.io/acme/x/api:1'], web: ['ghcr.io/acme/x/site:1', 'ghcr.io/acme/x/site:latest'] }),
    ).toEqual({ prefix: 'ghcr.io/acme/x', repositories: { api: 'api', web: 'site' }, notTaken: [] });
  });

  it('may be deeper than the prefix', () => {
    expect(names({ a: ['localhost:5000/a'], b: ['localhost:5000/tools/b'] })).toMatchObject({
      prefix: 'localhost:5000',
      repositories: { a: 'a', b: 'tools/b' },
    });
  });

  it('are those of Docker Hub where they name an owner and no registry', () => {
    expect(names({ a: ['acme/a:1'] })).toMatchObject({ prefix: 'docker.io/acme', repositories: { a: 'a' } });
  });

  it('say a repository and no registry where they have no owner', () => {
    expect(names({ app: ['myproject-app:latest'], dev: [] })).toEqual({
      prefix: undefined,
      repositories: { app: 'myproject-app' },
      notTaken: [],
    });
  });

  it('are not taken where they begin with several registries', () => {
    expect(names({ a: ['ghcr.io/acme/a'], b: ['quay.io/acme/b'] })).toEqual({
      prefix: undefined,
      repositories: {},
      notTaken: ['docker-bake.hcl: the names in its tags were not taken: they begin with no registry in common'],
    });
  });

  it('are not taken where images share a repository', () => {
    expect(names({ cpu: ['acme/app:cpu'], gpu: ['acme/app:gpu'], doc: ['acme/docs'] })).toEqual({
      prefix: 'docker.io/acme',
      repositories: { doc: 'docs' },
      notTaken: [
        'docker-bake.hcl: the repository app was not taken: it is that of cpu, gpu, and each image has its own',
      ],
    });
  });

  it('are passed over where a variable without a value made them none', () => {
    expect(names({ a: ['/a:1', 'ghcr.io/acme/a'] })).toEqual({
      prefix: 'ghcr.io/acme',
      repositories: { a: 'a' },
      notTaken: ['docker-bake.hcl: the tag "/a:1" of a was not taken: it is no reference'],
    });
  });
});

describe('the registry prefix', () => {
  const fromTags = { prefix: 'ghcr.io/acme', source: 'compose.yml' };
  const noTags = { prefix: undefined, source: 'compose.yml' };

  it.each([
    ['what was given', 'quay.io/x', fromTags, { repository: 'O/R' }, 'quay.io/x', undefined],
    ['that of the tags', undefined, fromTags, { repository: 'O/R' }, 'ghcr.io/acme', /from the tags in compose.yml$/],
    [
      'GitHub in lower case',
      undefined,
      noTags,
      { repository: 'Own/Repo' },
      'ghcr.io/own/repo',
      /name of the repository$/,
    ],
    ['that of the remote', undefined, noTags, { remote: 'git@github.com:O/r.git' }, 'ghcr.io/o/r', /^registry: ghcr/],
    ['unknown for another forge', undefined, noTags, { remote: 'https://example.com/o/r' }, undefined, /nothing says/],
    ['unknown where nothing says it', undefined, noTags, {}, undefined, /nothing says/],
  ])('is %s', (_, given, tags, repository, registry, note) => {
    const chosen = choosePrefix(given, tags, { folder: '/repo', ...repository });
    expect(chosen.registry).toBe(registry);
    if (note === undefined) expect(chosen.note).toBeUndefined();
    else expect(chosen.note).toMatch(note);
  });

  it.each([
    ['https://github.com/Acme/App.git', { path: 'Acme/App', isGitHub: true }],
    ['https://token@github.com/Acme/App', { path: 'Acme/App', isGitHub: true }],
    ['git@github.com:Acme/App.git', { path: 'Acme/App', isGitHub: true }],
    ['ssh://git@ssh.github.com:443/Acme/App.git', { path: 'Acme/App', isGitHub: true }],
    ['https://example.com/group/sub/app.git/', { path: 'sub/app', isGitHub: false }],
    ['/srv/git/app.git', undefined],
    ['', undefined],
  ])('reads the remote %p', (remote, found) => {
    expect(parseRemote(remote)).toEqual(found);
  });

  it.each([
    [{ repository: 'Acme/App', remote: 'git@github.com:x/y.git', folder: '/home/z' }, 'App'],
    [{ remote: 'https://example.com/x/y.git', folder: '/home/z' }, 'y'],
    [{ folder: '/home/z/' }, 'z'],
    [{ folder: '/' }, 'image'],
  ])('names the repository of %j', (given, name) => {
    expect(repositoryName(given)).toBe(name);
  });
});

describe('bake and compose files', () => {
  it('are chosen as docker chooses them', () => {
    const all = ['docker-compose.yml', 'compose.yml', 'compose.override.yml', 'docker-compose.override.yml'];
    expect(chooseDefinitionFiles([...all, 'docker-bake.hcl', 'docker-bake.json', 'docker-bake.override.hcl'])).toEqual({
      bake: ['docker-bake.json', 'docker-bake.hcl', 'docker-bake.override.hcl'],
      compose: ['compose.yml', 'compose.override.yml'],
      passedOver: [
        'docker-compose.yml was not taken: docker compose prefers compose.yml',
        'docker-compose.override.yml was not taken: docker compose prefers compose.override.yml',
      ],
    });
  });

  it('are no files under other names, nor overrides of nothing', () => {
    const others = ['docker-compose.part-3.yml', 'bake.hcl', 'composer.yml', 'compose.override.yaml'];
    expect(chooseDefinitionFiles(others)).toEqual({
      bake: [],
      compose: [],
      passedOver: [
        'compose.override.yaml was not taken: there is no file that it could be laid over',
        'docker-compose.part-3.yml was not taken: docker looks for no file of that name',
        'bake.hcl was not taken: docker looks for no file of that name',
      ],
    });
  });
});
