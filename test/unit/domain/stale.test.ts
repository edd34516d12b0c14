import { describe, expect, it } from '@jest/globals';
import { digestOf } from '../../../src/domain/digest.ts';
import type { PlannedBase } from '../../../src/domain/plan.ts';
import { ImageRecord } from '../../../src/domain/record.ts';
import { staleImages } from '../../../src/domain/stale.ts';
import { madeRecord } from '../../support/made-plan.ts';

const old = digestOf('old');
const moved = digestOf('moved');
const part = digestOf('part');
const reference = 'docker.io/library/alpine:3';
const today: PlannedBase = { reference, key: null, digest: old, platforms: { 'linux/amd64': part } };

function staleness(base: PlannedBase, recorded: ImageRecord['bases'] | undefined) {
  const records = new Map(recorded === undefined ? [] : [['app', madeRecord('app', { bases: recorded })]]);
  return staleImages([{ key: 'app', bases: [base] }], records).get('app');
}

describe('an image is stale', () => {
  it('where a base moved on a platform that it uses', () => {
    const base = { ...today, digest: moved, platforms: { 'linux/amd64': part, 'linux/arm64': moved } };
    const before = { ...today, platforms: { 'linux/amd64': part, 'linux/arm64': old } };
    expect(staleness(base, [before])).toEqual({
      base: reference,
      platform: 'linux/arm64',
      why: `${reference} for linux/arm64 is another one than when it was built`,
    });
  });

  it('where a base has moved as a whole and nothing is known of its platforms', () => {
    const base = { ...today, digest: moved, platforms: {} };
    expect(staleness(base, [{ ...today, platforms: {} }])).toMatchObject({ base: reference, platform: null });
  });

  it('where the record says nothing of the digests', () => {
    const found = staleness(today, [{ reference, key: null, digest: null }]);
    expect(found).toMatchObject({ base: reference, why: expect.stringContaining('the record does not say which') });
  });

  it('where the record does not know the base', () => {
    expect(staleness(today, [])).toMatchObject({ base: reference, platform: 'linux/amd64' });
  });

  it('where there is no record', () => {
    expect(staleness(today, undefined)).toEqual({
      base: null,
      platform: null,
      why: 'no record says what it was built on',
    });
  });
});

describe('an image is not stale', () => {
  it.each<[string, PlannedBase, ImageRecord['bases']]>([
    ['where nothing moved', today, [today]],
    ['where a base moved on a platform of somebody else', { ...today, digest: moved }, [today]],
    ['where the base is spelled otherwise', { ...today, reference: 'alpine:3' }, [today]],
    [
      'where the whole is the same and an old record knows no platforms',
      today,
      [{ reference, key: null, digest: old }],
    ],
    ['where nobody could ask about the base', { ...today, digest: null, platforms: {} }, [today]],
    ['for a base of the set', { ...today, key: 'base', digest: moved, platforms: { 'linux/amd64': moved } }, [today]],
  ])('%s', (_, base, recorded) => {
    expect(staleness(base, recorded)).toBeUndefined();
  });
});

describe('the record of an image', () => {
  it.each([
    ['with the platforms of its bases', today],
    ['of before, without them', { reference, key: null, digest: null }],
  ])('is read %s', (_, base) => {
    const record = madeRecord('app', { bases: [base] });
    expect(ImageRecord.parse(JSON.parse(JSON.stringify(record)))).toEqual(record);
  });
});
