import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  hostOf,
  isRepository,
  isTag,
  parseImageRef,
  parseRepository,
  parseTag,
  pathOf,
  refText,
} from '../../../src/domain/image-ref.ts';

const digest = `sha256:${'0f'.repeat(32)}`;
const word = fc.stringMatching(/^[a-z0-9]{1,8}$/);
const component = fc
  .tuple(word, fc.array(fc.tuple(fc.constantFrom('.', '_', '__', '-', '---'), word), { maxLength: 3 }))
  .map(([first, rest]) => first + rest.map(([separator, next]) => separator + next).join(''));
const host = fc.constantFrom(
  '',
  'ghcr.io/',
  'localhost/',
  'localhost:5000/',
  '127.0.0.1:5000/',
  '[::1]:80/',
  'GHCR.io/',
);
// Without a host the first part has no dot, lest it be taken for one.
const path = fc.array(component, { minLength: 1, maxLength: 4 }).map((parts) => parts.join('/'));
const name = fc.tuple(host, word, path).map(([h, first, rest]) => `${h}${first}/${rest}`);
const tag = fc.option(fc.stringMatching(/^[A-Za-z0-9_][A-Za-z0-9._-]{0,20}$/));
const reference = fc
  .tuple(name, tag, fc.boolean())
  .map(([named, t, d]) => `${named}${t === null ? '' : `:${t}`}${d ? `@${digest}` : ''}`);

describe('a reference', () => {
  it.each([
    ['busybox', 'docker.io/library/busybox'],
    ['acme/app', 'docker.io/acme/app'],
    ['docker.io/busybox', 'docker.io/library/busybox'],
    ['index.docker.io/acme/app', 'docker.io/acme/app'],
    ['registry-1.docker.io/acme/app:1', 'docker.io/acme/app:1'],
    ['GHCR.io/acme/app', 'ghcr.io/acme/app'],
    ['ghcr.io:443/acme/app', 'ghcr.io/acme/app'],
    ['localhost/app', 'localhost/app'],
    ['localhost:5000/app:1.2', 'localhost:5000/app:1.2'],
    ['[::1]:5000/app', '[::1]:5000/app'],
    [`app:1@${digest}`, `docker.io/library/app:1@${digest}`],
    [`ghcr.io/a/b__c/d--e.f@${digest}`, `ghcr.io/a/b__c/d--e.f@${digest}`],
  ])('written %p is %p', (text, expected) => {
    expect(refText(parseImageRef(text, 'test'))).toBe(expected);
  });

  it.each([
    [''],
    [' app'],
    ['App'],
    ['acme//app'],
    ['/app'],
    ['app/'],
    ['app:'],
    ['app:-x'],
    ['app@sha256:12'],
    ['app@'],
    ['a___b'],
    ['-app'],
    ['app-'],
    ['acme/../app'],
    ['acme/./app'],
    ['ghcr.io/a%2fb'],
    ['ghcr.io/a?b'],
    ['ghcr.io/a#b'],
    ['ghcr.io\\a'],
    ['user@ghcr.io/app'],
    ['ghcr.io/app\n'],
    [`app:${'x'.repeat(129)}`],
    [`ghcr.io/${'a'.repeat(256)}`],
    ['-ghcr.io/app'],
    ['ghcr.io:port/app'],
  ])('is not %p', (text) => {
    expect(() => parseImageRef(text, 'test')).toThrow(expect.objectContaining({ exitCode: 2 }));
  });

  it('is the same after it was printed and read again', () => {
    fc.assert(
      fc.property(reference, (text) => {
        const ref = parseImageRef(text, 'test');
        expect(parseImageRef(refText(ref), 'test')).toEqual(ref);
        expect(`${hostOf(ref.repository)}/${pathOf(ref.repository)}`).toBe(ref.repository);
      }),
    );
  });

  it('gives a path that HTTP leaves as it is', () => {
    fc.assert(
      fc.property(reference, (text) => {
        const { repository, tag: named } = parseImageRef(text, 'test');
        const expected = `/v2/${pathOf(repository)}/manifests/${named ?? digest}`;
        expect(new URL(`https://${hostOf(repository)}${expected}`).pathname).toBe(expected);
      }),
    );
  });

  it('never leaves its repository in the path, whatever was written', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('a', '/', '.', '-', '_', ':', '%', '?', '\n') }), (text) => {
        const repository = `registry.test/${text}`;
        if (!isRepository(repository)) return;
        expect(new URL(`https://registry.test/v2/${text}/tags/list`).pathname).toBe(`/v2/${text}/tags/list`);
      }),
      { numRuns: 1000 },
    );
  });
});

describe('a repository', () => {
  it('has neither tag nor digest', () => {
    expect(() => parseRepository('acme/app:1', 'test')).toThrow(
      expect.objectContaining({ code: 'repository-invalid' }),
    );
  });

  it('in canonical spelling names its host', () => {
    expect([isRepository('docker.io/library/app'), isRepository('app'), isRepository(7)]).toEqual([true, false, false]);
  });
});

describe('a tag', () => {
  it.each([['1'], ['_x'], ['v1.2.3-rc.1'], ['x'.repeat(128)]])('is %p', (text) => {
    expect(parseTag(text, 'test')).toBe(text);
  });

  it.each([[''], ['.x'], ['-x'], ['a b'], ['a+b'], ['a/b'], ['ä'], ['a\n'], ['x'.repeat(129)]])('is not %p', (text) => {
    expect(isTag(text)).toBe(false);
  });
});
