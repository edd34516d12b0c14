import { describe, expect, it } from '@jest/globals';
import { readProject } from '../../../src/pipelines/project.ts';
import { scriptedExec } from '../../support/fake-exec.ts';
import { createMemoryFiles } from '../../support/memory-files.ts';

function read(
  tree: Readonly<Record<string, string>>,
  asked?: string,
  env: Readonly<Record<string, string>> = {},
  registry?: string,
) {
  const paths = Object.entries(tree).map(([path, text]) => [`/home/ada/widgets/${path}`, text] as const);
  const ports = { files: createMemoryFiles(Object.fromEntries(paths)), exec: scriptedExec([]), env };
  return readProject(ports, '/home/ada/widgets', { asked, registry, remote: 'https://github.com/Acme/Widgets.git' });
}

describe('a project', () => {
  it('is what its configuration says', async () => {
    const { config, configFile } = await read({ 'slipway.yml': 'registry: a.example/b\nimages: {app: {}}' });
    expect([Object.keys(config.images), config.registry, configFile]).toEqual([['app'], 'a.example/b', 'slipway.yml']);
    expect(config.notes).toEqual([]);
  });

  it('may keep its configuration below .github', async () => {
    expect((await read({ '.github/slipway.yml': 'images: {app: {}}' })).configFile).toBe('.github/slipway.yml');
  });

  it('is published where it lies on GitHub when nothing else is said, and says so', async () => {
    const { config } = await read({ 'slipway.yml': 'images: {app: {}}' });
    expect(config.registry).toBe('ghcr.io/acme/widgets');
    expect(config.notes).toEqual([expect.stringContaining('ghcr.io/acme/widgets')]);
    const env = { GITHUB_REPOSITORY: 'Org/Fork' };
    expect((await read({ 'slipway.yml': 'images: {app: {}}' }, undefined, env)).config.registry).toBe(
      'ghcr.io/org/fork',
    );
  });

  it('is published where somebody says, whatever is written, and nothing more is said', async () => {
    const { config } = await read(
      { 'slipway.yml': 'registry: a.example/b\nimages: {app: {}}' },
      undefined,
      {},
      'c.example/d',
    );
    expect([config.registry, config.notes]).toEqual(['c.example/d', []]);
    const found = await read({ 'a/Dockerfile': 'FROM scratch' }, undefined, {}, 'c.example/d');
    expect(found.config.registry).toBe('c.example/d');
    expect(found.config.notes.join()).not.toContain('registry');
  });

  it('has further registries for the registry beside them, and for no other that somebody names', async () => {
    const registries = 'registry: a.example/b\nregistries: [e.example/f]\n';
    const written = { 'slipway.yml': `${registries}images: {app: {}}` };
    for (const asked of [undefined, 'a.example:443/b']) {
      const { config } = await read(written, undefined, {}, asked);
      expect([config.registries, config.notes]).toEqual([['e.example/f'], []]);
    }
    const found = { 'slipway.yml': registries, 'a/Dockerfile': 'FROM scratch' };
    for (const files of [written, found]) {
      const { config } = await read(files, undefined, {}, 'c.example/d');
      expect(config.registries).toEqual([]);
      expect(config.notes.join('\n')).toContain('nothing is written to e.example/f');
    }
  });

  it('has beside its own tests those of its checks, also where it is discovered', async () => {
    const checks = 'checks: {a: {tests: [{run: second}], expect: {user: not-root}}}';
    const written = await read({ 'slipway.yml': `images: {a: {tests: [{run: first}]}}\n${checks}` });
    expect(written.config.images.a?.tests.map(({ run }) => run)).toEqual(['first', 'second']);
    const found = await read({ 'slipway.yml': checks, 'a/Dockerfile': 'FROM scratch', 'b/Dockerfile': '' });
    expect(found.config.images.a?.tests.map(({ run }) => run)).toEqual(['second']);
    expect(found.config.images.a?.expect?.user).toBe('not-root');
    expect(found.config.images.b?.tests).toEqual([]);
  });

  it('has no checks of an image that there is not', async () => {
    const text = 'images: {web: {}}\nchecks: {wbe: {}}';
    await expect(read({ 'slipway.yml': text })).rejects.toMatchObject({
      code: 'checks-unknown-image',
      next: 'did you mean web?',
    });
  });

  it('without a configuration is what lies in it, with how that was found', async () => {
    const { config } = await read({ 'a/Dockerfile': 'FROM scratch', 'b/Dockerfile': 'FROM scratch' });
    expect(Object.keys(config.images)).toEqual(['a', 'b']);
    expect(config.registry).toBe('ghcr.io/acme/widgets');
    expect(config.notes.length).toBeGreaterThan(1);
  });

  it('is discovered as far as its configuration leaves it out', async () => {
    const text = 'registry: a.example/b\nallow-untested: [a]';
    const { config, configFile } = await read({ 'slipway.yml': text, 'a/Dockerfile': 'FROM scratch' });
    expect(Object.keys(config.images)).toEqual(['a']);
    expect([config.registry, config['allow-untested'], configFile]).toEqual(['a.example/b', ['a'], 'slipway.yml']);
  });

  it('knows for which Pythons its images are', async () => {
    const family = 'families: {p: {key: "py{python}", matrix: {python: {file: PYTHON_VERSIONS}}}}';
    const { config } = await read({ 'slipway.yml': family, PYTHON_VERSIONS: '3.9\n3.10\n' });
    expect(config.pythonVersions).toEqual(['3.9', '3.10']);
  });

  it('with nothing in it is an error that shows the smallest configuration', async () => {
    await expect(read({ 'README.md': 'words' })).rejects.toMatchObject({
      code: 'nothing-to-build',
      next: expect.stringContaining('images:'),
    });
  });

  it('whose configuration is named must have it', async () => {
    await expect(read({ 'slipway.yml': 'images: {}' }, 'other.yml')).rejects.toMatchObject({ code: 'config-missing' });
  });
});
