import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { comparePep440, isPep440Prerelease, type Pep440, pep440Text, readPep440 } from '../../../src/domain/pep440.ts';

const number = fc.oneof(fc.bigInt({ min: 0n, max: 12n }), fc.bigInt({ min: 0n, max: 10n ** 20n }));
const optional = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined });
const version: fc.Arbitrary<Pep440> = fc
  .tuple(
    fc.array(number, { minLength: 1, maxLength: 5 }),
    optional(fc.record({ phase: fc.constantFrom('a' as const, 'b' as const, 'rc' as const), number })),
    optional(number),
    optional(number),
  )
  .map(([release, pre, post, dev]) => ({
    release,
    ...(pre === undefined ? {} : { pre }),
    ...(post === undefined ? {} : { post }),
    ...(dev === undefined ? {} : { dev }),
  }));
// Few values, so that versions meet that differ in one place or in none.
const near: fc.Arbitrary<Pep440> = fc
  .tuple(
    fc.constantFrom('1', '1.0', '1.1', '1.0.0'),
    fc.constantFrom('', 'a0', 'a1', 'b0', 'rc0', 'rc2'),
    fc.constantFrom('', '.post0', '.post1'),
    fc.constantFrom('', '.dev0', '.dev1'),
  )
  .map((parts) => read(parts.join('')));

function read(text: string): Pep440 {
  const found = readPep440(text);
  if (found === undefined) throw new Error(`${text} is no version`);
  return found;
}

const normal = (text: string): string | undefined => {
  const found = readPep440(text);
  return found && pep440Text(found);
};

describe('a Python version', () => {
  it.each([
    ['1', '1'],
    ['v1.0', '1.0'],
    ['V1.0', '1.0'],
    ['2024.01.05', '2024.1.5'],
    ['1.2.3.4.5', '1.2.3.4.5'],
    ['1.0a1', '1.0a1'],
    ['1.0alpha1', '1.0a1'],
    ['1.0-alpha.1', '1.0a1'],
    ['1.0_Beta_2', '1.0b2'],
    ['1.0.b', '1.0b0'],
    ['1.0c3', '1.0rc3'],
    ['1.0-pre3', '1.0rc3'],
    ['1.0.preview-3', '1.0rc3'],
    ['1.0RC3', '1.0rc3'],
    ['v0.1.0-rc', '0.1.0rc0'],
    ['v0.1.0rc3', '0.1.0rc3'],
    ['1.0rc03', '1.0rc3'],
    ['1.0.post1', '1.0.post1'],
    ['1.0post', '1.0.post0'],
    ['1.0-1', '1.0.post1'],
    ['1.0-r2', '1.0.post2'],
    ['1.0.rev.2', '1.0.post2'],
    ['1.0dev', '1.0.dev0'],
    ['1.0-dev_4', '1.0.dev4'],
    ['1.0a1.post2.dev3', '1.0a1.post2.dev3'],
    ['1.0a-1-2', '1.0a1.post2'],
    ['123456789012345678901234567890', '123456789012345678901234567890'],
  ])('written %s means %s', (text, expected) => {
    expect(normal(text)).toBe(expected);
  });

  it.each([
    [''],
    ['v'],
    ['vv1'],
    ['1.'],
    ['.1'],
    ['1..0'],
    ['1!2.0'],
    ['1.0+local'],
    ['1.0_1'],
    ['1.0gamma1'],
    ['1.0.dev1.post1'],
    ['1.0rc1a1'],
    [' 1.0'],
    ['1.0\n'],
    ['１.0'],
    ['1.0poſt1'],
    ['1'.repeat(257)],
  ])('is not %p', (text) => {
    expect(readPep440(text)).toBeUndefined();
  });

  const ascending = [
    '0.9',
    '1.0.dev0',
    '1.0.dev1',
    '1.0a0.dev1',
    '1.0a0',
    '1.0a0.post0.dev1',
    '1.0a0.post0',
    '1.0a9',
    '1.0a10',
    '1.0b0',
    '1.0rc1',
    '1.0rc2.dev5',
    '1.0rc2',
    '1.0',
    '1.0.post0.dev0',
    '1.0.post0',
    '1.0.post1',
    '1.0.1.dev0',
    '1.1',
    '1.10',
    '2',
  ];

  it.each(ascending.slice(1).map((text, index) => [ascending[index] ?? '', text]))('%s is older than %s', (a, b) => {
    expect([comparePep440(read(a), read(b)), comparePep440(read(b), read(a))]).toEqual([-1, 1]);
  });

  it.each([
    ['v1.0', '1.0.0'],
    ['1', '1.0.0.0'],
    ['1.0rc1', '1.0-c.1'],
    ['1.0-1', '1.0.post1'],
    ['1.0a', '1.0alpha0'],
    ['1.0a.dev', '1.0.0a0.dev0'],
  ])('%s is the same as %s', (a, b) => {
    expect(comparePep440(read(a), read(b))).toBe(0);
  });

  it.each([
    ['1.0', false],
    ['1.0.post1', false],
    ['1.0.dev1', true],
    ['1.0a1', true],
    ['1.0b1', true],
    ['1.0rc1', true],
    ['1.0.post1.dev1', true],
    ['1.0a1.post1', true],
  ])('%s is a prerelease: %s', (text, expected) => {
    expect(isPep440Prerelease(read(text))).toBe(expected);
  });

  it('is read again from its own spelling', () => {
    fc.assert(fc.property(version, (one) => expect(readPep440(pep440Text(one))).toEqual(one)));
  });

  it('comes before another exactly when that comes after it', () => {
    const sign = (a: Pep440, b: Pep440) => Math.sign(comparePep440(a, b));
    fc.assert(fc.property(version, version, (a, b) => sign(a, b) + sign(b, a) === 0));
    fc.assert(fc.property(near, near, (a, b) => sign(a, b) + sign(b, a) === 0));
  });

  it('is in one order with all others', () => {
    fc.assert(
      fc.property(near, near, near, (a, b, c) => {
        const [low, middle, high] = [a, b, c].sort(comparePep440);
        if (low === undefined || middle === undefined || high === undefined) throw new Error('three are three');
        expect(comparePep440(low, middle)).toBeLessThanOrEqual(0);
        expect(comparePep440(middle, high)).toBeLessThanOrEqual(0);
        expect(comparePep440(low, high)).toBeLessThanOrEqual(0);
      }),
      { numRuns: 1000 },
    );
  });

  it('is the same as another only with equal numbers', () => {
    const trimmed = (one: Pep440) =>
      pep440Text(one).replace(/^([0-9]+(?:\.[0-9]+)*?)(?:\.0)*(?=$|[a-z]|\.[a-z])/, '$1');
    fc.assert(
      fc.property(near, near, (a, b) => {
        expect(comparePep440(a, b) === 0).toBe(trimmed(a) === trimmed(b));
      }),
      { numRuns: 1000 },
    );
  });
});
