import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { digestOf } from '../../../src/domain/digest.ts';
import { RefusedError } from '../../../src/domain/errors.ts';
import { inertText } from '../../../src/domain/inert-text.ts';
import { doctorText } from '../../../src/reports/doctor-text.ts';
import { errorText } from '../../../src/reports/error-text.ts';
import { inspectText } from '../../../src/reports/inspect-text.ts';
import { planText } from '../../../src/reports/plan-table.ts';
import { runText } from '../../../src/reports/run-text.ts';
import { madeCarried, madeEvent, madePlan, madePlanned, madeRecord } from '../../support/made-plan.ts';

// What may follow "nasty" in a report: nothing that acts, whatever stood there.
const acting = /(?![\t\n])[\p{Cc}\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/u;
const nasty = 'a\u001b[31mb\rc\u0007d\u202ee\u009bf\u2028g\u0000h';

const error = new RefusedError({ code: 'x', what: nasty, where: { file: nasty }, state: nasty, next: nasty });
const plan = madePlan({
  event: madeEvent({ ref: nasty }),
  images: [madePlanned('app', { why: nasty })],
  carried: [madeCarried('old', { why: nasty })],
  notes: [nasty],
});
const record = madeRecord('app', { commit: nasty, run: { id: nasty, number: null, attempt: 1 }, mediaType: nasty });
const named = { ...record, tests: record.tests.map((test) => ({ ...test, name: nasty })) };
const set = digestOf('set');
const verdict = {
  schema: 'slipway.verdict/1' as const,
  set,
  state: 'mismatch' as const,
  images: [{ key: 'app', state: 'mismatch' as const, reasons: [nasty] }],
};
const { repository } = madePlanned();
const tag = {
  key: 'app',
  repository,
  tag: 'main' as never,
  kind: 'floating' as const,
  was: null,
  is: null,
  should: set,
};
const release = {
  schema: 'slipway.release/1' as const,
  set,
  state: 'partial' as const,
  tags: [{ ...tag, why: nasty }],
};
const images = [
  { kind: 'failed' as const, key: 'app', error },
  { kind: 'blocked' as const, key: 'app', by: [nasty] },
];

const setTest = {
  schema: 'slipway.set-test/1' as const,
  ...{ set, test: set, name: nasty, state: 'failed' as const, exitCode: 1, reason: nasty, durationMs: 1, images: [] },
  run: { id: nasty, number: null, attempt: 1 },
};

describe('nothing that acts on a terminal comes out of', () => {
  it.each([
    ['an error', errorText(error)],
    ['a plan', planText(plan)],
    ['an image', inspectText({ ...named, record: named })],
    ['a run', runText({ plan, images, setTest, verdict, release, durationMs: 1 }, [])],
    ['the doctor', doctorText([{ name: 'engine', state: 'good', text: nasty, fix: nasty }])],
  ])('%s', (_, text) => {
    expect(text).not.toMatch(acting);
    expect(text).toContain('\\x1b[31m');
  });

  it('any text made inert, which stays as it is where nothing acts', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const inert = inertText(text);
        expect(inert).not.toMatch(acting);
        expect(inertText(inert)).toBe(inert);
      }),
    );
  });
});
