import { describe, expect, it } from '@jest/globals';
import { verdictOf } from '../../../script/commands/test/jest-report.ts';

const suite = (status: string, tests: readonly string[] = [], message = '') => ({
  name: '/somewhere/a.test.ts',
  status,
  message,
  assertionResults: tests.map((test) => ({ fullName: 'works', status: test, failureMessages: ['it did not'] })),
});

describe('verdictOf', () => {
  it('passes what jest passed', () => {
    const report = { numPassedTests: 2, testResults: [suite('passed', ['passed', 'passed'])] };
    expect(verdictOf(report, 0)).toEqual({ passed: 2, failures: [] });
  });

  it('counts each failed test, with its message', () => {
    const report = { numPassedTests: 1, testResults: [suite('failed', ['passed', 'failed', 'failed'])] };
    const { passed, failures } = verdictOf(report, 1);
    expect(passed).toBe(1);
    expect(failures.map(({ message }) => message)).toEqual(['it did not', 'it did not']);
  });

  it('counts a suite that could not run as one failure', () => {
    const report = {
      numPassedTests: 1,
      testResults: [suite('passed', ['passed']), suite('failed', [], 'no such file')],
    };
    expect(verdictOf(report, 1).failures).toEqual([expect.objectContaining({ message: 'no such file' })]);
  });

  it.each([
    ['jest left no report', undefined, 1],
    ['the report is of another form', {}, 0],
    ['no test ran', { numPassedTests: 0, testResults: [] }, 0],
    ['jest failed although every test passed', { numPassedTests: 1, testResults: [suite('passed', ['passed'])] }, 1],
  ])('fails when %s', (_case, report, exitCode) => {
    expect(verdictOf(report, exitCode).failures).toHaveLength(1);
  });
});
