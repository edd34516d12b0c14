import { describe, expect, it } from '@jest/globals';
import { digestOf } from '../../../src/domain/digest.ts';
import { checkResult } from '../../../src/domain/handoff.ts';
import { baseRowsOf, isInParts, partIn } from '../../../src/domain/parts.ts';
import type { Plan, Row } from '../../../src/domain/plan.ts';
import { parsePlatform } from '../../../src/domain/platform.ts';
import type { ImageRecord } from '../../../src/domain/record.ts';
import { chooseRow } from '../../../src/domain/row-choice.ts';
import { rowsOf } from '../../../src/domain/rows.ts';
import { madePlan, madePlanned, madePlatformRecord, madeRecord } from '../../support/made-plan.ts';

const platforms = ['linux/amd64', 'linux/arm64'].map(parsePlatform);
const own = new Map([[parsePlatform('linux/arm64'), ['arm']]]);

/** A base and an application in parts, tools for one platform alone, and what is built on both. */
const plan = planWithRows(
  madePlan({
    images: [
      madePlanned('base', { platforms }),
      madePlanned('tools', { platforms: platforms.slice(0, 1) }),
      madePlanned('app', { platforms, needs: ['base', 'tools'] }),
      madePlanned('small', { platforms: platforms.slice(0, 1), needs: ['base'] }),
    ],
    levels: [
      ['base', 'tools'],
      ['app', 'small'],
    ],
  }),
);

function planWithRows(without: Plan): Plan {
  return { ...without, rows: [...rowsOf(without, { runners: { usual: [], own } })] };
}

function rowNamed(id: string): Row {
  return chooseRow(plan, { row: id, image: [] });
}

describe('an image in parts', () => {
  it('is one that several rows build', () => {
    expect(['base', 'tools', 'app', 'small'].filter((key) => isInParts(plan, key))).toEqual(['base', 'app']);
  });

  it('is seen by a row on its own platforms alone, with a cache that no other part writes', () => {
    const cache = { from: ['type=registry,ref=r.test/c:app'], to: ['type=registry,ref=r.test/c:app'], fresh: false };
    const part = partIn(rowNamed('app@linux-arm64'), madePlanned('app', { platforms, cache }));
    expect(part.platforms).toEqual(['linux/arm64']);
    expect(part.cache.to).toEqual(['type=registry,ref=r.test/c:app..linux-arm64']);
    expect(part.cache.from).toEqual(expect.arrayContaining(cache.from));
  });

  it('is seen as it is by a row that builds all of it', () => {
    const image = madePlanned('tools', { platforms });
    expect(partIn(rowNamed('tools'), image)).toBe(image);
  });

  it.each([
    ['app@linux-amd64', ['base@linux-amd64', 'tools']],
    ['app@linux-arm64', ['base@linux-arm64', 'tools']],
    ['small', ['base@linux-amd64']],
    ['base@linux-arm64', []],
  ])('takes its bases from the parts of the same platform (%s)', (id, expected) => {
    expect(baseRowsOf(plan, rowNamed(id)).map(({ row }) => row.id)).toEqual(expected);
  });
});

describe('a row that is asked for', () => {
  it.each<[string, { row?: string; image: readonly string[] }, string]>([
    ['its id', { row: 'base@linux-arm64', image: [] }, 'base@linux-arm64'],
    ['its images, where they are those of one row', { image: ['tools'] }, 'tools'],
    ['both', { row: 'base@linux-arm64', image: ['base'] }, 'base@linux-arm64'],
  ])('is found by %s', (_, wanted, id) => {
    expect(chooseRow(plan, wanted).id).toBe(id);
  });

  it.each<[string, { row?: string; image: readonly string[] }, string]>([
    ['an id that no row has', { row: 'base', image: [] }, 'row-unknown'],
    ['images that no row has', { image: ['base', 'tools'] }, 'row-unknown'],
    ['an id and images of two rows', { row: 'tools', image: ['base'] }, 'row-unknown'],
    ['nothing', { image: [] }, 'row-unknown'],
    ['images of which several rows build parts', { image: ['base'] }, 'row-ambiguous'],
  ])('is refused by %s', (_, wanted, code) => {
    expect(() => chooseRow(plan, wanted)).toThrow(expect.objectContaining({ code }));
  });
});

describe('the result of a part', () => {
  const row = rowNamed('app@linux-arm64');
  const run = { id: 'run-1', number: 1, attempt: 1 };
  const check = (...records: readonly ImageRecord[]) =>
    checkResult(
      { schema: 'slipway.result/1', plan: digestOf('plan'), row: row.id, run, records: [...records] },
      { plan: digestOf('plan'), row, run, images: plan.images },
    );
  const onPlatforms = (...names: readonly string[]) =>
    madeRecord('app', { platforms: names.map((name) => madePlatformRecord(name)) });

  it('is taken when it speaks of its platforms', () => {
    expect(check(onPlatforms('linux/arm64')).records).toHaveLength(1);
  });

  it.each<[string, readonly ImageRecord[], RegExp]>([
    ['of another platform', [onPlatforms('linux/amd64')], /speaks of app on linux\/amd64, not on linux\/arm64$/],
    ['of more platforms', [onPlatforms('linux/amd64', 'linux/arm64')], /on linux\/amd64, linux\/arm64, not on/],
    ['of no platform', [onPlatforms()], /on no platform, not on linux\/arm64$/],
    ['twice of one image', [onPlatforms('linux/arm64'), onPlatforms('linux/arm64')], /speaks of app, app, not of app$/],
    ['of another image', [madeRecord('small')], /speaks of small, not of app$/],
    ['of nothing', [], /speaks of nothing, not of app$/],
  ])('is refused when it speaks %s', (_, records, what) => {
    const error = expect.objectContaining({ code: 'handoff-incomplete', what: expect.stringMatching(what) });
    expect(() => check(...records)).toThrow(error);
  });
});
