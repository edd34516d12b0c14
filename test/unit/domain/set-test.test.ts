import { describe, expect, it } from '@jest/globals';
import { digestOf } from '../../../src/domain/digest.ts';
import type { PlannedSetTest } from '../../../src/domain/planned-set-test.ts';
import { imageVariables, SetTestResult, setTestDigest, setTestRefusal } from '../../../src/domain/set-test.ts';

const test: PlannedSetTest = { kind: 'host', name: 'smoke', command: ['make', 'smoke'], timeoutMinutes: 10, env: {} };
const set = digestOf('the set');
const passed: SetTestResult = {
  schema: 'slipway.set-test/1',
  set,
  test: setTestDigest(test),
  name: 'smoke',
  state: 'passed',
  exitCode: 0,
  reason: '',
  durationMs: 12,
  images: [{ key: 'app', digest: digestOf('app') }],
  run: { id: '1', number: 1, attempt: 1 },
};

describe('the test of a set', () => {
  it('is asked for by nobody who has none', () => {
    expect(setTestRefusal({}, set, undefined)).toBeUndefined();
  });

  it('lets the very set pass that it ran with', () => {
    expect(setTestRefusal({ setTest: test }, set, SetTestResult.parse(passed))).toBeUndefined();
  });

  it.each<[string, SetTestResult | undefined, string, RegExp]>([
    ['nothing speaks for the set', undefined, 'set-untested', /nothing says that smoke passed/],
    ['it ran with another set', { ...passed, set: digestOf('another') }, 'set-untested', /ran with the set sha256/],
    ['another test ran', { ...passed, test: digestOf('true') }, 'set-untested', /another test/],
    ['it failed', { ...passed, state: 'failed', reason: 'exit code 2' }, 'set-test-failed', /^smoke: exit code 2$/],
  ])('stops the release where %s', (_, result, code, what) => {
    expect(setTestRefusal({ setTest: test }, set, result)).toMatchObject({
      code,
      what: expect.stringMatching(what),
      state: 'no tag was written',
      exitCode: 1,
    });
  });

  it('finds each image by a variable of its own', () => {
    const names = imageVariables(['cpu-py3.10', 'app', 'a__b'], 'here');
    expect([...names.values()]).toEqual(['SLIPWAY_IMAGE_CPU_PY3_10', 'SLIPWAY_IMAGE_APP', 'SLIPWAY_IMAGE_A_B']);
  });

  it('refuses two keys that would have the same one', () => {
    expect(() => imageVariables(['a-b', 'c', 'a.b'], 'set.test in slipway.yml')).toThrow(
      expect.objectContaining({
        code: 'set-test-variable',
        what: expect.stringContaining('a-b and a.b'),
        where: 'set.test in slipway.yml',
      }),
    );
  });
});
