import { describe, expect, it } from '@jest/globals';
import { chain, planOf } from './planned.ts';

/** The clock of made plans stands on this day. */
const images =
  'images: {alone: {tests: [{run: smoke}, {run: deep}], expect: {user: app}}, base: {}}\nscan: {tool: trivy, ignore: []}\n';
const planWith = (waive: string) => planOf({ ...chain, 'slipway.yml': `${images}waive: [${waive}]\n` });
const later = 'reason: a newer library comes in May, until: 2999-01-31';
const before = 'reason: it was so in May, until: 2001-01-31';

async function aloneWith(waive: string) {
  const made = await planWith(waive);
  const alone = made.images.find(({ key }) => key === 'alone');
  if (alone === undefined) throw new Error('it was not planned');
  return { alone, notes: made.notes, others: made.images.filter(({ key }) => key !== 'alone') };
}

describe('what is waived in a plan', () => {
  it.each(['smoke', 'expectations'])('is a test of one image, for %s', async (test) => {
    const { alone, notes, others } = await aloneWith(`{image: alone, test: ${test}, ${later}}`);
    expect(alone.waivers).toEqual([
      { kind: 'test', name: test, reason: 'a newer library comes in May', until: '2999-01-31' },
    ]);
    expect(notes).toContain(`alone: the test ${test} is waived until 2999-01-31: a newer library comes in May`);
    expect(others.map(({ waivers }) => waivers)).toEqual([undefined]);
  });

  it('is a finding, which the scan of that image then ignores', async () => {
    const { alone, others } = await aloneWith(`{image: alone, scan: CVE-2026-1, ${later}}`);
    expect(alone.scan?.ignore).toEqual([
      { id: 'CVE-2026-1', reason: 'a newer library comes in May', until: '2999-01-31' },
    ]);
    expect(others[0]?.scan?.ignore).toEqual([]);
  });

  it('counts again when its day is over, and that is said', async () => {
    const { alone, notes } = await aloneWith(`{image: alone, test: smoke, ${before}}`);
    expect(alone.waivers).toBeUndefined();
    expect(notes).toContain(
      'alone: the test smoke is waived until 2001-01-31: it was so in May; that day is over, and it counts again',
    );
  });

  it.each([
    ['an image that is not there', `{image: alon, test: smoke, ${later}}`, /no image alon$/, /did you mean alone/],
    ['a test that is not there', `{image: alone, test: smok, ${later}}`, /no test "smok"/, /did you mean smoke/],
    ['an expectation that is not there', `{image: base, test: expectations, ${later}}`, /no test/, /none to waive/],
    ['neither a test nor a finding', `{image: alone, ${later}}`, /one of test or scan/, /./],
    ['no day', '{image: alone, test: smoke, reason: x}', /until/, /./],
    ['no reason', '{image: alone, test: smoke, until: 2999-01-31}', /reason/, /./],
  ])('is refused for %s', async (_, waive, what, next) => {
    await expect(planWith(waive)).rejects.toMatchObject({
      what: expect.stringMatching(what),
      next: expect.stringMatching(next),
      exitCode: 2,
    });
  });

  it('is refused for a finding of an image that is not scanned', async () => {
    const text = `images: {alone: {scan: false}}\nscan: {tool: trivy}\nwaive: [{image: alone, scan: CVE-1, ${later}}]\n`;
    await expect(planOf({ ...chain, 'slipway.yml': text })).rejects.toMatchObject({ what: 'alone is not scanned' });
  });
});
