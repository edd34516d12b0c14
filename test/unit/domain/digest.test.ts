import { createHash } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  algorithmOf,
  digestOf,
  Hasher,
  hexOf,
  isDigest,
  parseDigest,
  shortDigest,
} from '../../../src/domain/digest.ts';

const hex = 'ab'.repeat(32);

describe('a digest', () => {
  it.each([
    ['sha256 with 64 digits', `sha256:${hex}`],
    ['sha512 with 128 digits', `sha512:${hex}${hex}`],
  ])('is %s', (_, text) => {
    expect(isDigest(text)).toBe(true);
  });

  it.each([
    ['capital digits', `sha256:${hex.toUpperCase()}`],
    ['a digit too few', `sha256:${hex.slice(1)}`],
    ['a digit too many', `sha256:${hex}a`],
    ['the length of the other algorithm', `sha512:${hex}`],
    ['another algorithm', `md5:${hex}`],
    ['no algorithm', hex],
    ['a line end behind it', `sha256:${hex}\n`],
    ['a path in it', `sha256:${'../'.repeat(21)}a`],
    ['nothing', ''],
  ])('is not %s', (_, text) => {
    expect(isDigest(text)).toBe(false);
  });

  it.each([[undefined], [null], [7], [{}]])('is not the value %p', (value) => {
    expect(isDigest(value)).toBe(false);
  });

  it('is refused with where it stood', () => {
    expect(() => parseDigest('sha256:no', 'the argument')).toThrow(
      expect.objectContaining({ code: 'digest-invalid', where: 'the argument', exitCode: 2 }),
    );
  });

  it('says its algorithm, its digits and its short form', () => {
    const digest = parseDigest(`sha512:${hex}${hex}`, 'test');
    expect([algorithmOf(digest), hexOf(digest), shortDigest(digest)]).toEqual(['sha512', hex + hex, 'abababababab']);
  });

  it.each([['sha256'], ['sha512']] as const)('is what %s gives, in pieces as in one', (algorithm) => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array()), (pieces) => {
        const hasher = new Hasher(algorithm);
        for (const piece of pieces) hasher.add(piece);
        const whole = Buffer.concat(pieces);
        const expected = `${algorithm}:${createHash(algorithm).update(whole).digest('hex')}`;
        expect(hasher.digest()).toBe(expected);
        expect(digestOf(whole, algorithm)).toBe(expected);
      }),
    );
  });

  it('of a text is that of its UTF-8 bytes', () => {
    expect(digestOf('ü')).toBe(digestOf(new Uint8Array([0xc3, 0xbc])));
  });
});
