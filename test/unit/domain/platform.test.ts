import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { comparePlatforms, parsePlatform, platformOf, servingPlatforms } from '../../../src/domain/platform.ts';

describe('a platform', () => {
  it.each([
    ['linux/amd64', 'linux/amd64'],
    ['linux/x86_64', 'linux/amd64'],
    ['linux/x86-64', 'linux/amd64'],
    ['linux/amd64/v1', 'linux/amd64'],
    ['linux/amd64/v3', 'linux/amd64/v3'],
    ['linux/aarch64', 'linux/arm64'],
    ['linux/arm64/v8', 'linux/arm64'],
    ['linux/arm64/v9', 'linux/arm64/v9'],
    ['linux/arm64/8', 'linux/arm64'],
    ['linux/arm64/v8.0', 'linux/arm64'],
    ['linux/arm/v7', 'linux/arm/v7'],
    ['linux/arm/6', 'linux/arm/v6'],
    ['linux/arm', 'linux/arm/v7'],
    ['linux/i386', 'linux/386'],
    [' Linux/AMD64 ', 'linux/amd64'],
  ])('written %p is %p', (text, expected) => {
    expect(parsePlatform(text)).toBe(expected);
  });

  it.each([['linux'], [''], ['/amd64'], ['linux/'], ['linux/arm/v7/x'], ['linux/amd 64'], ['linux/amd64\n/x']])(
    'is not %p',
    (text) => {
      expect(() => parsePlatform(text)).toThrow(expect.objectContaining({ code: 'platform-invalid' }));
    },
  );

  it('has no variant where OCI leaves it empty', () => {
    expect(platformOf({ os: 'linux', architecture: 'arm64', variant: '' })).toBe('linux/arm64');
  });

  it('stands in one order, whatever the order in which platforms are given', () => {
    const order = ['linux/amd64', 'linux/arm64', 'linux/386', 'linux/arm/v6', 'linux/arm/v7', 'windows/amd64'].map(
      parsePlatform,
    );
    fc.assert(
      fc.property(fc.shuffledSubarray(order, { minLength: order.length }), (shuffled) => {
        expect([...shuffled].sort(comparePlatforms)).toEqual(order);
      }),
    );
  });

  it.each([
    ['linux/amd64', ['linux/amd64']],
    ['linux/amd64/v3', ['linux/amd64/v3', 'linux/amd64/v2', 'linux/amd64']],
    ['linux/arm64', ['linux/arm64']],
    ['linux/arm64/v9', ['linux/arm64/v9', 'linux/arm64']],
    ['linux/arm/v7', ['linux/arm/v7', 'linux/arm/v6', 'linux/arm/v5']],
    ['linux/arm/v5', ['linux/arm/v5']],
    ['linux/s390x', ['linux/s390x']],
    ['linux/amd64/odd', ['linux/amd64/odd']],
    ['linux/constructor', ['linux/constructor']],
  ])('%s runs images of %j', (text, expected) => {
    expect(servingPlatforms(parsePlatform(text))).toEqual(expected);
  });

  it('is equal to itself in that order', () => {
    expect(comparePlatforms(parsePlatform('linux/arm64'), parsePlatform('linux/arm64/v8'))).toBe(0);
  });
});
