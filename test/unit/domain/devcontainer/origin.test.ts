import { describe, expect, it } from '@jest/globals';
import { type RefreshRules, whyRefresh } from '../../../../src/domain/devcontainer/origin.ts';
import { digestOf } from '../../../../src/domain/digest.ts';
import { explainArtifact, parseExplain } from '../../../../src/formats/devcontainer-explain.ts';
import { mediaTypes } from '../../../../src/formats/oci.ts';

const base = digestOf('base');
const origin = { inputs: { a: digestOf('a') }, bases: { 'x:1': base }, built: '2026-01-01T00:00:00.000Z' };
const today = { bases: { 'x:1': base }, now: new Date('2026-01-08T12:00:00Z') };
const rules = (mode: RefreshRules['mode'], maxAgeDays?: number): RefreshRules => ({ mode, maxAgeDays });

describe('whether a published dev container is built anew', () => {
  it.each<[string, RefreshRules, Parameters<typeof whyRefresh>[1], Partial<typeof today>, string | undefined]>([
    ['missing', rules('missing'), origin, {}, undefined],
    ['missing, with another base', rules('missing'), origin, { bases: { 'x:1': digestOf('new') } }, undefined],
    ['always', rules('always'), origin, {}, 'refresh is always'],
    ['stale, with the same base', rules('stale'), origin, {}, undefined],
    [
      'stale, with another base',
      rules('stale'),
      origin,
      { bases: { 'x:1': digestOf('new') } },
      'the base x:1 has moved',
    ],
    ['stale, where nobody answers for the base', rules('stale'), origin, { bases: {} as never }, undefined],
    ['stale, without an origin', rules('stale'), undefined, {}, 'nothing says when it was built and on what'],
    ['younger than its days', rules('missing', 8), origin, {}, undefined],
    ['as old as its days', rules('missing', 7), origin, {}, 'it is 7 days old'],
    [
      'with days and without an origin',
      rules('missing', 7),
      undefined,
      {},
      'nothing says when it was built and on what',
    ],
  ])('%s', (_, wanted, known, change, why) => {
    expect(whyRefresh(wanted, known, { ...today, ...change })).toBe(why);
  });
});

describe('the origin beside an image', () => {
  it('is read as it was written, and what others wrote is none', () => {
    const subject = { mediaType: mediaTypes.manifest, digest: base, size: 1 };
    const bytes = explainArtifact(origin, subject).blobs.map((blob) => parseExplain(blob.bytes));
    expect(bytes).toContainEqual(origin);
    for (const text of [
      '',
      '{}',
      '[1]',
      JSON.stringify({ ...origin, bases: { x: 'y' } }),
      JSON.stringify({ ...origin, built: 1 }),
    ])
      expect(parseExplain(new TextEncoder().encode(text))).toBeUndefined();
  });
});
