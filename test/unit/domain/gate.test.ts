import { describe, expect, it } from '@jest/globals';
import { digestOf } from '../../../src/domain/digest.ts';
import { judge, type Observed } from '../../../src/domain/gate.ts';
import { setIdentity, setOf } from '../../../src/domain/image-set.ts';
import { parsePlatform } from '../../../src/domain/platform.ts';
import type { ScanResult } from '../../../src/domain/scan.ts';
import { Verdict } from '../../../src/domain/verdict.ts';
import { madeCarried, madePlan, madePlanned, madeRecord } from '../../support/made-plan.ts';
import { madePolicy, madeScanResult } from '../../support/made-scan.ts';

const recordDigest = digestOf('record of app');
const record = madeRecord();
const whole: Observed = { kind: 'whole', record, recordDigest };
const [one] = record.tests;
if (one === undefined) throw new Error('the made record has no test');
const plan = madePlan();
const set = setOf(plan, [{ key: 'app', digest: record.digest, record: recordDigest }]);

function verdictOn(observed: Observed | undefined, its = { plan, set }) {
  return judge(its.plan, its.set, setIdentity(its.set), new Map(observed === undefined ? [] : [['app', observed]]));
}

describe('the gate', () => {
  it('says match for what is there, is what was tested, and has passed', () => {
    const verdict = verdictOn(whole);
    expect(verdict).toMatchObject({ state: 'match', images: [{ key: 'app', state: 'match', reasons: [] }] });
    expect(Verdict.parse(verdict)).toEqual(verdict);
  });

  it.each<[string, Observed | undefined, string, RegExp]>([
    ['nothing was looked at', undefined, 'unverifiable', /left no record/],
    ['the image is not there', { kind: 'absent' }, 'unverifiable', /is not in registry\.test\/acme\/app/],
    ['nothing proves it', { kind: 'unproven', why: 'no record' }, 'unverifiable', /^no record$/],
    ['it is damaged', { kind: 'damaged', why: 'a layer is gone' }, 'mismatch', /^a layer is gone$/],
    ['the record is another', { ...whole, recordDigest: digestOf('x') }, 'mismatch', /its record is sha256/],
    ['the record is of another digest', seen({ digest: digestOf('x') }), 'mismatch', /speaks of sha256/],
    ['the record is of another image', seen({ key: 'other' }), 'mismatch', /speaks of the image other/],
    ['the record is of other inputs', seen({ identity: digestOf('x') }), 'mismatch', /other inputs/],
    ['its tests failed', seen({ test: 'failed' }), 'mismatch', /its tests failed/],
    ['no test speaks for it', seen({ test: 'untested', tests: [] }), 'mismatch', /allow-untested does not list it/],
    ['a platform is missing', seen({ platforms: [] }), 'mismatch', /it lacks linux\/amd64/],
  ])('stops the set where %s', (_, observed, state, reason) => {
    const verdict = verdictOn(observed);
    expect(verdict.state).toBe(state);
    expect(verdict.images[0]?.reasons.join()).toMatch(reason);
  });

  it('says all reasons of an image, not the first alone', () => {
    const verdict = verdictOn(seen({ key: 'other', test: 'failed', platforms: [] }));
    expect(verdict.images[0]?.reasons).toHaveLength(3);
  });

  it('lets an untested image pass that allow-untested lists', () => {
    const allowed = madePlan({ images: [madePlanned('app', { allowUntested: true })] });
    expect(verdictOn(seen({ test: 'untested', tests: [] }), { plan: allowed, set }).state).toBe('match');
  });

  it('names only the platforms that are missing', () => {
    const platforms = ['linux/amd64', 'linux/arm64', 'linux/arm/v7'].map(parsePlatform);
    const wide = madePlan({ images: [madePlanned('app', { platforms })] });
    expect(verdictOn(whole, { plan: wide, set }).images[0]?.reasons).toEqual(['it lacks linux/arm64, linux/arm/v7']);
  });

  it('stops the set where a test of the plan did not pass on each platform, and one that is optional stops nothing', () => {
    const [one] = madePlanned().tests;
    if (one === undefined) throw new Error('an image without a test');
    const second = { ...one, name: 'second' };
    const reasonsWith = (tests: (typeof one)[]) =>
      verdictOn(whole, { plan: madePlan({ images: [madePlanned('app', { tests })] }), set }).images[0]?.reasons;
    expect(reasonsWith([one, second])).toEqual(['nothing says that second passed on linux/amd64']);
    expect(reasonsWith([one, { ...second, optional: true }])).toEqual([]);
  });

  it.each<[string, ScanResult['state'] | undefined, 'fail' | 'warn', readonly string[]]>([
    ['is missing', undefined, 'fail', ['it was not scanned']],
    ['failed', 'failed', 'fail', ['its scan failed']],
    ['could not be made', 'unavailable', 'fail', ['it could not be scanned']],
    ['could not be made and need not be', 'unavailable', 'warn', []],
    ['passed', 'passed', 'fail', []],
  ])('has its say where a scan that the plan wants %s', (_, state, unavailable, reasons) => {
    const policy = madePolicy({ unavailable });
    const wanted = madePlan({ images: [madePlanned('app', { scan: policy })] });
    const scanned = state === undefined ? {} : { scan: madeScanResult({ state }) };
    expect(verdictOn(seen(scanned), { plan: wanted, set }).images[0]?.reasons).toEqual(reasons);
  });

  it('T32 stops the set where an image was built on another base than the plan found', () => {
    const [was, now] = [digestOf('base of the plan'), digestOf('base of the build')];
    const base = { reference: 'alpine:3', key: null, platforms: {} };
    const on = madePlan({ images: [madePlanned('app', { bases: [{ ...base, digest: was }] })] });
    const verdictOnBase = (digest: typeof was) => verdictOn(seen({ bases: [{ ...base, digest }] }), { plan: on, set });
    expect(verdictOnBase(was).state).toBe('match');
    expect(verdictOnBase(now)).toMatchObject({
      state: 'mismatch',
      images: [{ reasons: [`its base alpine:3 changed: the plan says ${was}, and it was built on ${now}`] }],
    });
  });

  it('says unverifiable for an image that the plan wants and the set lacks', () => {
    const verdict = verdictOn(whole, { plan, set: { ...set, images: [] } });
    expect(verdict.images).toEqual([{ key: 'app', state: 'unverifiable', reasons: ['the run left no record of it'] }]);
  });

  it('says mismatch of a set where one image mismatches and another cannot be verified', () => {
    const two = madePlan({ images: [madePlanned('a'), madePlanned('b')] });
    const digests = ['a', 'b'].map((key) => ({ key, digest: digestOf(key), record: digestOf(`r${key}`) }));
    const observed = new Map<string, Observed>([
      ['a', { kind: 'absent' }],
      ['b', { kind: 'damaged', why: 'x' }],
    ]);
    expect(judge(two, setOf(two, digests), digestOf('s'), observed).state).toBe('mismatch');
  });

  it('judges what is carried over by its own identity', () => {
    const carried = madeCarried('old');
    const wider = madePlan({ images: [], carried: [carried] });
    const other = madeRecord('old', { identity: digestOf('x') });
    const look = (its: typeof other): Observed => ({ kind: 'whole', record: its, recordDigest: carried.record });
    const judged = [madeRecord('old'), other].map(
      (its) => judge(wider, setOf(wider, []), digestOf('s'), new Map([['old', look(its)]])).state,
    );
    expect(judged).toEqual(['match', 'mismatch']);
  });
});

function seen(changes: Parameters<typeof madeRecord>[1]): Observed {
  return { kind: 'whole', record: madeRecord('app', changes), recordDigest };
}

describe('a waiver at the gate', () => {
  const waiver = { kind: 'test' as const, name: 'true', reason: 'a mirror moves', until: '2999-01-31' };
  const red = { ...one, state: 'failed' as const };
  const waived = { ...red, waived: waiver };
  const promised = madePlan({ images: [madePlanned('app', { waivers: [waiver] })] });

  it('lifts the red test that it names, and is said', () => {
    const verdict = verdictOn(seen({ tests: [waived] }), { plan: promised, set });
    expect(verdict).toMatchObject({
      state: 'match',
      images: [{ waivers: ['the test true is waived until 2999-01-31: a mirror moves'] }],
    });
    expect(Verdict.parse(verdict)).toEqual(verdict);
  });

  it('is for the plan to give: what a record claims lifts nothing', () => {
    expect(verdictOn(seen({ tests: [waived] })).images[0]?.reasons).toEqual([
      'nothing says that true passed on linux/amd64',
    ]);
  });

  it.each<[string, Observed]>([
    ['that is not what was tested', { kind: 'damaged', why: 'a layer is gone' }],
    ['that is not there', { kind: 'absent' }],
    ['whose inputs are others', seen({ identity: digestOf('x') })],
  ])('lifts nothing of an image %s', (_, observed) => {
    expect(verdictOn(observed, { plan: promised, set }).state).not.toBe('match');
  });
});
