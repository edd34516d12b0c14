import { describe, expect, it } from '@jest/globals';
import type { CommitRelation } from '../../../src/domain/branch-move.ts';
import { digestOf } from '../../../src/domain/digest.ts';
import { setOf } from '../../../src/domain/image-set.ts';
import { tagsOf } from '../../../src/domain/tags.ts';
import { parseVersion } from '../../../src/domain/version.ts';
import { release } from '../../../src/stages/release.ts';
import { recordingLog } from '../../support/fake-log.ts';
import { FakeRegistry } from '../../support/fake-registry.ts';
import { type MadeImage, madeImage, madeIndex } from '../../support/made-image.ts';
import { madeEvent, madePlan, madePlanned, madeRecord, tagsNamed } from '../../support/made-plan.ts';
import { madeRelease, namedBy, stageRelease } from '../../support/release-set.ts';

const { repository } = madePlanned('app');

/** An image that says this of its version. */
const saying = (version: string | undefined, layer = 'old'): MadeImage =>
  madeImage({
    layers: [{ v: layer }],
    config: version === undefined ? {} : { Labels: { 'org.opencontainers.image.version': version } },
  });

/** An index that says its version, of an image that does not. */
function annotated(version: string): MadeImage {
  const index = madeIndex([saying(undefined)]);
  const document = JSON.parse(new TextDecoder().decode(index.manifest.bytes));
  const annotations = { 'org.opencontainers.image.version': version };
  const bytes = new TextEncoder().encode(JSON.stringify({ ...document, annotations }));
  return { ...index, manifest: { ...index.manifest, bytes, digest: digestOf(bytes) } };
}

/** Releases 1.2.3 over what `latest` names, and tells what becomes of `latest` and why. */
async function over(
  now: MadeImage | undefined,
  options: { readonly tags?: readonly string[]; readonly others?: readonly string[]; readonly unknown?: 'move' } = {},
) {
  const version = '1.2.3';
  const { tags = [], others = [], unknown } = options;
  const registry = new FakeRegistry();
  const fresh = saying(version, 'new');
  await registry.publish(repository, fresh);
  for (const tag of others) await registry.publish(repository, saying(tag, 'other'), tag);
  if (now !== undefined) for (const tag of ['latest', ...tags]) await registry.publish(repository, now, tag);
  const own = { immutable: tagsNamed(version), floating: tagsNamed('latest') };
  const plan = madePlan({
    version,
    rights: { ...madePlan().rights, floating: true },
    images: [madePlanned('app', { tags: own })],
    ...(unknown === undefined ? {} : { release: { unknown } }),
  });
  const set = setOf(plan, [{ key: 'app', digest: fresh.manifest.digest, record: fresh.manifest.digest }]);
  const ports = { registry: registry.client, clock: registry.clock, log: recordingLog() };
  const report = await release(ports, { plan, set }, 'all');
  const latest = report.tags.find(({ tag }) => tag === 'latest');
  return { why: latest?.why, isNew: latest?.is === fresh.manifest.digest };
}

describe('latest', () => {
  it('follows an older version that the image itself says', async () => {
    const { why, isNew } = await over(saying('1.2.2'));
    expect([why, isNew]).toEqual(['1.2.3 follows 1.2.2', true]);
  });

  it('stays on a newer version: a fix of an older line does not take it', async () => {
    const { why, isNew } = await over(saying('2.0.1'), { tags: ['2.0.1'] });
    expect([why, isNew]).toEqual(['it names 2.0.1, which is newer than 1.2.3', false]);
  });

  it('believes a version tag more than a label that was inherited from a base', async () => {
    const { why } = await over(saying('24.04'), { tags: ['1.2.2'] });
    expect(why).toBe('1.2.3 follows 1.2.2');
  });

  it('reads the labels of the first platform of an index', async () => {
    expect((await over(madeIndex([saying('1.0.0')]))).why).toBe('1.2.3 follows 1.0.0');
  });

  it('reads the annotations of an index whose images say nothing', async () => {
    expect((await over(annotated('1.1.0'))).why).toBe('1.2.3 follows 1.1.0');
  });

  it('is compared with what it is, and not with the highest tag that exists', async () => {
    const { why, isNew } = await over(saying('1.2.2'), { others: ['2.0.0-rc.1', '2.0.0'] });
    expect([why, isNew]).toEqual(['1.2.3 follows 1.2.2', true]);
  });

  it('is refused where nobody can tell its version, unless the project says to move it', async () => {
    await expect(over(saying(undefined))).rejects.toMatchObject({ code: 'tag-refused' });
    const { why, isNew } = await over(saying(undefined), { unknown: 'move' });
    expect([isNew, why]).toEqual([true, expect.stringMatching(/latest-unknown says move$/)]);
  });

  it('is refused for another image of the same version', async () => {
    await expect(over(saying('1.2.3'))).rejects.toMatchObject({ what: expect.stringContaining('same version 1.2.3') });
  });

  it('is made by the first release', async () => {
    expect(await over(undefined)).toMatchObject({ why: 'it is new', isNew: true });
  });

  it.each<[string, string, readonly string[]]>([
    ['a version', '1.2.3', ['1.2', '1', 'latest']],
    ['a version below 1', '0.4.2', ['0.4', 'latest']],
    ['a prerelease', '1.3.0-rc.1', ['next']],
    ['a prerelease of Python', '1.3.0rc1', ['next']],
    ['a post release', '1.2.3.post1', ['1.2', '1', 'latest']],
  ])('and all others that follow %s (%s) are %p', (_, version, floating) => {
    const rights = { ...madePlan().rights, versionTag: true, floating: true };
    const [channel] = tagsNamed('next');
    const rules = { number: 1, date: new Date(0), channel };
    expect(
      tagsOf(madeEvent({ ref: `refs/tags/${version}` }), rights, parseVersion(version, 'test'), rules).floating,
    ).toEqual(floating);
  });
});

const commits = { old: 'b'.repeat(40), ours: 'a'.repeat(40) };

/** Runs a push to the branch over what an earlier or a later run has left there; two images. */
async function branch(relation: CommitRelation, runs: { readonly theirs: number; readonly ours: number }) {
  const registry = new FakeRegistry();
  const keys = ['one', 'two'];
  const fresh = madeImage({ layers: [{ v: 'ours' }] });
  for (const key of keys) {
    const planned = madePlanned(key);
    const theirs = madeImage({ layers: [{ v: `theirs ${key}` }] });
    await registry.publish(planned.repository, theirs, 'main');
    await registry.publish(planned.repository, fresh);
    const { digest, mediaType } = theirs.manifest;
    const run = { id: 'theirs', number: runs.theirs, attempt: 1 };
    await registry.attach(
      madeRecord(key, { repository: planned.repository, digest, mediaType, commit: commits.old, run }),
      theirs,
    );
  }
  const plan = madePlan({
    images: keys.map((key) => madePlanned(key)),
    run: { id: 'ours', number: runs.ours, attempt: 1 },
    commit: commits.ours,
  });
  const { digest } = fresh.manifest;
  const set = setOf(
    plan,
    keys.map((key) => ({ key, digest, record: digest })),
  );
  const asked: string[] = [];
  const history = async (commit: string): Promise<CommitRelation> => {
    asked.push(commit);
    return relation;
  };
  const ports = { registry: registry.client, clock: registry.clock, log: recordingLog() };
  const go = () => release(ports, { plan, set, facts: { history } }, 'all');
  return { report: await go(), again: await go(), asked, writes: registry.tagWrites };
}

describe('a branch tag', () => {
  it('follows to a commit that is built on the one behind it', async () => {
    const { report, asked } = await branch('ancestor', { theirs: 5, ours: 6 });
    expect(report.state).toBe('released');
    expect(report.tags.map(({ why }) => why)).toEqual(Array(2).fill('aaaaaaaaaaaa follows bbbbbbbbbbbb'));
    expect(asked.slice(0, 2)).toEqual([commits.old, commits.old]);
  });

  it('F32: is left alone by a run of an older commit that ends after a newer one, and by its re-run', async () => {
    const { report, again, writes } = await branch('descendant', { theirs: 6, ours: 5 });
    expect([report.state, again.state]).toEqual(['unchanged', 'unchanged']);
    expect(report.tags[0]?.why).toMatch(/^superseded: it is of bbbbbbbbbbbb/);
    expect(writes).toEqual([]);
  });

  it('goes by the number of the run after a force push', async () => {
    expect((await branch('apart', { theirs: 5, ours: 6 })).report.state).toBe('released');
    expect((await branch('apart', { theirs: 6, ours: 5 })).report.state).toBe('unchanged');
  });
});

describe('F34: a release that was cancelled while it waited, or one of an older version that comes late', () => {
  it('moves no floating tag back, and its re-run writes nothing', async () => {
    const registry = new FakeRegistry();
    const [older, newer] = [madeRelease('1.2.3'), madeRelease('1.2.4')];
    for (const one of [older, newer]) await stageRelease(registry.other, one);
    const ports = { registry: registry.client, clock: registry.clock, log: recordingLog() };
    expect((await release(ports, newer, 'all')).state).toBe('released');
    expect((await release(ports, older, 'all')).state).toBe('released');
    const before = registry.tagWrites.length;
    expect((await release(ports, older, 'all')).state).toBe('unchanged');
    expect(registry.tagWrites).toHaveLength(before);
    expect(await namedBy(registry.other, newer)).toEqual(newer.wanted);
    expect(await namedBy(registry.other, older)).toMatchObject({ 'image0:1.2.3': older.wanted['image0:1.2.3'] });
  });
});

describe('F21: an index that is released', () => {
  it('keeps its digest and its bytes', async () => {
    const registry = new FakeRegistry();
    const index = madeIndex([madeImage(), madeImage({ platform: 'linux/arm64' })], { attestation: true });
    await registry.publish(repository, index);
    const plan = madePlan({ images: [madePlanned('app')] });
    const { digest } = index.manifest;
    const set = setOf(plan, [{ key: 'app', digest, record: digest }]);
    const ports = { registry: registry.client, clock: registry.clock, log: recordingLog() };
    expect((await release(ports, { plan, set })).state).toBe('released');
    const [main] = tagsNamed('main');
    if (main === undefined) throw new Error('there is a tag');
    expect((await registry.other.readManifest(repository, main))?.bytes).toEqual(index.manifest.bytes);
  });
});

describe('a weekly rebuild', () => {
  const labelled = (revision: string, layer = 'same'): MadeImage =>
    madeImage({
      layers: [{ v: layer }],
      config: {
        Labels: { 'org.opencontainers.image.revision': revision, 'org.opencontainers.image.version': '1.2.3' },
      },
    });
  const rebuilt = async (published: MadeImage, fresh: MadeImage, under = '1.2.3') => {
    const registry = new FakeRegistry();
    await registry.publish(repository, published, under);
    await registry.publish(repository, fresh);
    const tags = { immutable: tagsNamed('1.2.3-r20260109.9'), floating: [] };
    const event = madeEvent({ name: 'schedule' });
    const rights = { ...madePlan().rights, branchTag: false, versionTag: true };
    const plan = madePlan({ version: '1.2.3', event, rights, images: [madePlanned('app', { tags })] });
    const { digest } = fresh.manifest;
    const set = setOf(plan, [{ key: 'app', digest, record: digest }]);
    const ports = { registry: registry.client, clock: registry.clock, log: recordingLog() };
    const report = await release(ports, { plan, set }, 'all');
    return { state: report.state, notes: report.notes, writes: registry.tagWrites };
  };

  it('gives no tag to an image that came out as the published one, but for the commit in its label', async () => {
    const { state, notes, writes } = await rebuilt(labelled('a'.repeat(40)), labelled('b'.repeat(40)));
    expect([state, writes]).toEqual(['unchanged', []]);
    expect(notes).toEqual([
      expect.stringContaining('app is unchanged: it was built anew, and has the fingerprint of 1.2.3'),
    ]);
  });

  it('compares with the last rebuild, which is what users have', async () => {
    const { notes } = await rebuilt(labelled('a'.repeat(40)), labelled('b'.repeat(40)), '1.2.3-r20260102.4');
    expect(notes).toEqual([expect.stringContaining('of 1.2.3-r20260102.4')]);
  });

  it('moves the tag that it renews, where that is wished, also to what a rebuild from before that wish is', async () => {
    const registry = new FakeRegistry();
    const [first, fresh] = [labelled('a'.repeat(40), 'first'), labelled('b'.repeat(40))];
    await registry.publish(repository, first, '1.2.3');
    await registry.publish(repository, labelled('c'.repeat(40)), '1.2.3-r20260102.4');
    await registry.publish(repository, fresh);
    const overwriting = async (digest = fresh.manifest.digest) => {
      const event = madeEvent({ name: 'schedule' });
      const rights = { ...madePlan().rights, branchTag: false, versionTag: true };
      const tags = { immutable: [], floating: tagsNamed('1.2.3') };
      const plan = madePlan({ version: '1.2.3', event, rights, images: [madePlanned('app', { tags })] });
      const set = setOf(plan, [{ key: 'app', digest, record: digest }]);
      const ports = { registry: registry.client, clock: registry.clock, log: recordingLog() };
      return release(ports, { plan, set }, 'all');
    };
    expect((await overwriting()).state).toBe('released');
    expect(await registry.named(repository, '1.2.3')).toBe(fresh.manifest.digest);
    // From then on it is compared with that tag itself.
    const again = labelled('d'.repeat(40));
    await registry.publish(repository, again);
    const { state, notes } = await overwriting(again.manifest.digest);
    expect([state, notes]).toEqual(['unchanged', [expect.stringContaining('has the fingerprint of 1.2.3;')]]);
  });

  it('gives a tag to one that differs', async () => {
    const { state, writes } = await rebuilt(labelled('a'.repeat(40)), labelled('a'.repeat(40), 'other'));
    expect([state, writes]).toEqual(['released', ['acme/app:1.2.3-r20260109.9']]);
  });
});
