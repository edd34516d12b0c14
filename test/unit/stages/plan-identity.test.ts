import { describe, expect, it } from '@jest/globals';
import { Plan } from '../../../src/domain/plan.ts';
import { parsePlatform } from '../../../src/domain/platform.ts';
import { chain, identities, planOf, type Tree } from './planned.ts';

/** The images whose identity is another with these changes. */
async function changedBy(changes: Tree, asked: Parameters<typeof planOf>[1] = {}): Promise<readonly string[]> {
  const [before, after] = [await planOf(chain), await planOf({ ...chain, ...changes }, asked)].map(identities);
  return Object.keys(before ?? {})
    .filter((key) => before?.[key] !== after?.[key])
    .sort();
}

describe('a plan', () => {
  it('is a document that can be written and read again', async () => {
    const made = await planOf(chain);
    expect(Plan.parse(JSON.parse(JSON.stringify(made)))).toEqual(made);
  });

  it('puts images behind what they are built on', async () => {
    const made = await planOf(chain);
    expect(made.levels).toEqual([['base', 'alone'], ['app']]);
    const app = made.images.find(({ key }) => key === 'app');
    expect(app?.needs).toEqual(['base']);
    expect(app?.bases).toEqual([
      { reference: 'registry.test/acme/base:main', key: 'base', digest: null, platforms: {} },
    ]);
  });

  it('takes only the images that are asked for and their bases', async () => {
    expect(Object.keys(identities(await planOf(chain, { only: ['app'] })))).toEqual(['base', 'app']);
  });

  it.each<[string, Partial<Parameters<typeof planOf>[1]>, Tree, string]>([
    ['an image that is not there', { only: ['ap'] }, chain, 'image-unknown'],
    ['a Dockerfile that is not there', {}, { ...chain, 'slipway.yml': 'images: {gone: {}}' }, 'dockerfile-missing'],
    ['a context outside', {}, { ...chain, 'slipway.yml': 'images: {app: {context: ../x}}' }, 'path-outside'],
    [
      'two images of one repository',
      {},
      { ...chain, 'slipway.yml': 'images: {app: {}, base: {repository: app}}' },
      'repository-twice',
    ],
    ['a circle', {}, { ...chain, 'base/Dockerfile': 'FROM registry.test/acme/app\n' }, 'images-in-a-circle'],
    ['a version that is none', {}, { ...chain, VERSION: 'one' }, 'version-invalid'],
    ['platforms that nobody can build', { buildable: [parsePlatform('linux/s390x')] }, chain, 'platform-not-buildable'],
  ])('is refused with %s', async (_, asked, tree, code) => {
    await expect(planOf(tree, asked)).rejects.toMatchObject({ code, exitCode: 2 });
  });

  it('leaves out a platform that the builder lacks, and says so', async () => {
    const both = 'images: {alone: {platforms: [linux/arm64, linux/amd64]}}';
    const made = await planOf({ ...chain, 'slipway.yml': both }, { buildable: [parsePlatform('linux/amd64')] });
    expect(made.images[0]?.platforms).toEqual(['linux/amd64']);
    expect(made.notes).toEqual(['alone is built without linux/arm64: this builder has no emulation for it']);
  });

  it('fills in the arguments of builds', async () => {
    const text = 'images: {alone: {build-args: {A: "{key}-{version}-{tag}-{registry}-{other}", N: 3}}}';
    const made = await planOf({ ...chain, 'slipway.yml': text, VERSION: 'v1.2.3\n' });
    expect(made.images[0]?.buildArgs).toEqual({ A: 'alone-v1.2.3-main-registry.test/acme-{other}', N: '3' });
  });

  it('gives a test that is a text to the shell, and a list to nobody', async () => {
    const text = 'images: {alone: {tests: [{run: "a && b"}, {run: [c, d], name: t, timeout-minutes: 1}]}}';
    expect((await planOf({ ...chain, 'slipway.yml': text })).images[0]?.tests).toEqual([
      expect.objectContaining({ name: 'a && b', command: ['sh', '-c', 'a && b'], timeoutMinutes: 10 }),
      expect.objectContaining({ name: 't', command: ['c', 'd'], timeoutMinutes: 1 }),
    ]);
  });

  it('says that a dirty tree is never adopted', async () => {
    const made = await planOf(chain, { commit: { id: null, time: null, dirty: true } });
    expect([made.dirty, made.notes.join()]).toEqual([true, expect.stringContaining('never adopted')]);
  });
});

describe('the identity of an image', () => {
  it.each<[string, Tree, string[]]>([
    ['nothing', {}, []],
    ['a file of its context', { 'alone/new': '' }, ['alone']],
    ['a file of its base', { 'base/file': 'two' }, ['app', 'base']],
    ['its Dockerfile', { 'app/Dockerfile': `${chain['app/Dockerfile']}# more\n` }, ['app']],
    ['a file of no image', { 'README.md': 'x' }, []],
    ['a file that is ignored', { 'alone/.dockerignore': 'x\n.dockerignore\n', 'alone/x': '1' }, []],
    ['what git and we keep in a context', { 'alone/.git/HEAD': '1', 'alone/.slipway/x': '2' }, []],
  ])('changes with %s', async (_, changes, expected) => {
    expect(await changedBy(changes)).toEqual(expected);
  });

  it.each<[string, Parameters<typeof planOf>[1]]>([
    ['commit', { commit: { id: 'b'.repeat(40), time: 1, dirty: true } }],
    ['event', { event: { name: 'pull_request' } }],
    ['branch', { event: { ref: 'refs/heads/topic' } }],
    ['run', { run: { id: 'other', number: 8, attempt: 2 } }],
  ])('is the same for another %s', async (_, asked) => {
    expect(await changedBy({}, asked)).toEqual([]);
  });

  it('is the same where images are published elsewhere', async () => {
    const tree = { ...chain, 'app/Dockerfile': 'ARG REGISTRY\nFROM ${REGISTRY}/base\n' };
    const [here, there] = await Promise.all(
      [{}, { prefix: 'registry.test/other' }].map(async (asked) => identities(await planOf(tree, asked))),
    );
    expect(there).toEqual(here);
  });

  it('changes with the version only where an argument asks for it', async () => {
    const yml = 'images: {alone: {build-args: {V: "{version}"}}, base: {}}';
    const [one, two] = await Promise.all(
      ['1.0.0', '1.0.1'].map(async (VERSION) => identities(await planOf({ ...chain, 'slipway.yml': yml, VERSION }))),
    );
    expect([one?.alone === two?.alone, one?.base === two?.base]).toEqual([false, true]);
  });
});
