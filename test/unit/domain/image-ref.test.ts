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

describe('a refused reference', () => {
  const hex = '0f'.repeat(32);
  it.each([
    ['', 'it is empty'],
    [' app', '" " (a space) at character 1 may not stand in a repository'],
    ['app ', '" " (a space) at character 4 may not stand in a repository'],
    ['a\tb', '\\u{9} (a tab) at character 2 may not stand in a repository'],
    ['ghcr.io/app\n', '\\u{a} (a line end) at character 12 may not stand in a repository'],
    ['app\r', '\\u{d} (a carriage return) at character 4 may not stand in a repository'],
    ['a\0b', '\\u{0} (NUL) at character 2 may not stand in a repository'],
    ['app\u200b', '\\u{200b} at character 4 may not stand in a repository'],
    ['a\u202eb', '\\u{202e} at character 2 may not stand in a repository'],
    ['a\ud800b', '\\u{d800} at character 2 may not stand in a repository'],
    ['a\u0301', '\\u{301} at character 2 may not stand in a repository'],
    ['a５', '"５" (U+FF15) at character 2 may not stand in a repository'],
    ['ü/x', '"ü" (U+00FC) at character 1 may not stand in a repository'],
    ['ghcr.io/😀😀/a%', '"😀" (U+1F600) at character 9 may not stand in a repository'],
    ['App', '"A" at character 1 is an upper case letter'],
    ['App/x', '"A" at character 1 is an upper case letter'],
    ['ghcr.io/aPp', '"P" at character 10 is an upper case letter'],
    ['acme//app', '"/" at character 6 leaves a part of the repository empty'],
    ['/app', '"/" at character 1 leaves a part of the repository empty'],
    ['app/', '"/" at character 4 leaves a part of the repository empty'],
    ['ghcr.io/', 'no image stands after "/" at character 8'],
    [':1', 'nothing stands before ":" at character 1'],
    ['@sha256:', 'nothing stands before "@" at character 1'],
    ['a___b', '"_" at character 4 follows another separator'],
    ['a..b', '"." at character 3 follows another separator'],
    ['a-_b', '"_" at character 3 follows another separator'],
    ['-app', 'no part of a repository begins with "-" at character 1'],
    ['app-', 'no part of a repository ends with "-" at character 4'],
    ['acme/../app', 'no part of a repository begins with "." at character 6'],
    ['acme/app_/x', 'no part of a repository ends with "_" at character 9'],
    ['ghcr.io/a%2fb', '"%" at character 10 may not stand in a repository'],
    ['ghcr.io/a?b', '"?" at character 10 may not stand in a repository'],
    ['ghcr.io/a#b', '"#" at character 10 may not stand in a repository'],
    ['ghcr.io\\a', '"\\" at character 8 may not stand in a repository'],
    ['ghcr.io/a:b/c', '":" at character 10 may not stand in a repository'],
    [`ghcr.io/${'a'.repeat(256)}`, 'the repository has 256 characters, 1 too many'],
    ['a'.repeat(250), 'the repository, with library/ before it, has 258 characters, 3 too many'],
    ['https://ghcr.io/x', 'it begins with the scheme "https://"'],
    ['docker://busybox', 'it begins with the scheme "docker://"'],
    ['user@ghcr.io/app', '"@" at character 5 ends a user name'],
    ['a.io@b.io/x', '"@" at character 5 ends a user name'],
    ['bücher.example/x', '"ü" (U+00FC) at character 2 may not stand in a host'],
    ['gh\u200bcr.io/x', '\\u{200b} at character 3 may not stand in a host'],
    ['\u212a.io/x', '"\u212a" (U+212A) at character 1 may not stand in a host'],
    ['a_b.io/x', '"_" at character 2 may not stand in a host'],
    ['-ghcr.io/app', 'no part of a host begins with "-" at character 1'],
    ['ghcr-.io/app', 'no part of a host ends with "-" at character 5'],
    ['ghcr..io/x', '"." at character 6 leaves a part of the host empty'],
    ['ghcr.io./x', '"." at character 8 leaves a part of the host empty'],
    [`${'a'.repeat(64)}.io/x`, 'a part of the host has 64 characters, 1 too many'],
    [`${'a.'.repeat(127)}io/x`, 'the host has 256 characters, 3 too many'],
    ['127.1/x', '"127.1" is another spelling of the host 127.0.0.1'],
    ['1.2.3.4.5/x', '"1.2.3.4.5" is no host'],
    [':5000/x', 'nothing stands before ":" at character 1'],
    ['ghcr.io:/x', 'no port stands after ":" at character 8'],
    ['ghcr.io:port/app', '"p" at character 9 is no digit of a port'],
    ['ghcr.io:70000/x', 'the port 70000 is out of range'],
    ['ghcr.io:0/x', 'the port 0 is out of range'],
    ['ghcr.io:080/x', 'the port begins with "0" at character 9'],
    ['[::1]', 'it names a host and no image'],
    ['[::1/x', '"[" at character 1 is not closed'],
    ['[::g]/x', '"g" at character 4 may not stand in an IPv6 address'],
    ['[1::2::3]/x', '"[1::2::3]" is no IPv6 address'],
    ['[::0001]/x', '"[::0001]" is another spelling of the host [::1]'],
    ['[::1]x/y', '"x" at character 6 may not stand after "]"'],
    ['app:', 'it is empty'],
    ['app:-x', 'a tag may not begin with "-" at character 5'],
    ['app:1:2', '":" at character 6 may not stand in a tag'],
    ['app:a+b', '"+" at character 6 may not stand in a tag'],
    [`app:${'x'.repeat(129)}`, 'the tag has 129 characters, 1 too many'],
    ['app@', 'it is empty'],
    ['app@sha256:12', 'it has 2 digits after sha256:, 62 too few'],
    [`app@sha256:${hex}0`, 'it has 65 digits after sha256:, 1 too many'],
    [`app@sha256:${hex.toUpperCase()}`, '"F" at character 13 is an upper case digit'],
    [`app@SHA256:${hex}`, '"S" at character 5 is an upper case letter'],
    [`app@sha256:g${hex}`, '"g" at character 12 is no hexadecimal digit'],
    [`app@${hex}`, 'it names no algorithm'],
    ['app@md5:12', '"md5" is no algorithm of images'],
    ['app@sha256-12', '"-" at character 11 may not stand in the name of an algorithm'],
    ['app@sha256', 'it has no ":" after its algorithm'],
  ])('written %j says why', (text, reason) => {
    const ends = expect.stringMatching(new RegExp(`: ${reason.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')}$`));
    expect(() => parseImageRef(text, 'test')).toThrow(expect.objectContaining({ exitCode: 2, what: ends }));
  });

  it.each([
    ['https://ghcr.io/x', 'leave the scheme out'],
    ['App', 'write it in lower case'],
    ['bücher.example/x', 'xn--bcher-kva.example'],
    ['127.1/x', '127.0.0.1'],
  ])('%p says what to write', (text, advice) => {
    const next = expect.stringContaining(advice);
    expect(() => parseImageRef(text, 'test')).toThrow(expect.objectContaining({ next }));
  });

  it.each([['user:secret@ghcr.io/x'], ['https://user:secret@ghcr.io']])('%p keeps its password to itself', (text) => {
    const what = expect.not.stringContaining('secret');
    expect(() => parseImageRef(text, 'test')).toThrow(expect.objectContaining({ what }));
  });

  it('keeps the port of a host that would be no host without it', () => {
    expect(refText(parseImageRef('registry:443/app', 'test'))).toBe('registry:443/app');
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
