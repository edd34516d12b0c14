import { describe, expect, it } from '@jest/globals';
import type { GitChanges } from '../../../src/clients/git-changes.ts';
import { RemoteError } from '../../../src/domain/errors.ts';
import type { Files } from '../../../src/ports/files.ts';
import { scriptedExec } from '../../support/fake-exec.ts';
import { FakeRegistry } from '../../support/fake-registry.ts';
import { type Asked, chain, decisions, planOf, publishAll, type Tree } from './planned.ts';

/** A diff of these files; those that end with a slash are submodules. */
function diff(...paths: readonly string[]): GitChanges {
  const files = paths.map((path) => ({ path: path.replace(/\/$/, ''), isSubmodule: path.endsWith('/') }));
  return { kind: 'files', files, from: 'f'.repeat(40), to: null, how: 'since then' };
}

const unknown: GitChanges = { kind: 'unknown', why: 'main is new', next: 'check out with fetch-depth: 0' };

function source(answer: GitChanges, isAsked: boolean) {
  let asked = 0;
  return {
    isAsked,
    read: async () => {
      asked += 1;
      return answer;
    },
    times: () => asked,
  };
}

/** Where no registry is asked. */
function offline(tree: Tree, answer: GitChanges, asked: Asked = {}) {
  return planOf(tree, { offline: true, changes: source(answer, true), ...asked });
}

async function published(tree: Tree, only?: readonly string[]): Promise<FakeRegistry> {
  const registry = new FakeRegistry();
  const made = await planOf(tree);
  const images = made.images.filter(({ key }) => only?.includes(key) ?? true);
  await publishAll(registry, { ...made, images }, 'main');
  return registry;
}

describe('where the diff decides, a plan', () => {
  it('builds an image that changed with what is built on it, and names the files', async () => {
    const made = await offline(chain, diff('base/file', 'README.md'));
    expect(decisions(made)).toEqual({ base: 'changed', app: 'dependent' });
    expect(made.images[0]?.why).toBe('base/file changed since then');
    expect(made.notes).toEqual(['not in this plan, because no file of theirs changed since then: alone']);
  });

  it('selects nothing for a change of documentation', async () => {
    const made = await offline(chain, diff('README.md', 'docs/index.md'));
    expect([made.images, made.carried, made.levels]).toEqual([[], [], []]);
  });

  it('builds a base that was never published with the image that changed', async () => {
    const made = await planOf(chain, { changes: source(diff('app/new'), true) });
    expect(decisions(made)).toEqual({ base: 'all', app: 'changed' });
    expect(made.levels).toEqual([['base'], ['app']]);
  });

  it('leaves a base alone where no registry was to be asked, and says that nobody looked', async () => {
    const made = await offline(chain, diff('app/new'));
    expect(decisions(made)).toEqual({ app: 'changed' });
    expect(made.images[0]?.bases).toEqual([expect.objectContaining({ key: 'base', digest: null })]);
    expect(made.notes).toContain('base is not built, and nobody looked up what is published of it');
  });

  it('takes a base as it is published where that was made of other inputs, and proves nothing by it', async () => {
    const registry = await published({ ...chain, 'base/file': 'another' });
    const tree = { ...chain, 'app/new': '1' };
    const made = await planOf(tree, { registry, changes: source(diff('app/new'), true) });
    expect(decisions(made)).toEqual({ app: 'changed', alone: 'carried' });
    const [borrowed] = made.borrowed;
    expect(borrowed).toMatchObject({ key: 'base', why: expect.stringContaining('what main names') });
    expect(made.images[0]?.bases[0]?.digest).toBe(borrowed?.digest);
    const usual = await planOf(tree, { offline: true });
    expect(made.images[0]?.identity).not.toBe(usual.images.find(({ key }) => key === 'app')?.identity);
  });

  it('carries a proven base over, and builds what changed on it', async () => {
    const tree = { ...chain, 'app/new': '1', 'alone/new': '1' };
    const made = await planOf(tree, { registry: await published(chain), changes: source(diff('app/new'), true) });
    expect(decisions(made)).toEqual({ base: 'carried', app: 'changed' });
    expect(made.notes).toEqual([expect.stringContaining('alone')]);
  });

  it('builds what the diff names, also where an image is proven', async () => {
    const made = await planOf(chain, { registry: await published(chain), changes: source(diff('alone/x'), true) });
    expect(decisions(made)).toEqual({ base: 'carried', app: 'carried', alone: 'changed' });
  });

  it('builds everything where nobody knows the diff, and says why and what helps', async () => {
    const made = await offline(chain, unknown);
    expect(decisions(made)).toEqual({ base: 'all', app: 'all', alone: 'all' });
    expect(made.images.map(({ why }) => why)).toEqual(['main is new', 'main is new', 'main is new']);
    expect(made.notes).toEqual(['every image counts as changed: main is new (check out with fetch-depth: 0)']);
  });

  it.each<[string, Tree, string[], string[]]>([
    ['the configuration', {}, ['slipway.yml'], ['alone', 'app', 'base']],
    ['a .dockerignore', {}, ['alone/.dockerignore'], ['alone']],
    ['a .dockerignore that was deleted beside a Dockerfile', {}, ['alone/Dockerfile.dockerignore'], ['alone']],
    ['a .dockerignore that does not count', { 'alone/Dockerfile.dockerignore': '.*' }, ['alone/.dockerignore'], []],
    ['a file that is hidden', { 'alone/.dockerignore': '*.md' }, ['alone/a.md'], []],
    ['a Dockerfile that is hidden', { 'alone/.dockerignore': '*' }, ['alone/Dockerfile'], ['alone']],
    ['a submodule', { 'alone/lib/x': '1' }, ['alone/lib/'], ['alone']],
    ['a submodule that is hidden', { 'alone/lib/x': '1', 'alone/.dockerignore': 'lib' }, ['alone/lib/'], []],
    ['paths', { 'slipway.yml': 'images: {alone: {paths: [req/*.txt]}}' }, ['req/a.txt', 'req/b'], ['alone']],
    [
      'the values of a matrix',
      {
        'slipway.yml': 'families: {f: {key: "x-{v}", context: alone, matrix: {v: {file: VALUES}}}}',
        VALUES: '1\n2\n',
      },
      ['VALUES'],
      ['x-1', 'x-2'],
    ],
    ['a folder with a name', { 'slipway.yml': 'images: {alone: {contexts: {c: shared}}}' }, ['shared/a'], ['alone']],
    ['the version', { VERSION: '1.0.0' }, ['VERSION'], []],
    [
      'a version that is an argument',
      { VERSION: '1.0.0', 'slipway.yml': 'images: {base: {}, alone: {build-args: {V: "x-{version}"}}}' },
      ['VERSION'],
      ['alone'],
    ],
  ])('looks at %s', async (_, changes, paths, keys) => {
    const made = await offline({ ...chain, ...changes }, diff(...paths));
    expect(made.images.map(({ key }) => key).sort()).toEqual(keys);
  });

  it.each<[string, string, string[], string[]]>([
    ['with any file, since nobody knows what a generator reads', '', ['tools/x'], ['made']],
    ['not because it was made anew', '', ['out/Dockerfile'], []],
    ['with what its paths name', ', paths: [tools]', ['tools/x'], ['made']],
    ['not with others where it has paths', ', paths: [tools]', ['README.md'], []],
  ])('looks at an image whose Dockerfile is generated: it changes %s', async (_, paths, changed, keys) => {
    const made = `made: {context: out${paths}}`;
    const yml = `images: {alone: {}, ${made}}\ngenerate: {run: [make], outputs: [out/Dockerfile]}`;
    const asked = {
      exec: (files: Files) =>
        scriptedExec([
          {
            program: 'make',
            async result() {
              await files.write('/repo/out/Dockerfile', 'FROM scratch\n');
              return {};
            },
          },
        ]),
    };
    const plan = await offline({ ...chain, 'slipway.yml': yml }, diff(...changed), asked);
    expect(plan.images.map(({ key }) => key)).toEqual(keys);
  });

  it('never makes a version of a part of the set', async () => {
    const tree = { ...chain, VERSION: 'v1.0.0' };
    const registry = new FakeRegistry();
    await publishAll(registry, await planOf(tree), 'v1.0.0');
    const asked = { registry, event: { ref: 'refs/tags/v1.0.0' }, changes: source(diff('README.md'), true) };
    const made = planOf({ ...tree, 'alone/new': '1' }, asked);
    await expect(made).rejects.toMatchObject({ code: 'version-incomplete', what: expect.stringContaining('alone') });
  });
});

describe('where a registry answers, the diff of an event', () => {
  it('explains and does not decide', async () => {
    const tree = { ...chain, 'base/file': 'two', 'alone/new': '1' };
    const made = await planOf(tree, { registry: await published(chain), changes: source(diff('base/file'), false) });
    expect(decisions(made)).toEqual({ base: 'changed', app: 'dependent', alone: 'changed' });
    expect(made.images.map(({ why }) => why)).toEqual([
      'what main names was made of other inputs: base/file',
      'what main names was made of other inputs',
      'what main names was made of other inputs',
    ]);
    expect(made.notes).toEqual([]);
  });

  it('is not needed where nothing has to be explained', async () => {
    const git = source(unknown, false);
    await planOf(chain, { registry: await published(chain), changes: git });
    await planOf(chain, { registry: new FakeRegistry(), changes: git });
    expect(git.times()).toBe(0);
  });

  it('may be unknown, and nobody is bothered', async () => {
    const asked = { registry: await published(chain), changes: source(unknown, false) };
    const made = await planOf({ ...chain, 'alone/new': '1' }, asked);
    expect([decisions(made).alone, made.notes]).toEqual(['changed', []]);
  });

  it.each([
    ['a schedule', { name: 'schedule' as const }],
    ['a rebuild by hand', { name: 'workflow_dispatch' as const, rebuildBase: true }],
  ])('is not asked on %s, which builds everything', async (_, event) => {
    const git = source(diff(), true);
    expect((await planOf(chain, { event, changes: git })).images).toHaveLength(3);
    expect(git.times()).toBe(0);
  });
});

describe('where no registry answers, the diff of an event', () => {
  const http = {
    send: () => Promise.reject(new RemoteError({ code: 'host-unreachable', what: 'x', state: 'x', next: 'x' })),
  };

  it('decides, and the plan says so', async () => {
    const asked = { http, event: { name: 'pull_request' as const }, changes: source(diff('alone/x'), false) };
    const made = await planOf(chain, asked);
    expect(decisions(made)).toEqual({ alone: 'changed' });
    expect(made.notes[0]).toBe('registry.test could not be reached: what git says decides');
  });
});
