import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  type CacheDomain,
  type CacheSubject,
  cacheRef,
  checkCacheTemplate,
  defaultCacheTemplate,
} from '../../../src/domain/cache-ref.ts';
import { parseImageRef } from '../../../src/domain/image-ref.ts';
import { KeyField } from '../../../src/domain/schemas.ts';

const subject: CacheSubject = { key: 'cpu-py3.10', registry: 'ghcr.io/acme', defaultBranch: 'main' };
const main: CacheDomain = { kind: 'default' };
const own = (name: string): CacheDomain => ({ kind: 'own', name });
const ref = (template: string, domain: CacheDomain, changes: Partial<CacheSubject> = {}) =>
  cacheRef(template, { ...subject, ...changes }, domain, 'cache.ref');

describe('the reference of a cache', () => {
  it.each<[string, CacheDomain, string]>([
    [defaultCacheTemplate, main, 'ghcr.io/acme/slipway-cache:cpu-py3.10'],
    [defaultCacheTemplate, own('topic'), 'ghcr.io/acme/slipway-cache:cpu-py3.10..topic'],
    ['braindotai/opencrate-build-cache:{key}', main, 'docker.io/braindotai/opencrate-build-cache:cpu-py3.10'],
    ['{registry}/{key}:cache', main, 'ghcr.io/acme/cpu-py3.10:cache'],
    ['{registry}/{key}:cache', own('topic'), 'ghcr.io/acme/cpu-py3.10:cache..topic'],
    ['{registry}/cache/{key}', main, 'ghcr.io/acme/cache/cpu-py3.10:latest'],
    ['{registry}/cache:{key}-{branch}', main, 'ghcr.io/acme/cache:cpu-py3.10-main'],
    ['{registry}/cache:{key}-{branch}', own('Topic_1'), 'ghcr.io/acme/cache:cpu-py3.10-Topic_1'],
    ['{registry}/{branch}/cache:{key}', main, 'ghcr.io/acme/main/cache:cpu-py3.10'],
    ['{registry}/{branch}:{key}-{branch}', own('topic'), 'ghcr.io/acme/topic:cpu-py3.10-topic'],
  ])('by %s in %j is %s', (template, domain, expected) => {
    expect(ref(template, domain)).toBe(expected);
  });

  it('has a registry with a port', () => {
    expect(ref(defaultCacheTemplate, main, { registry: 'localhost:5000/acme' })).toBe(
      'localhost:5000/acme/slipway-cache:cpu-py3.10',
    );
    expect(ref('localhost:5000/cache/{key}', main)).toBe('localhost:5000/cache/cpu-py3.10:latest');
  });

  it.each([['feature/login'], ['Feature'], ['ä'], ['-'], ['x'.repeat(300)], ['latest'], ['a..b']])(
    'is one for the branch %p, in tag and path',
    (branch) => {
      for (const template of [defaultCacheTemplate, '{registry}/{branch}/c:{key}', '{registry}/c:{key}.{branch}']) {
        const made = ref(template, own(branch));
        expect(parseImageRef(made, 'test').tag).toBeDefined();
        expect(made).not.toBe(ref(template, own(`${branch}/`)));
      }
    },
  );

  it('is cut, and stays its own, where key and branch are long', () => {
    const long = { key: 'k'.repeat(48) };
    const made = ['x', 'y'].map((end) => ref(defaultCacheTemplate, own(`${'b'.repeat(127)}${end}`), long));
    expect(new Set(made).size).toBe(2);
    expect(made.map((each) => each.split(':')[1]?.length)).toEqual([128, 128]);
  });

  it('is never that of another image or another domain', () => {
    const name = fc.string({ unit: fc.constantFrom('a', '-', '.', '_', '1'), minLength: 1, maxLength: 6 });
    const key = name.filter((text) => KeyField.safeParse(text).success);
    const domain = fc.oneof(fc.constant(main), name.map(own));
    fc.assert(
      fc.property(key, domain, key, domain, (oneKey, one, otherKey, other) => {
        fc.pre(oneKey !== otherKey || JSON.stringify(one) !== JSON.stringify(other));
        expect(ref(defaultCacheTemplate, one, { key: oneKey })).not.toBe(
          ref(defaultCacheTemplate, other, { key: otherKey }),
        );
      }),
      { numRuns: 3000 },
    );
  });

  it('is refused where the template makes none', () => {
    expect(() => ref('{registry}/Cache:{key}', main)).toThrow(
      expect.objectContaining({ code: 'reference-invalid', where: 'cache.ref' }),
    );
  });
});

describe('a template of caches', () => {
  const check = (template: string, count = 2) => checkCacheTemplate(template, 'cache.ref', count);

  it.each([
    [defaultCacheTemplate, 14],
    ['{registry}/app:cache', 1],
    ['{registry}/{branch}:{key}', 2],
  ])('%s does for %d images', (template, count) => {
    expect(() => check(template, count)).not.toThrow();
  });

  it.each([
    ['{registry}/app:cache', /2 images would write one cache/, /\{key\}/],
    ['{registy}/cache:{key}', /\{registy\} stands for nothing/, /did you mean \{registry\}/],
    ['{registry}/cache:{key}-{}', /\{\} stands for nothing/, /use \{registry\}, \{key\}, \{branch\}$/],
  ])('%s is refused', (template, what, next) => {
    expect(() => check(template)).toThrow(
      expect.objectContaining({
        code: 'cache-ref-invalid',
        what: expect.stringMatching(what),
        next: expect.stringMatching(next),
      }),
    );
  });
});
