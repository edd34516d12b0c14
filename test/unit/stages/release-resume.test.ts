import { describe, expect, it } from '@jest/globals';
import { digestOf } from '../../../src/domain/digest.ts';
import { ReleaseJournal } from '../../../src/domain/release-journal.ts';
import { release } from '../../../src/stages/release.ts';
import { resume } from '../../../src/stages/resume.ts';
import { recordingLog } from '../../support/fake-log.ts';
import { FakeRegistry } from '../../support/fake-registry.ts';
import { madeImage } from '../../support/made-image.ts';
import { journalBox, type MadeRelease, madeRelease, namedBy, stageRelease } from '../../support/release-set.ts';

const old = madeRelease('1.2.2');
const made = madeRelease('1.2.3');

const portsOf = (registry: FakeRegistry) => ({ registry: registry.client, clock: registry.clock, log: recordingLog() });

/** A release of 1.2.3 that some fault stopped, with its journal as it lies on a disk. */
async function broken(fault: Parameters<FakeRegistry['fault']>[0]) {
  const registry = new FakeRegistry();
  for (const one of [old, made]) await stageRelease(registry.other, one);
  await release({ ...portsOf(registry), registry: registry.other }, old, 'all');
  const box = journalBox();
  registry.fault(fault);
  const { state } = await release(portsOf(registry), { ...made, facts: { keepJournal: box.keep } }, 'all');
  return { registry, state, journal: ReleaseJournal.parse(box.read()) };
}

const first = (release: MadeRelease) => {
  const [image] = release.images;
  if (image === undefined) throw new Error('there is an image');
  return image;
};

describe('a release that is taken up again', () => {
  it('F12: writes a tag again that a crash of the registry has torn', async () => {
    const { registry, state, journal } = await broken({
      on: /^PUT .*\/image0\/manifests\/1\.2\.3$/,
      times: 1,
      status: 500,
    });
    expect(state).toBe('partial');
    const torn = /^(GET|HEAD) .*\/image0\/manifests\/1\.2\.3$/;
    registry.fault({ on: torn, times: 2, status: 500 });
    expect((await resume(portsOf(registry), journal, {})).state).toBe('released');
    expect(await namedBy(registry.other, made)).toEqual(made.wanted);
  });

  it('writes only what is missing, and nothing when it is done', async () => {
    const { registry, journal } = await broken({ on: /^PUT .*\/image1\/manifests\/latest$/, times: 1, status: 500 });
    const before = registry.tagWrites.length;
    expect((await resume(portsOf(registry), journal, {})).state).toBe('released');
    expect(registry.tagWrites.length - before).toBe(6);
    expect((await resume(portsOf(registry), journal, {})).state).toBe('released');
    expect(registry.tagWrites.length - before).toBe(6);
  });

  it('leaves floating tags alone that a newer release has moved since, on the whole set', async () => {
    const { registry, journal } = await broken({ on: /^PUT .*\/image1\/manifests\/latest$/, times: 1, status: 500 });
    const newer = madeRelease('1.2.4');
    await stageRelease(registry.other, newer);
    await release({ ...portsOf(registry), registry: registry.other }, newer, 'all');
    const report = await resume(portsOf(registry), journal, {});
    expect(report.state).toBe('released');
    expect(report.tags.find(({ tag }) => tag === 'latest')?.why).toMatch(/newer than 1\.2\.3/);
    expect(await namedBy(registry.other, newer)).toEqual(newer.wanted);
  });

  it('is refused where an immutable tag names something else by now', async () => {
    const { registry, journal } = await broken({ on: /^PUT .*\/image0\/manifests\/1\.2\.3$/, times: 1, status: 500 });
    await registry.publish(first(made).repository, madeImage({ layers: [{ v: 'alien' }] }), '1.2.3');
    const before = registry.tagWrites.length;
    await expect(resume(portsOf(registry), journal, {})).rejects.toMatchObject({ code: 'tag-refused' });
    expect(registry.tagWrites).toHaveLength(before);
  });

  it('puts back what an earlier attempt moved, by the bytes in the journal, when it fails for good', async () => {
    const { registry, journal } = await broken({ on: /^PUT .*\/image1\/manifests\/latest$/, times: 1, status: 500 });
    // The earlier attempt ended in the middle: its first floating tags are moved.
    for (const { repository, made: image } of made.images) await registry.publish(repository, image, '1.2');
    registry.fault({ on: /^PUT .*\/image1\/manifests\/latest$/, status: 500 });
    for (const { made: image } of old.images) {
      registry.fault({ on: new RegExp(`^GET .*/manifests/${image.manifest.digest}$`), status: 404 });
    }
    expect((await resume(portsOf(registry), journal, {})).state).toBe('partial');
    const named = await namedBy(registry.other, made);
    expect([named['image0:1.2'], named['image1:1.2']]).toEqual([old.wanted['image0:1.2'], old.wanted['image1:1.2']]);
  });

  it('reads no journal of another form', () => {
    const journal = { schema: 'slipway.journal/2', set: digestOf('set') };
    expect(ReleaseJournal.safeParse(journal).success).toBe(false);
  });
});
