import { describe, expect, it } from '@jest/globals';
import {
  compareVersions,
  isPrerelease,
  isSameVersion,
  looksLikeVersion,
  parseVersion,
  versionLines,
} from '../../../src/domain/version.ts';

const version = (text: string) => parseVersion(text, 'VERSION');

describe('a version', () => {
  it.each([
    ['a byte order mark', '\uFEFF1.2.3\n', '1.2.3'],
    ['CRLF', 'v1.2.3\r\n', 'v1.2.3'],
    ['no final newline', '1.2.3', '1.2.3'],
    ['blank lines around it', '\n 1.2.3-rc.1 \n\n', '1.2.3-rc.1'],
  ])('is read through %s', (_, text, expected) => {
    expect(version(text)).toBe(expected);
  });

  it.each([
    [''],
    ['1.2'],
    ['1.2.3.4'],
    ['vv1.2.3'],
    ['=1.2.3'],
    ['01.2.3'],
    ['1.2.3+build'],
    ['1!1.2.3'],
    ['1.2.3\n1.2.4'],
    ['latest'],
  ])('is not %p', (text) => {
    expect(() => version(text)).toThrow(expect.objectContaining({ code: 'version-invalid', where: 'VERSION' }));
  });

  it.each([
    ['v1.0.0', '1.0.0', true],
    ['1.0.0', '1.0.0', true],
    ['1.0.0-rc.1', '1.0.0', false],
    ['1.0', '1.0.0', false],
    ['main', 'main', false],
  ])('%s and %s are the same: %s', (a, b, expected) => {
    expect(isSameVersion(a, b)).toBe(expected);
  });

  it.each([
    ['1.9.0', '1.10.0', -1],
    ['v2.0.0', '1.9.9', 1],
    ['v1.0.0', '1.0.0', 0],
    ['1.0.0-rc.1', '1.0.0', -1],
    ['1.0.0', 'main', undefined],
  ])('%s against %s gives %s', (a, b, expected) => {
    expect(compareVersions(a, b)).toBe(expected);
  });

  it.each([
    ['1.4.2', ['1.4', '1']],
    ['v1.4.2', ['v1.4', 'v1']],
    ['0.4.2', ['0.4']],
    ['1.4.2-rc.1', []],
  ])('%s is followed by %p', (text, expected) => {
    expect(versionLines(version(text))).toEqual(expected);
  });

  it.each([
    ['1.4.2', false],
    ['v0.1.0-rc', true],
    ['1.0.0-0', true],
  ])('%s is a prerelease: %s', (text, expected) => {
    expect(isPrerelease(version(text))).toBe(expected);
  });

  it.each([
    ['v1', true],
    ['1.4', true],
    ['v1.2.3-rc.1', true],
    ['1.x', true],
    ['v1.2.3+build', true],
    ['2.0.0rc1', true],
    ['main', false],
    ['version-1', false],
    ['v', false],
    ['3d-renderer', false],
    ['', false],
  ])('is what %p looks like: %s', (text, expected) => {
    expect(looksLikeVersion(text)).toBe(expected);
  });
});
