import { describe, expect, it } from '@jest/globals';
import { ReleaseJournal } from '../../../src/domain/release-journal.ts';
import { release } from '../../../src/stages/release.ts';
import { resume } from '../../../src/stages/resume.ts';
import { recordingLog } from '../../support/fake-log.ts';
import { FakeRegistry } from '../../support/fake-registry.ts';
import { journalBox, type MadeRelease, madeRelease, namedBy, stageRelease } from '../../support/release-set.ts';

const first = madeRelease('1.2.2');
const ours = madeRelease('1.2.3');
const newer = madeRelease('1.2.4');

const driven = (registry: FakeRegistry) => ({ registry: registry.other, clock: registry.clock, log: recordingLog() });

/** A registry where 1.2.2 was released, and where some images have another version already. */
async function begun(other: MadeRelease, places: readonly number[]): Promise<FakeRegistry> {
  const registry = new FakeRegistry();
  for (const made of [first, ours, other]) await stageRelease(registry.other, made);
  await release(driven(registry), first, 'all');
  const version = other.plan.version ?? '';
  for (const place of places) {
    const image = other.images[place];
    if (image !== undefined) await registry.publish(image.repository, image.made, version);
  }
  return registry;
}

/** Our release has looked at `latest` of the first image for the last time; before it writes it, something happens. */
function beforeLatest(registry: FakeRegistry, happens: () => Promise<unknown>): void {
  registry.fault({ on: /^PUT \/v2\/acme\/image0\/manifests\/latest$/, times: 1, before: happens });
}

async function latestOf(registry: FakeRegistry, made: MadeRelease) {
  const named = await namedBy(registry.other, made);
  return [named['image0:latest'], named['image1:latest']];
}

const wantedLatest = ({ wanted }: MadeRelease) => [wanted['image0:latest'], wanted['image1:latest']];

describe('F32: a newer release that comes to its end while we write', () => {
  it.each<[string, readonly number[]]>([
    ['had not begun', []],
    ['had begun with the first image', [0]],
    ['had begun with the last image', [1]],
  ])('and %s when we looked, has latest in the end', async (_, places) => {
    const registry = await begun(newer, places);
    beforeLatest(registry, () => release(driven(registry), newer, 'all'));
    const ports = { registry: registry.client, clock: registry.clock, log: recordingLog() };
    const report = await release(ports, ours, 'all');
    expect(report.state).toBe('released');
    expect(await latestOf(registry, newer)).toEqual(wantedLatest(newer));
    expect(report.tags.filter(({ tag }) => tag === 'latest').map(({ is }) => is)).toEqual(wantedLatest(newer));
    expect(report.notes).toContain(
      'registry.test/acme/image0:latest went on to a newer version that was released meanwhile',
    );
  });

  it('has it also where we die right after that, and are taken up again', async () => {
    const registry = await begun(newer, [0]);
    const box = journalBox();
    beforeLatest(registry, () => release(driven(registry), newer, 'all'));
    const never = () => new Promise<never>(() => {});
    registry.fault({ on: /^PUT .*\/image1\/manifests\/latest$/, before: never });
    // The first is the look before all.
    const dead = new Promise<void>((die) => {
      const before = () => {
        die();
        return never();
      };
      registry.fault({ on: /^GET .*\/image0\/manifests\/latest$/, skip: 1, before });
    });
    const ports = { registry: registry.client, clock: registry.clock, log: recordingLog() };
    void release(ports, { ...ours, facts: { keepJournal: box.keep } }, 'all');
    await dead;
    const report = await resume(driven(registry), ReleaseJournal.parse(box.read()), {});
    expect(['released', 'unchanged']).toContain(report.state);
    expect(await latestOf(registry, newer)).toEqual(wantedLatest(newer));
  });
});

describe('a newer version that we let be', () => {
  it('is one that was whole before us, and that latest was taken back from', async () => {
    const registry = await begun(newer, [0, 1]);
    const ports = { registry: registry.client, clock: registry.clock, log: recordingLog() };
    expect((await release(ports, ours, 'all')).state).toBe('released');
    expect(await latestOf(registry, ours)).toEqual(wantedLatest(ours));
  });

  it('is one that was there before us for all images that are still to be moved', async () => {
    const registry = await begun(newer, [1]);
    const [image] = ours.images;
    if (image !== undefined) await registry.publish(image.repository, image.made, 'latest');
    const box = journalBox();
    const dead = new Promise<void>((die) => {
      const before = () => {
        die();
        return new Promise<never>(() => {});
      };
      registry.fault({ on: /^PUT .*\/manifests\/latest$/, before });
    });
    const ports = { registry: registry.client, clock: registry.clock, log: recordingLog() };
    void release(ports, { ...ours, facts: { keepJournal: box.keep } }, 'all');
    await dead;
    expect((await resume(driven(registry), ReleaseJournal.parse(box.read()), {})).state).toBe('released');
    expect(await latestOf(registry, ours)).toEqual(wantedLatest(ours));
  });

  it('is one that not every image has got', async () => {
    const registry = await begun(newer, []);
    const [image] = newer.images;
    beforeLatest(registry, async () => image && registry.publish(image.repository, image.made, '1.2.4'));
    const ports = { registry: registry.client, clock: registry.clock, log: recordingLog() };
    expect((await release(ports, ours, 'all')).state).toBe('released');
    expect(await latestOf(registry, ours)).toEqual(wantedLatest(ours));
  });

  it('is a prerelease that came meanwhile', async () => {
    const candidate = madeRelease('1.3.0-rc.1', { floating: [] });
    const registry = await begun(candidate, [0]);
    beforeLatest(registry, () => release(driven(registry), candidate, 'all'));
    const ports = { registry: registry.client, clock: registry.clock, log: recordingLog() };
    expect((await release(ports, ours, 'all')).state).toBe('released');
    expect(await latestOf(registry, ours)).toEqual(wantedLatest(ours));
  });
});
