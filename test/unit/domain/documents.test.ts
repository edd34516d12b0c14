import { describe, expect, it } from '@jest/globals';
import { digestOf } from '../../../src/domain/digest.ts';
import { ConfigError, type SlipwayError, ToolError } from '../../../src/domain/errors.ts';
import { ImageSet, setIdentity, setOf } from '../../../src/domain/image-set.ts';
import { exitCodeOf, type ImageOutcome, type RunOutcome } from '../../../src/domain/outcome.ts';
import { imageOf, Plan } from '../../../src/domain/plan.ts';
import { ImageRecord } from '../../../src/domain/record.ts';
import type { ReleaseState } from '../../../src/domain/release-machine.ts';
import { joinReports, type ReleaseReport } from '../../../src/domain/release-report.ts';
import { testState } from '../../../src/domain/test-result.ts';
import { madeCarried, madePlan, madePlanned, madeRecord } from '../../support/made-plan.ts';

describe('a plan', () => {
  const plan = madePlan({ images: [madePlanned('a'), madePlanned('b')], carried: [madeCarried('c')], notes: ['x'] });

  it('is the same after it was written and read again', () => {
    expect(Plan.parse(JSON.parse(JSON.stringify(plan)))).toEqual(plan);
  });

  it.each<[string, object]>([
    ['another schema', { schema: 'slipway.plan/2' }],
    ['a field that nobody knows', { extra: 1 }],
    ['a digest that is none', { images: [{ ...plan.images[0], identity: 'sha256:1' }] }],
    ['a repository in another spelling', { images: [{ ...plan.images[0], repository: 'busybox' }] }],
    ['a tag that is none', { images: [{ ...plan.images[0], tags: { immutable: ['a b'], floating: [] } }] }],
    ['a platform in another spelling', { images: [{ ...plan.images[0], platforms: ['linux/x86_64'] }] }],
    ['a key in capitals', { images: [{ ...plan.images[0], key: 'App' }] }],
    ['a key that leads elsewhere', { images: [{ ...plan.images[0], key: '../app' }] }],
    ['a key of 49 letters', { images: [{ ...plan.images[0], key: 'a'.repeat(49) }] }],
    ['an event that nobody knows', { event: { ...plan.event, name: 'workflow_run' } }],
  ])('with %s is refused', (_, change) => {
    expect(Plan.safeParse({ ...plan, ...change }).success).toBe(false);
  });

  it('finds its images by key', () => {
    expect(imageOf(plan, 'b').key).toBe('b');
    expect(() => imageOf(plan, 'c')).toThrow('the plan has no image c');
  });
});

describe('a record', () => {
  it('is the same after it was written and read again', () => {
    expect(ImageRecord.parse(JSON.parse(JSON.stringify(madeRecord())))).toEqual(madeRecord());
  });

  it.each([
    ['untested', []],
    ['passed', ['passed', 'passed']],
    ['failed', ['passed', 'failed']],
  ] as const)('says %s after %p', (expected, states) => {
    const results = madeRecord().tests.flatMap((result) => states.map((state) => ({ ...result, state })));
    expect(testState(results)).toBe(expected);
  });
});

describe('a set', () => {
  const plan = madePlan({ images: [madePlanned('z'), madePlanned('a')], carried: [madeCarried('m')] });
  const built = ['a', 'z'].map((key) => ({ key, digest: digestOf(key), record: digestOf(`record ${key}`) }));

  it('holds what was built and what is carried over, by key', () => {
    const set = setOf(plan, built);
    expect(ImageSet.parse(set).images.map(({ key, from, commit }) => [key, from, commit?.[0]])).toEqual([
      ['a', 'built', 'a'],
      ['m', 'carried', 'b'],
      ['z', 'built', 'a'],
    ]);
  });

  it('has one identity, in whatever order its images were built', () => {
    expect(setIdentity(setOf(plan, [...built].reverse()))).toBe(setIdentity(setOf(plan, built)));
  });

  it('has another identity with another digest', () => {
    const other = built.map((image, at) => (at === 0 ? { ...image, digest: digestOf('other') } : image));
    expect(setIdentity(setOf(plan, other))).not.toBe(setIdentity(setOf(plan, built)));
  });

  it('leaves out what the plan does not know', () => {
    expect(setOf(plan, [{ key: 'stranger', digest: digestOf('x'), record: digestOf('y') }]).images).toHaveLength(1);
  });
});

describe('the report of two steps', () => {
  const report = (state: ReleaseState): ReleaseReport => ({
    schema: 'slipway.release/1',
    set: digestOf('set'),
    state,
    tags: [],
  });

  it.each<[ReleaseState, ReleaseState, ReleaseState]>([
    ['released', 'released', 'released'],
    ['released', 'unchanged', 'released'],
    ['unchanged', 'released', 'released'],
    ['unchanged', 'unchanged', 'unchanged'],
    ['unchanged', 'rolled-back', 'rolled-back'],
    ['released', 'rolled-back', 'partial'],
    ['released', 'partial', 'partial'],
    ['unchanged', 'partial', 'partial'],
  ])('of which one is %s and the next %s is %s', (first, second, expected) => {
    expect(joinReports(report(first), report(second)).state).toBe(expected);
  });
});

describe('the exit code', () => {
  const failed = (error: SlipwayError): ImageOutcome => ({ kind: 'failed', key: 'app', error });
  const error = { code: 'x', what: 'x', state: 'x', next: 'x' };
  const code = (outcome: Partial<RunOutcome>) =>
    exitCodeOf({ plan: madePlan(), images: [], durationMs: 1, ...outcome });
  const set = digestOf('set');
  const verdict = (state: 'match' | 'mismatch' | 'unverifiable') => {
    return { schema: 'slipway.verdict/1' as const, set, state, images: [] };
  };
  const release = (state: ReleaseState) => ({ schema: 'slipway.release/1' as const, set, state, tags: [] });

  it.each<[number, string, Partial<RunOutcome>]>([
    [0, 'nothing to do', {}],
    [0, 'a release', { verdict: verdict('match'), release: release('released') }],
    [0, 'no change', { release: release('unchanged') }],
    [1, 'a mismatch', { verdict: verdict('mismatch') }],
    [1, 'what cannot be verified', { verdict: verdict('unverifiable') }],
    [2, 'a bad configuration', { images: [failed(new ConfigError(error))] }],
    [3, 'a release that was taken back', { release: release('rolled-back') }],
    [4, 'a broken tool', { images: [failed(new ToolError(error))] }],
    [5, 'a partial release', { release: release('partial') }],
  ])('%i says %s', (expected, _, outcome) => {
    expect(code(outcome)).toBe(expected);
  });
});
