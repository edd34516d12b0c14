import { describe, expect, it } from '@jest/globals';
import type { ConfigError } from '../../../src/domain/errors.ts';
import { parseSlipwayYml } from '../../../src/formats/slipway-yml.ts';

const read = (text: string) => parseSlipwayYml(text, 'slipway.yml');

/** What is wrong with a text. */
function problem(text: string): Pick<ConfigError, 'code' | 'what' | 'where' | 'next'> {
  try {
    read(text);
  } catch (error) {
    return error as ConfigError;
  }
  throw new Error('nothing is wrong with it');
}

describe('slipway.yml', () => {
  it('has defaults for all but the images', () => {
    expect(read('images: {app: {}}')).toMatchObject({
      'version-file': 'VERSION',
      'allow-untested': [],
      'version-scheme': 'auto',
      latest: { prereleases: false },
      rebuilds: 'tag',
      families: {},
      images: { app: { platforms: ['linux/amd64'], 'build-args': {}, contexts: {}, paths: [], tests: [] } },
    });
  });

  it('is read through a byte order mark and CRLF', () => {
    expect(read('\uFEFFregistry: ghcr.io/acme\r\nimages:\r\n  app: {}\r\n').registry).toBe('ghcr.io/acme');
  });

  it('takes a test as a text or as a list', () => {
    const { tests } =
      read('images:\n  app:\n    tests: [{run: make test}, {run: [make, test], name: t}]').images?.app ?? {};
    expect(tests?.map(({ run, name }) => [run, name])).toEqual([
      ['make test', undefined],
      [['make', 'test'], 't'],
    ]);
  });

  it('may use anchors', () => {
    const { images } = read('images:\n  a: &a {platforms: [linux/arm64]}\n  b: *a');
    expect(images?.b?.platforms).toEqual(['linux/arm64']);
  });

  it.each([
    ['at the top', 'imagse: {}\nimages: {}', 1, 1, '"imagse" is not known at the top', 'did you mean "images"?'],
    ['in an image', 'images:\n  app:\n    contxt: x', 3, 5, 'in images.app', 'did you mean "context"?'],
    [
      'in a test',
      'images:\n  app:\n    tests:\n      - rum: x\n        run: y',
      4,
      9,
      'in images.app.tests.0',
      '"run"',
    ],
    ['that means nothing', 'images: {}\nzzzzzz: 1', 2, 1, '"zzzzzz"', 'use one of: registry, registries, version-file'],
  ])('refuses an unknown key %s and says where', (_, text, line, column, what, next) => {
    const found = problem(text);
    expect(found).toMatchObject({ code: 'config-unknown-key', where: { file: 'slipway.yml', line, column } });
    expect(found.what).toContain(what);
    expect(found.next).toContain(next);
  });

  it.each([
    ['a value of the wrong kind', 'images:\n  app:\n    target: [x]', 3, 5],
    ['no platforms', 'images:\n  app:\n    platforms: []', 3, 5],
    ['a test without a command', 'images:\n  app:\n    tests:\n      - run: ""', 4, 9],
    ['a time limit of nothing', 'images:\n  app:\n    tests:\n      - run: x\n        timeout-minutes: 0', 5, 9],
    ['a key that no file may have', 'images:\n  ok: {}\n  ../App: {}', 3, 3],
    ['an image that is a text', 'images:\n  app: yes please', 2, 3],
  ])('refuses %s and says where', (_, text, line, column) => {
    expect(problem(text)).toMatchObject({ code: 'config-invalid', where: { line, column } });
  });

  it.each([
    ['a key that is there twice', 'images: {}\nregistry: a\nregistry: b', 3],
    ['a bracket that nobody closes', 'images: {app: {', 1],
    ['a tab for a space', 'images:\n\tapp: {}', 2],
    ['two documents', 'images: {}\n---\nimages: {}', 2],
  ])('refuses %s as no YAML', (_, text, line) => {
    expect(problem(text)).toMatchObject({ code: 'config-invalid', what: expect.stringContaining('not YAML') });
    expect(problem(text).where).toMatchObject({ line });
  });

  it.each([[''], ['# nothing\n']])('takes %p, which leaves all images to be discovered', (text) => {
    expect(parseSlipwayYml(text, 'slipway.yml')).toMatchObject({ families: {} });
    expect(parseSlipwayYml(text, 'slipway.yml').images).toBeUndefined();
  });

  it.each([['[]'], ['text'], ['images: []']])('refuses %p, which is no configuration', (text) => {
    expect(problem(text)).toMatchObject({ code: 'config-invalid' });
  });
});

describe('slipway.yml of another version', () => {
  it.each([
    ['schema: slipway.config/2\nthings: {}\n', 'it is written for "slipway.config/2"', 'images.yml@v2'],
    ['schema: 3\n', 'it is written for "3"', 'write schema: slipway.config/1'],
  ])('is refused before any of its keys is read: %j', (text, what, next) => {
    const refuse = (): unknown => parseSlipwayYml(text, 'slipway.yml');
    expect(refuse).toThrow(
      expect.objectContaining({
        code: 'config-other-version',
        what: expect.stringContaining(what),
        where: { file: 'slipway.yml', line: 1, column: 1 },
        state: 'nothing was built',
        next: expect.stringContaining(next),
      }),
    );
  });

  it('is read where it names this one', () => {
    expect(parseSlipwayYml('schema: slipway.config/1\nregistry: ghcr.io/a\n', 'f').registry).toBe('ghcr.io/a');
  });
});
