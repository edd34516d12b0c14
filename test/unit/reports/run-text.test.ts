import { describe, expect, it } from '@jest/globals';
import { digestOf } from '../../../src/domain/digest.ts';
import { RefusedError } from '../../../src/domain/errors.ts';
import type { ImageOutcome, RunOutcome } from '../../../src/domain/outcome.ts';
import type { ReleaseReport } from '../../../src/domain/release-report.ts';
import { headline, runText } from '../../../src/reports/run-text.ts';
import { madeCarried, madePlan, madePlanned, madeRecord, tagsNamed } from '../../support/made-plan.ts';

const plan = madePlan({ images: [madePlanned('app'), madePlanned('base')], carried: [madeCarried('old')] });
const proven = (key: string): ImageOutcome => {
  const record = madeRecord(key);
  return { kind: 'proven', key, record, recordDigest: digestOf(`record of ${key}`), cached: 3, executed: 1 };
};
const failed: ImageOutcome = {
  kind: 'failed',
  key: 'base',
  error: new RefusedError({
    code: 'build-failed',
    what: 'the build failed at "[2/2] RUN make": exit code: 2',
    where: 'base/Dockerfile',
    state: 'nothing of this image was published',
    next: 'mend that line; the end of the build log is above',
  }),
};
const blocked: ImageOutcome = { kind: 'blocked', key: 'app', by: ['base'] };
const set = digestOf('set');

function released(state: ReleaseReport['state']): ReleaseReport {
  const { repository } = madePlanned('app');
  const target = digestOf('digest of app');
  const tags = tagsNamed('v1.0.0', 'latest').map((tag, at) => ({
    key: 'app',
    repository,
    tag,
    kind: at === 0 ? ('immutable' as const) : ('floating' as const),
    was: null,
    is: state === 'partial' && at === 1 ? null : target,
    should: target,
    why: at === 0 ? 'it is new' : 'it is not certain what it names',
  }));
  return { schema: 'slipway.release/1', set, state, tags };
}

const outcome = (changes: Partial<RunOutcome>): RunOutcome => {
  return { plan, images: [proven('app'), proven('base')], durationMs: 4260, ...changes };
};
const verdict = (state: 'mismatch' | 'unverifiable') => ({
  schema: 'slipway.verdict/1' as const,
  set,
  state,
  images: [
    { key: 'app', state, reasons: ['one', 'two'] },
    { key: 'base', state: 'match' as const, reasons: [] },
  ],
});

describe('the report of a run', () => {
  it('that released in part shows every image and every tag', () => {
    expect(runText(outcome({ release: released('partial') }), ['look: there'])).toMatchInlineSnapshot(`
"released in part: not every tag is what it should be (4.3 s)

image  digest        platforms    tests          what
app    ad209f12ebdb  linux/amd64  1 of 1 passed  built in 1.5 s, 3 of 4 steps cached
base   21d5592eb727  linux/amd64  1 of 1 passed  built in 1.5 s, 3 of 4 steps cached
old    8ced83d64b67  -            passed before  carried over: what main names was proven for the same inputs (record: unsigned)

tag                            names         why
registry.test/acme/app:v1.0.0  ad209f12ebdb  it is new
registry.test/acme/app:latest  ?             it is not certain what it names

to put it right: slipway release --resume, or by hand:
slipway copy registry.test/acme/app@sha256:ad209f12ebdb6ba84c712d6aadd2edc95a8a309165ab0d632959e79f0dc75041 registry.test/acme/app:latest

look: there
"
`);
  });

  it('that failed shows the error and what could not be built', () => {
    expect(runText(outcome({ images: [failed, blocked] }), [])).toMatchInlineSnapshot(`
"nothing was released: base failed, and so app could not be built (4.3 s)

image  digest        platforms  tests          what
base   -             -          -              build-failed
app    -             -          -              not built: needs base
old    8ced83d64b67  -          passed before  carried over: what main names was proven for the same inputs (record: unsigned)

error build-failed: the build failed at "[2/2] RUN make": exit code: 2
  where: base/Dockerfile
  state: nothing of this image was published
  next:  mend that line; the end of the build log is above
"
`);
  });

  it('that the gate stopped shows the reasons', () => {
    expect(runText(outcome({ verdict: verdict('mismatch') }), [])).toMatch(
      /gate-mismatch: app: one; two\n {2}where: the digest gate\n/,
    );
  });

  it('counts the tests of an image whose tests failed', () => {
    const record = madeRecord('base');
    const results = [...record.tests, ...record.tests.map((test) => ({ ...test, state: 'failed' as const }))];
    const red: ImageOutcome = { ...failed, record: { ...record, tests: results, test: 'failed' } };
    expect(runText(outcome({ images: [red] }), [])).toContain('1 of 2 passed');
  });

  it('says of an untested image that it is', () => {
    const one = proven('app');
    const record = madeRecord('app', { tests: [], test: 'untested' });
    expect(runText(outcome({ images: [{ ...one, record } as ImageOutcome] }), [])).toMatch(
      / untested +built in 1\.5 s/,
    );
  });

  it.each<[string, Partial<RunOutcome>]>([
    ['nothing was released: base failed, and so app could not be built (4.3 s)', { images: [failed, blocked] }],
    ['nothing was released: base failed (4.3 s)', { images: [proven('app'), failed] }],
    ['nothing was released: the gate says unverifiable (4.3 s)', { verdict: verdict('unverifiable') }],
    ['built and tested 2 images; this run may publish nothing (4.3 s)', {}],
    ['released 3 images: 2 built and tested, 1 carried over (4.3 s)', { release: released('released') }],
    ['unchanged: 3 images and their tags are as they should be (4.3 s)', { release: released('unchanged') }],
    [
      'nothing was released: a tag could not be written, and all are as they were (4.3 s)',
      { release: released('rolled-back') },
    ],
    ['released in part: not every tag is what it should be (4.3 s)', { release: released('partial') }],
  ])('begins with %p', (expected, changes) => {
    expect(headline(outcome(changes))).toBe(expected);
  });
});
