import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import semver from 'semver';
import { ConfigError } from '../../../src/domain/errors.ts';
import { isTag } from '../../../src/domain/image-ref.ts';
import {
  compareVersions,
  isPrerelease,
  isSameVersion,
  isVersion,
  looksLikeVersion,
  parseVersion,
  versionLines,
} from '../../../src/domain/version.ts';
import type { VersionScheme } from '../../../src/domain/version-reading.ts';

const version = (text: string, scheme?: VersionScheme) => parseVersion(text, 'VERSION', scheme);
const schemes = ['auto', 'semver', 'pep440'] as const;

/** What is thrown for a text. */
function refusal(text: string, scheme?: VersionScheme): ConfigError {
  try {
    parseVersion(text, { file: 'VERSION' }, scheme);
  } catch (error) {
    if (error instanceof ConfigError) return error;
    throw error;
  }
  throw new Error(`${text.slice(0, 80)} was read`);
}

describe('a version', () => {
  it.each([
    ['a byte order mark', '\uFEFF1.2.3\n', '1.2.3'],
    ['CRLF', 'v1.2.3\r\n', 'v1.2.3'],
    ['no final newline', '1.2.3', '1.2.3'],
    ['blank lines around it', '\n 1.2.3-rc.1 \n\n', '1.2.3-rc.1'],
    ['all of it at once', '\uFEFF\r\n\t v0.1.0rc3 \r\n\r\n', 'v0.1.0rc3'],
  ])('is read through %s', (_, text, expected) => {
    expect(version(text)).toBe(expected);
  });

  it.each<[string, boolean, boolean, boolean]>([
    ['1.2.3', true, true, true],
    ['v1.2.3', true, true, true],
    ['1.2.3-rc.1', true, true, true],
    ['v0.1.0-rc', true, true, true],
    ['1.2.3-x.y', true, true, false],
    ['1.2', true, false, true],
    ['1.2.3.4', true, false, true],
    ['01.2.3', true, false, true],
    ['v0.1.0rc3', true, false, true],
    ['1.0.post1', true, false, true],
    ['V1.0', true, false, true],
    ['7', true, false, true],
    ['', false, false, false],
    ['vv1.2.3', false, false, false],
    ['=1.2.3', false, false, false],
    ['1.2.3+build', false, false, false],
    ['1!1.2.3', false, false, false],
    ['1.2.3\n', false, false, false],
    ['1.2.3 ', false, false, false],
    ['latest', false, false, false],
    [`1.0.0-${'a'.repeat(94)}`, true, true, false],
    [`1.0.0-${'a'.repeat(95)}`, false, false, false],
  ])('is %p: in auto %s, in semver %s, in pep440 %s', (text, ...expected) => {
    expect(schemes.map((scheme) => isVersion(text, scheme))).toEqual(expected);
  });

  it.each<[string, string, VersionScheme, number, number, RegExp, RegExp]>([
    ['an empty file', '', 'auto', 1, 1, /nothing stands at character 1/, /1\.4\.0/],
    ['blanks alone', '\r\n \n', 'auto', 1, 1, /nothing stands/, /1\.4\.0/],
    ['a word', 'latest', 'auto', 1, 1, /"l" at character 1 belongs to no version/, /1\.4\.0rc1/],
    ['a word after blanks', '\n  latest', 'auto', 2, 3, /line 2, "l" at character 3 belongs/, /1\.4\.0rc1/],
    ['an epoch', '1!2.0', 'pep440', 1, 2, /"!" at character 2 ends an epoch/, /leave the epoch out/],
    ['a local version', '1.0+ubuntu.1', 'pep440', 1, 4, /"\+" at character 4 begins a local version/, /leave "\+" out/],
    ['build metadata', '\n v1.2.3+b', 'auto', 2, 8, /line 2, "\+" at character 8/, /leave "\+" out/],
    ['full-width digits', '\uFEFF1.２.3\r\n', 'auto', 1, 3, /"２" \(U\+FF12\) at character 3 may not stand/, /1\.4\.0/],
    ['binary junk', '1.0\n\u0000\u0001\uFFFD', 'auto', 2, 1, /line 2, \\u\{0\} \(NUL\) at character 1/, /one line/],
    ['junk before all', '\u0000\u0001', 'auto', 1, 1, /line 1, \\u\{0\} \(NUL\) at character 1/, /1\.4\.0/],
    ['a space within', '  1.2 .3', 'auto', 1, 6, /\(a space\) at character 6/, /1\.4\.0/],
    ['two lines', '1.2.3\r\n\r\n  1.2.4', 'auto', 3, 3, /line 3, "1" at character 3 stands after/, /one line/],
    ['10,000 lines', '1.2.3\n'.repeat(10_000), 'auto', 2, 1, /line 2, "1" at character 1 stands after/, /one line/],
    ['10,000 lines of words', `${'x\n'.repeat(9999)}y`, 'auto', 1, 1, /line 1, "x" at character 1/, /1\.4\.0/],
    ['too few numbers', '1.2', 'semver', 1, 3, /"2" at character 3 is its end, and it has 2 numbers of 3/, /semantic/],
    ['too many numbers', '1.2.3.4', 'semver', 1, 6, /"\." at character 6 belongs to no version/, /semantic/],
    ['a Python prerelease', 'v1.0.0rc1', 'semver', 1, 7, /"r" at character 7 belongs to no version/, /semantic/],
    ['a leading zero', '1.02.3', 'semver', 1, 3, /"0" at character 3 belongs to no version/, /semantic/],
    ['a zero before a prerelease number', '1.2.3-01', 'semver', 1, 7, /"0" at character 7 belongs/, /semantic/],
    ['a part that is empty', '1.2.3-rc..1', 'auto', 1, 10, /"\." at character 10 belongs to no version/, /1\.4\.0/],
    ['an end that is open', '1.2.3-', 'auto', 1, 6, /"-" at character 6 is its end, and more is to follow/, /1\.4\.0/],
    ['a v alone', 'v', 'pep440', 1, 1, /"v" at character 1 is its end, and more/, /Python version/],
    ['a large number', '1.9007199254740992.0-x', 'auto', 1, 3, /"9" at character 3 begins a number that is too/, /./],
    ['a wrong order', '1.0.dev1.post1', 'pep440', 1, 9, /"\." at character 9 belongs to no version/, /Python version/],
    ['101 characters', `1.0.0-${'a'.repeat(95)}`, 'auto', 1, 101, /character 101 comes after the 100/, /shorten/],
    [
      'over 64 KiB',
      '1.0\n'.repeat(20_000),
      'auto',
      16_385,
      1,
      /line 16385, the text goes on at character 1, after 64/,
      /./,
    ],
    [
      'one line of over 64 KiB',
      '1'.repeat(65_537),
      'auto',
      1,
      65_537,
      /line 1, the text goes on at character 65537/,
      /./,
    ],
  ])('is not %s', (_, text, scheme, line, column, what, next) => {
    const error = refusal(text, scheme);
    expect(error).toMatchObject({ code: 'version-invalid', where: { file: 'VERSION', line, column } });
    expect(error.what).toMatch(what);
    expect(error.next).toMatch(next);
    expect(error.what.length).toBeLessThan(400);
  });

  it('is not read from 65,537 characters, of which all but the first line are blank', () => {
    expect(() => version(`1.0.0${' '.repeat(65_532)}`)).toThrow(/after 64 KiB/);
    expect(version(`1.0.0${' '.repeat(65_531)}`)).toBe('1.0.0');
  });

  it('that is wrong is named in the words of its place, where that is no file', () => {
    expect(() => version('latest')).toThrow(expect.objectContaining({ where: 'VERSION' }));
  });

  it('can be a tag, or is refused by name, whatever the text', () => {
    const piece = fc.constantFrom(
      'v',
      '1',
      '0',
      '01',
      '.',
      '-',
      '+',
      '!',
      'rc',
      'post',
      'dev',
      'x',
      ' ',
      '\n',
      '\uFEFF',
    );
    const text = fc.oneof(
      fc.array(piece, { maxLength: 12 }).map((all) => all.join('')),
      fc.string({ unit: 'binary' }),
    );
    fc.assert(
      fc.property(text, fc.constantFrom(...schemes), (given, scheme) => {
        let read: string;
        try {
          read = version(given, scheme);
        } catch (error) {
          expect(error).toMatchObject({
            code: 'version-invalid',
            what: expect.stringMatching(/line \d+, .*character \d+/),
          });
          return;
        }
        expect([isTag(read), looksLikeVersion(read), version(read, scheme)]).toEqual([true, true, read]);
        expect(compareVersions(read, read, scheme)).toBe(0);
      }),
      { numRuns: 3000 },
    );
  });
});

describe('two versions', () => {
  it.each<[string, string, boolean, boolean, boolean]>([
    ['v1.0.0', '1.0.0', true, true, true],
    ['1.0.0-rc.1', '1.0.0', false, false, false],
    ['1.0', '1.0.0', true, false, true],
    ['v1.0', '1.0.0', true, false, true],
    ['1.0.0-rc1', '1.0.0rc1', true, false, true],
    ['1.0.0-rc.1', '1.0.0-rc1', false, false, true],
    ['1.0.0-1', '1.0.0.post1', false, false, true],
    ['1.0.0+a', '1.0.0', true, true, false],
    ['=1.0.0', '1.0.0', false, false, false],
    ['main', 'main', false, false, false],
  ])('%s and %s are the same: in auto %s, in semver %s, in pep440 %s', (a, b, ...expected) => {
    expect(schemes.map((scheme) => isSameVersion(a, b, scheme))).toEqual(expected);
  });

  it.each<[string, string, number | undefined, number | undefined, number | undefined]>([
    ['1.9.0', '1.10.0', -1, -1, -1],
    ['v2.0.0', '1.9.9', 1, 1, 1],
    ['1.0.0-rc.1', '1.0.0', -1, -1, -1],
    ['1.0.0', 'main', undefined, undefined, undefined],
    // Semantic versions compare words by their letters, Python ones by what they mean.
    ['1.0.0-rc10', '1.0.0-rc9', -1, -1, 1],
    ['1.0.0-dev.1', '1.0.0-alpha.1', 1, 1, -1],
    ['1.0.0-1', '1.0.0', -1, -1, 1],
    // One of each.
    ['1.0.0', '1.0.0rc1', 1, undefined, 1],
    ['1.0.0', '1.0.0.post1', -1, undefined, -1],
    ['1.0.0', '1.0.1.dev1', -1, undefined, -1],
    ['1.0.0-rc.2', '1.0.0rc1', 1, undefined, 1],
    ['1.0.0-rc.2', '1.0.0.post1', -1, undefined, -1],
    ['1.0.0-x.y', '1.0.0.post1', -1, undefined, undefined],
    ['1.0.0-x.y', '1.0', -1, undefined, undefined],
    ['1.0.0-x.y', '1.0.0rc1', undefined, undefined, undefined],
    ['1.0.0-x.y', '0.9', 1, undefined, undefined],
    ['1.0.0-1', '1.0', -1, undefined, 1],
    ['1.0.0-1', '1.0rc1', undefined, undefined, 1],
    ['1.0.0-1.dev2', '1.0', -1, undefined, 1],
    ['1.0.0-post1', '1.0.0.post1', -1, undefined, 0],
  ])('%s against %s give in auto %p, in semver %p, in pep440 %p', (a, b, ...expected) => {
    expect(schemes.map((scheme) => compareVersions(a, b, scheme))).toEqual(expected);
    const turned = expected.map((order) => (order === undefined || order === 0 ? order : -order));
    expect(schemes.map((scheme) => compareVersions(b, a, scheme))).toEqual(turned);
  });

  const piece = fc.constantFrom('1.0.0', 'v1.0', '1', '1.0.1', '0.9');
  const end = fc.constantFrom('', '-rc.1', '-rc1', 'rc1', '.post1', '-1', '.dev1', '-x', 'a1.dev2');
  const text = fc.tuple(piece, end).map((parts) => parts.join(''));

  it('are in turned order when they are turned', () => {
    fc.assert(
      fc.property(text, text, fc.constantFrom(...schemes), (a, b, scheme) => {
        const [there, back] = [compareVersions(a, b, scheme), compareVersions(b, a, scheme)];
        expect(there === undefined ? back : there + (back ?? Number.NaN)).toBe(there === undefined ? undefined : 0);
      }),
      { numRuns: 2000 },
    );
  });

  it('are in one order with a third, within a scheme', () => {
    fc.assert(
      fc.property(text, text, text, fc.constantFrom('semver' as const, 'pep440' as const), (a, b, c, scheme) => {
        fc.pre([a, b, c].every((each) => isVersion(each, scheme)));
        const order = (one: string, other: string) => compareVersions(one, other, scheme) ?? Number.NaN;
        if (order(a, b) <= 0 && order(b, c) <= 0) expect(order(a, c)).toBeLessThanOrEqual(0);
      }),
      { numRuns: 3000 },
    );
  });

  it('that are semantic are compared as semantic versions by default', () => {
    fc.assert(
      fc.property(text, text, (a, b) => {
        fc.pre(semver.valid(a) !== null && semver.valid(b) !== null);
        expect(compareVersions(a, b)).toBe(semver.compare(a, b));
      }),
    );
  });
});

describe('the lines of a version', () => {
  it.each([
    ['1.4.2', ['1.4', '1']],
    ['v1.4.2', ['v1.4', 'v1']],
    ['0.4.2', ['0.4']],
    ['1.4.2-rc.1', []],
    ['1.4.2rc1', []],
    ['1.4.2.dev1', []],
    ['1.4.2.post1', ['1.4', '1']],
    ['1.4.2.7', ['1.4', '1']],
    ['V1.4.2.7', ['V1.4', 'V1']],
    ['2024.01.05', ['2024.01', '2024']],
    // A line is shorter than the version; 1.4 itself is released once.
    ['1.4', ['1']],
    ['1.4.post1', ['1']],
    ['0.4', []],
    ['7', []],
    ['00.4.2', ['00.4']],
  ])('%s are %p', (text, expected) => {
    expect(versionLines(version(text))).toEqual(expected);
  });

  it('1.4.0-1 depend on what its end means', () => {
    const lines = (scheme: VersionScheme) => versionLines(version('1.4.0-1', scheme), scheme);
    expect(schemes.map(lines)).toEqual([[], [], ['1.4', '1']]);
  });
});

describe('a prerelease', () => {
  it.each<[string, boolean]>([
    ['1.4.2', false],
    ['v0.1.0-rc', true],
    ['v0.1.0rc3', true],
    ['1.0.0-0', true],
    ['1.0.post1', false],
    ['1.0.post1.dev1', true],
    ['1.0.dev0', true],
    ['1.0', false],
  ])('is what %s is: %s', (text, expected) => {
    expect(isPrerelease(version(text))).toBe(expected);
  });

  it('is what 1.0.0-1 is for one scheme and not for the other', () => {
    const is = (scheme: VersionScheme) => isPrerelease(version('1.0.0-1', scheme), scheme);
    expect(schemes.map(is)).toEqual([true, true, false]);
  });
});

describe('a name that looks like a version', () => {
  it.each([
    ['v1', true],
    ['V1', true],
    ['1.4', true],
    ['v1.2.3-rc.1', true],
    ['1.x', true],
    ['v1.2.3+build', true],
    ['1.0rc1+local', true],
    ['1!2.0', true],
    ['v1!2rc1', true],
    ['2.0.0rc1', true],
    ['2rc1', true],
    ['1-1', true],
    ['main', false],
    ['version-1', false],
    ['v', false],
    ['3d-renderer', false],
    ['1-fix', false],
    ['!1', false],
    ['', false],
  ])('is %p: %s', (text, expected) => {
    expect(looksLikeVersion(text)).toBe(expected);
  });
});
