import { describe, expect, it } from '@jest/globals';
import { ImageRecord } from '../../../src/domain/record.ts';
import {
  stateOfAttempts,
  type TestAttempt,
  type TestResult,
  testState,
  withWaiver,
} from '../../../src/domain/test-result.ts';
import type { Waiver } from '../../../src/domain/waiver.ts';
import { madeRecord } from '../../support/made-plan.ts';

const [one] = madeRecord().tests;
if (one === undefined) throw new Error('the made record has no test');
const result = (state: TestResult['state'], optional = false): TestResult => ({ ...one, state, optional });
const waiver: Waiver = { kind: 'test', name: one.name, reason: 'we know', until: '2999-01-31' };
const attempt = (state: TestAttempt['state']): TestAttempt => ({ state, exitCode: 0, durationMs: 0, reason: '' });

describe('the state of an image', () => {
  it.each<[string, TestResult[], string]>([
    ['nothing', [], 'untested'],
    ['a pass', [result('passed')], 'passed'],
    ['a flaky test', [result('flaky')], 'passed'],
    ['one that failed', [result('passed'), result('failed')], 'failed'],
    ['one that could not run', [result('passed'), result('not-run')], 'failed'],
    ['an optional one that failed', [result('passed'), result('failed', true)], 'passed'],
    ['an optional one that passed, and no other', [result('passed', true)], 'passed'],
    ['optional ones alone, none of which passed', [result('failed', true), result('not-run', true)], 'untested'],
    ['a waived one that failed', [withWaiver(result('failed'), [waiver])], 'passed'],
    ['a waived one beside another that failed', [withWaiver(result('failed'), [waiver]), result('failed')], 'failed'],
  ])('by %s', (_, results, state) => {
    expect(testState(results)).toBe(state);
  });
});

describe('a waiver', () => {
  it('is for the test of its name alone, and for none that passed', () => {
    expect(withWaiver(result('failed'), [waiver]).waived).toEqual(waiver);
    expect(withWaiver(result('failed'), [{ ...waiver, name: 'another' }]).waived).toBeUndefined();
    expect(withWaiver(result('failed'), [{ ...waiver, kind: 'scan' }]).waived).toBeUndefined();
    expect(withWaiver(result('flaky'), [waiver]).waived).toBeUndefined();
  });
});

describe('the state of a test', () => {
  it.each<[TestAttempt['state'][], TestResult['state']]>([
    [['passed'], 'passed'],
    [['failed'], 'failed'],
    [['failed', 'passed'], 'flaky'],
    [['failed', 'failed', 'passed'], 'flaky'],
    [['failed', 'failed'], 'failed'],
    [['not-run'], 'not-run'],
    [[], 'not-run'],
  ])('after %j is %s', (attempts, state) => {
    expect(stateOfAttempts(attempts.map(attempt))).toBe(state);
  });
});

it('a record of before, which says less about its tests, can still be read', () => {
  const record = madeRecord();
  expect(ImageRecord.parse(JSON.parse(JSON.stringify(record)))).toEqual(record);
  expect(Object.keys(record.tests[0] ?? {}).sort()).toEqual([
    'durationMs',
    'engineImage',
    'exitCode',
    'name',
    'platform',
    'reason',
    'state',
  ]);
});
