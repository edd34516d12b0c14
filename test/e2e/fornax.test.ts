import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { requireLab } from '../support/lab.ts';
import { failuresOf, type Run, resultsOf, stepsOf } from '../support/runner.ts';
import { inTurn, type Moment, onlyChanged } from '../support/runner-example.ts';
import {
  anewByHand,
  expectedGrounds,
  type Fornax,
  keys,
  moved,
  openFornax,
  outOfOrder,
  pullRequestFrom,
  pushTo,
  releaseOf,
  tagged,
  under,
} from '../support/runner-fornax.ts';

jest.setTimeout(900_000);
const topic = 'fix-issue-1';
const onTopic = (keys: readonly string[]): readonly string[] => keys.map((key) => `${key}..${topic}`);
const green = (...jobs: readonly string[]) => Object.fromEntries(jobs.map((job) => [job, 'success']));
const publishing = green('verify', 'publish', 'release');
const planOf = (run: Run): string => stepsOf(run, 'matrix-generate')[0]?.summary ?? '';
let fornax: Fornax;

beforeAll(async () => {
  fornax = await openFornax(requireLab());
});

afterAll(async () => {
  await fornax[Symbol.asyncDispose]();
});

const begun = inTurn(undefined, () => fornax.happen(pushTo('main'), { MAX_JOBS: '1' }));
const pushed = inTurn(begun, async () => {
  await fornax.extend('tractor');
  return fornax.happen(pushTo('main'));
});
const released = inTurn(pushed, () => fornax.happen(releaseOf('v0.2.0')));
const releasedAgain = inTurn(released, () => fornax.happen(releaseOf('v0.2.0')));
const rebuilt = inTurn(releasedAgain, () => fornax.happen(anewByHand, { MAX_JOBS: '1' }));
const branched = inTurn(rebuilt, async () => {
  await fornax.git('checkout', '--quiet', '-b', topic);
  await fornax.extend('heasoft');
  return fornax.happen(pushTo(topic));
});
const leafPushed = inTurn(branched, async () => {
  await fornax.extend('ciao');
  return fornax.happen(pushTo(topic));
});
const proposed = inTurn(leafPushed, async () => {
  await fornax.extend('base_image');
  return fornax.happen(pullRequestFrom('mallory'));
});
const proposedHere = inTurn(proposed, () => fornax.happen(pullRequestFrom('acme')));
const tooEarly = inTurn(proposedHere, () => fornax.happen(releaseOf('v0.3.0', topic)));
const basePushed = inTurn(tooEarly, () => fornax.happen(pushTo(topic)));
const branchReleased = inTurn(basePushed, () => fornax.happen(releaseOf('v0.3.0', topic)));
const lineReleased = inTurn(branchReleased, async () => {
  await fornax.git('checkout', '--quiet', 'main');
  return fornax.happen(releaseOf('v0.2.1'));
});

/** Every tag that there is now: those that were written, and all others as they were. Nothing else was written anywhere. */
function expectWritten(
  [before, after]: readonly [Moment | undefined, Moment],
  { tags = [], built = [], caches = [] }: Readonly<Partial<Record<'tags' | 'built' | 'caches', readonly string[]>>>,
): void {
  const cached = caches.map((key) => `slipway-cache:${key}`);
  expect(after.written).toEqual({
    tags: [...tags].sort(),
    contents: [...built].sort(),
    caches: [...cached].sort(),
    removed: [],
  });
  expect(after.tags).toEqual(onlyChanged(before, after, [...tags, ...cached]));
}

describe('fornax', () => {
  it('builds all images in a single job where there is one runner only, each on its base', async () => {
    const after = await begun();
    expect(failuresOf(after.run)).toEqual([]);
    expect(resultsOf(after.run)).toEqual({ ...green('plan', 'group--1-1'), ...publishing });
    expect(stepsOf(after.run, 'build-test')[0]?.summary).toContain('### Built and tested: 8');
    expectWritten([undefined, after], { tags: tagged('main'), built: keys, caches: keys });
    expect(await fornax.grounds(after, 'main', keys)).toEqual(expectedGrounds(after, 'main', keys));
    expect(await fornax.adrift('main')).toEqual([]);
  });

  it('builds on a push what changed and what is built on that, and leaves the rest as it is', async () => {
    const [before, after] = [await begun(), await pushed()];
    const built = ['tractor', 'high_energy', 'docs'];
    expect(failuresOf(after.run)).toEqual([]);
    expect(resultsOf(after.run)).toEqual({ ...green('plan', ...built), ...publishing });
    expectWritten([before, after], { tags: built.map((key) => `${key}:main`), built, caches: built });
    expect(moved(before, after, 'main')).toEqual(built);
    expect(await fornax.grounds(after, 'main', built)).toEqual(expectedGrounds(after, 'main', built));
  });

  it('gives a release and stable to every image, whichever run built it', async () => {
    const [before, after] = [await pushed(), await released()];
    expect(failuresOf(after.run)).toEqual([]);
    expect(resultsOf(after.run)).toEqual({ ...green('plan'), ...publishing });
    expect(planOf(after.run)).toContain('### Plan: 0 to build, 8 carried over');
    expectWritten([before, after], { tags: tagged('v0.2.0', 'stable') });
    for (const tag of ['v0.2.0', 'stable']) expect(under(after, tag)).toEqual(under(before, 'main'));
    const madeOf = async (key: string) => (await fornax.record(key, under(after, 'stable')[key])).commit;
    expect(await madeOf('base_image')).toBe(await fornax.git('rev-parse', 'main~1'));
    expect(await madeOf('tractor')).toBe(await fornax.git('rev-parse', 'main'));
  });

  it('has nothing to write when the same release runs again', async () => {
    const [before, after] = [await released(), await releasedAgain()];
    expect(failuresOf(after.run)).toEqual([]);
    expect(resultsOf(after.run)).toEqual({ ...green('plan'), ...publishing });
    expectWritten([before, after], {});
  });

  it('builds everything anew by hand, under a tag of its own', async () => {
    const [before, after] = [await releasedAgain(), await rebuilt()];
    expect(failuresOf(after.run)).toEqual([]);
    expect(planOf(after.run)).toContain('### Plan: 8 to build, 0 carried over');
    const tag = after.written.tags[0]?.split(':')[1] ?? '';
    expect(tag).toMatch(/^main-r\d{8}\.\d+$/);
    expectWritten([before, after], { tags: tagged(tag), built: keys, caches: keys });
  });

  it('builds for another branch what differs there, on the bases of the default branch', async () => {
    const [before, after] = [await rebuilt(), await branched()];
    const built = ['heasoft', 'ciao', 'high_energy', 'docs'];
    expect(failuresOf(after.run)).toEqual([]);
    expect(resultsOf(after.run)).toEqual({ ...green('plan', ...built), ...publishing });
    expectWritten([before, after], { tags: tagged(topic), built, caches: onTopic(built) });
    expect(moved(before, after, 'main', topic)).toEqual(built);
    expect(planOf(after.run)).toMatch(
      /\| `science_base` \| carry over .* what main names was proven for the same inputs/,
    );
    expect(await fornax.grounds(after, topic, ['heasoft'])).toEqual(expectedGrounds(before, 'main', ['heasoft']));
    expect(await fornax.adrift(topic)).toEqual([]);
  });

  it('builds for a second push to it on the base that the first one has built', async () => {
    const [before, after] = [await branched(), await leafPushed()];
    expect(failuresOf(after.run)).toEqual([]);
    expect(resultsOf(after.run)).toEqual({ ...green('plan', 'ciao'), ...publishing });
    expectWritten([before, after], { tags: [`ciao:${topic}`], built: ['ciao'], caches: onTopic(['ciao']) });
    expect(await fornax.grounds(after, topic, ['ciao'])).toEqual(expectedGrounds(before, topic, ['ciao']));
    expect(under(before, topic).heasoft).not.toBe(under(before, 'main').heasoft);
    expect(await fornax.adrift(topic)).toEqual([]);
  });

  it('builds and tests what a fork proposes, and writes nothing', async () => {
    const [before, after] = [await leafPushed(), await proposed()];
    expect(failuresOf(after.run)).toEqual([]);
    expect(resultsOf(after.run)).toEqual(green('plan', 'group--1-1'));
    expect(stepsOf(after.run, 'build-test')[0]?.summary).toContain('### Built and tested: 8');
    expectWritten([before, after], {});
  });

  it('does nothing for a pull request from a branch of its own, which was built when it was pushed', async () => {
    const [before, after] = [await proposed(), await proposedHere()];
    expect([after.run.exitCode, after.run.jobs]).toEqual([0, []]);
    expectWritten([before, after], {});
  });

  it('refuses to release files that nothing was built from, and writes nothing', async () => {
    const [before, after] = [await proposedHere(), await tooEarly()];
    expect(resultsOf(after.run)).toEqual({ plan: 'failure' });
    const [message] = stepsOf(after.run, 'matrix-generate')[0]?.errors ?? [];
    expect(message).toMatch(/^release-unproven: no image was built and tested yet .*: base_image, .*tractor/);
    expectWritten([before, after], {});
  });

  it('builds with a base all that is built on it, in the order of who is built on whom', async () => {
    const [before, after] = [await tooEarly(), await basePushed()];
    expect(failuresOf(after.run)).toEqual([]);
    expect(resultsOf(after.run)).toEqual({ ...green('plan', ...keys), ...publishing });
    expectWritten([before, after], { tags: tagged(topic), built: keys, caches: onTopic(keys) });
    expect(moved(before, after, topic)).toEqual(keys);
    expect(outOfOrder(after.run)).toEqual([]);
    expect(await fornax.grounds(after, topic, keys)).toEqual(expectedGrounds(after, topic, keys));
    expect(await fornax.adrift(topic)).toEqual([]);
  });

  it('releases from the branch that the release names, and moves stable on', async () => {
    const [before, after] = [await basePushed(), await branchReleased()];
    expect(failuresOf(after.run)).toEqual([]);
    expectWritten([before, after], { tags: tagged('v0.3.0', 'stable') });
    for (const tag of ['v0.3.0', 'stable']) expect(under(after, tag)).toEqual(under(before, topic));
  });

  it('leaves stable on a newer release when an older line gets one', async () => {
    const [before, after] = [await branchReleased(), await lineReleased()];
    expect(failuresOf(after.run)).toEqual([]);
    expectWritten([before, after], { tags: tagged('v0.2.1') });
    expect(under(after, 'v0.2.1')).toEqual(under(before, 'main'));
  });
});
