import { describe, expect, it } from '@jest/globals';
import { madePrefix } from '../../support/made-plan.ts';
import { planOf } from './planned.ts';

const tree = {
  'slipway.yml':
    'images:\n  base: {}\n  app:\n    contexts: {parent: "image:base", shared: lib}\n    paths: [requirements/*.txt]\n',
  'base/Dockerfile': 'FROM scratch\n',
  'app/Dockerfile': 'FROM parent\nCOPY --from=shared /a /a\n',
  'lib/a': 'a',
  'requirements/app.txt': 'x',
  'README.md': 'words',
};
const appOf = async (more: Record<string, string> = {}) => {
  const plan = await planOf({ ...tree, ...more }, { offline: true });
  return { plan, app: plan.images.find(({ key }) => key === 'app') };
};

describe('named contexts', () => {
  it('are other images of the set, or folders', async () => {
    const { plan, app } = await appOf();
    expect(plan.levels).toEqual([['base'], ['app']]);
    expect(app?.needs).toEqual(['base']);
    expect(app?.bases.map(({ reference, key }) => [reference, key])).toEqual([['parent', 'base']]);
    expect(app?.contexts).toEqual({ shared: 'lib' });
  });

  it.each([
    ['a file of a named folder', { 'lib/a': 'b' }, true],
    ['a file that a pattern names', { 'requirements/app.txt': 'y' }, true],
    ['a new file that a pattern names', { 'requirements/more.txt': 'y' }, true],
    ['a file that nothing names', { 'README.md': 'other words' }, false],
    ['a file beside those of a pattern', { 'requirements/deep/x.txt': 'y' }, false],
  ])('and paths: %s decides the identity or not', async (_, change, isOther) => {
    const [before, after] = [await appOf(), await appOf(change)];
    expect(before.app?.identity !== after.app?.identity).toBe(isOther);
  });

  it('that name no image of the set are refused', async () => {
    const text = 'images:\n  app:\n    contexts: {parent: "image:bsae"}\n  base: {}\n';
    await expect(appOf({ 'slipway.yml': text })).rejects.toMatchObject({ code: 'context-unknown' });
  });
});

describe('a named context that is an image', () => {
  const text = (address: string) => `images:\n  base: {}\n  app: {contexts: {tools: "${address}"}}\n`;
  const basesWith = async (address: string) => {
    const { app } = await appOf({
      'slipway.yml': text(address),
      'app/Dockerfile': 'FROM alpine:3\nCOPY --from=tools /a /a\n',
    });
    return app?.bases.map(({ reference, key, as }) => ({ reference, key, as }));
  };

  it('is a base, under the name that the configuration gives to it', async () => {
    expect(await basesWith('docker-image://busybox:1')).toEqual([
      { reference: 'alpine:3', key: null },
      { reference: 'busybox:1', key: null, as: 'tools' },
    ]);
  });

  it('may be one of the set', async () => {
    expect(await basesWith(`docker-image://${madePrefix}/base:main`)).toContainEqual({
      reference: `${madePrefix}/base:main`,
      key: 'base',
      as: 'tools',
    });
  });

  it('that is no reference is refused, and one from elsewhere is left to the builder', async () => {
    await expect(basesWith('docker-image://Alpine:3')).rejects.toMatchObject({ code: 'reference-invalid' });
    expect(await basesWith('https://example.com/tools.git')).toEqual([{ reference: 'alpine:3', key: null }]);
  });

  it('decides the identity', async () => {
    const identities = await Promise.all(
      ['busybox:1', 'busybox:2'].map(async (one) => {
        return (await appOf({ 'slipway.yml': text(`docker-image://${one}`) })).app?.identity;
      }),
    );
    expect(new Set(identities).size).toBe(2);
  });
});

describe('an image that was only found', () => {
  const tree = {
    'app/Dockerfile': 'FROM scratch\n',
    'chunk/Dockerfile': 'ARG base\nFROM ${base}\n',
    'slipway.yml': 'images: {app: {}, chunk: {}}\n',
  };

  it('is left out where nobody gives its base a name, and said', async () => {
    const made = await planOf(tree, { offline: true, isDiscovered: true });
    expect(made.images.map(({ key }) => key)).toEqual(['app']);
    expect(made.notes).toContain(
      'chunk/Dockerfile:2 was not taken: FROM ${base} names no image; slipway.yml can give it one',
    );
  });

  it('is an error where somebody wrote it down, or where there is no other', async () => {
    const refused = { code: 'dockerfile-no-base', where: { file: 'chunk/Dockerfile', line: 2 } };
    await expect(planOf(tree, { offline: true })).rejects.toMatchObject(refused);
    const alone = { ...tree, 'slipway.yml': 'images: {chunk: {}}\n' };
    await expect(planOf(alone, { offline: true, isDiscovered: true })).rejects.toMatchObject(refused);
  });
});
