import { describe, expect, it } from '@jest/globals';
import { type Digest, digestOf } from '../../../src/domain/digest.ts';
import { parseRepository } from '../../../src/domain/image-ref.ts';
import { type FoldedParts, foldParts } from '../../../src/domain/part-fold.ts';
import { parsePlatform } from '../../../src/domain/platform.ts';
import { ImageRecord } from '../../../src/domain/record.ts';
import { madePlatformRecord, madeRecord } from '../../support/made-plan.ts';

const whole = { digest: digestOf('whole'), mediaType: 'application/vnd.oci.image.index.v1+json' };
const wholes = new Map<Digest, Digest>();

/** The record of the part of one platform. */
function partOn(platform: string, changes: Partial<ImageRecord> = {}): ImageRecord {
  const tests = madeRecord().tests.map((test) => ({ ...test, platform: parsePlatform(platform) }));
  return madeRecord('app', {
    digest: digestOf(`part on ${platform}`),
    platforms: [madePlatformRecord(platform)],
    tests,
    ...changes,
  });
}

const amd64 = partOn('linux/amd64');
const arm64 = partOn('linux/arm64');
const fold = (...parts: readonly ImageRecord[]) => recordIn(foldParts(parts, { ...whole, wholes }));

describe('the record of an image in parts', () => {
  it('speaks of the whole, with the platforms and the tests of all parts in their order', () => {
    const record = fold(arm64, partOn('linux/s390x'), amd64);
    expect(ImageRecord.parse(record)).toEqual(record);
    expect(record).toMatchObject({ ...whole, key: 'app', identity: amd64.identity, test: 'passed' });
    const order = ['linux/amd64', 'linux/arm64', 'linux/s390x'];
    expect(record.platforms.map(({ platform }) => platform)).toEqual(order);
    expect(record.tests.map(({ platform }) => platform)).toEqual(order);
  });

  it('is the same in whichever order the parts come', () => {
    expect(fold(arm64, amd64)).toEqual(fold(amd64, arm64));
  });

  it.each<[string, Partial<ImageRecord>, Partial<ImageRecord>]>([
    ['took as long as the slowest part', { durationMs: 9000 }, { durationMs: 9000 }],
    ['is dirty when one part is', { dirty: true }, { dirty: true }],
    ['has failed when one part has', { test: 'failed' }, { test: 'failed' }],
    ['is untested when one part is', { test: 'untested', tests: [] }, { test: 'untested' }],
    [
      'is of the newest attempt',
      { run: { id: 'run-1', number: 1, attempt: 3 } },
      { run: { id: 'run-1', number: 1, attempt: 3 } },
    ],
    [
      'names each builder once',
      { builder: { name: 'arm', driver: 'docker-container', version: 'v0.33.0' } },
      { builder: { name: 'arm, made', driver: 'docker-container', version: 'v0.32.0, v0.33.0' } },
    ],
  ])('%s', (_, change, expected) => {
    expect(fold(amd64, partOn('linux/arm64', change))).toMatchObject(expected);
  });

  it('counts what caches did for all parts', () => {
    const use = (place: string) => ({
      cached: 2,
      executed: 3,
      caches: [{ kind: 'read' as const, place, problem: null }],
    });
    const record = fold(partOn('linux/amd64', { cache: use('a') }), partOn('linux/arm64', { cache: use('b') }));
    expect(record.cache).toMatchObject({ cached: 4, executed: 6, caches: [{ place: 'a' }, { place: 'b' }] });
  });

  it('says nothing of caches where one part is of before and does not say it', () => {
    const cache = { cached: 2, executed: 3, caches: [] };
    expect(fold(partOn('linux/amd64', { cache }), arm64)).not.toHaveProperty('cache');
  });

  it.each<[string, Partial<ImageRecord>, RegExp]>([
    ['input identity', { identity: digestOf('x') }, /^its parts differ in input identity: sha256/],
    ['key', { key: 'web' }, /^its parts differ in key: app and web$/],
    [
      'repository',
      { repository: parseRepository('r.test/other', 'test') },
      /differ in repository: .* and r.test\/other$/,
    ],
    ['run', { run: { id: 'run-2', number: 2, attempt: 1 } }, /differ in run: run-1 and run-2$/],
    ['commit', { commit: null }, /differ in commit: a+ and null$/],
    [
      'nothing but their platform, which is the same',
      { platforms: amd64.platforms },
      /two of its parts hold linux\/amd64$/,
    ],
  ])('is refused of parts that differ in %s', (_, change, what) => {
    const folded = foldParts([amd64, partOn('linux/arm64', change)], { ...whole, wholes });
    expect(folded).toEqual({ kind: 'refused', why: expect.stringMatching(what) });
  });
});

describe('the bases of an image in parts', () => {
  const base = (digest: string | null, platform?: string): ImageRecord['bases'] => [
    {
      reference: 'r.test/base:1',
      key: 'base',
      digest: digest === null ? null : digestOf(digest),
      ...(platform === undefined ? {} : { platforms: { [platform]: digestOf(`${digest} ${platform}`) } }),
    },
  ];
  const folded = (one: ImageRecord['bases'], other: ImageRecord['bases'], known: typeof wholes = wholes) =>
    recordIn(
      foldParts([partOn('linux/amd64', { bases: one }), partOn('linux/arm64', { bases: other })], {
        ...whole,
        wholes: known,
      }),
    ).bases;

  it('are named as the parts name them, where they agree', () => {
    expect(folded(base('same'), base('same'))).toEqual(base('same'));
  });

  it('are named by the whole that their parts went into', () => {
    const known = new Map([
      [digestOf('base amd64'), digestOf('base')],
      [digestOf('base arm64'), digestOf('base')],
    ]);
    expect(folded(base('base amd64'), base('base arm64'), known)).toEqual(base('base'));
  });

  it('have no digest where the parts were built on different ones', () => {
    expect(folded(base('one'), base('other'))).toEqual(base(null));
  });

  it('keep what each platform was built on', () => {
    const [first] = folded(base('same', 'linux/amd64'), base('same', 'linux/arm64'));
    expect(Object.keys(first?.platforms ?? {})).toEqual(['linux/amd64', 'linux/arm64']);
  });

  it('keep one that only one part has', () => {
    expect(folded(base('same'), [])).toEqual(base('same'));
  });
});

function recordIn(folded: FoldedParts): ImageRecord {
  if (folded.kind === 'refused') throw new Error(folded.why);
  return folded.record;
}
