import { describe, expect, it } from '@jest/globals';
import { release } from '../../../src/stages/release.ts';
import type { ReleaseFacts } from '../../../src/stages/tagging/facts.ts';
import { recordingLog } from '../../support/fake-log.ts';
import { FakeRegistry } from '../../support/fake-registry.ts';
import { madeImage, madeIndex } from '../../support/made-image.ts';
import { madePlan } from '../../support/made-plan.ts';
import { madeRelease, stageRelease } from '../../support/release-set.ts';

const made = madeRelease('1.1.0');
const [first] = made.images;
if (first === undefined) throw new Error('there is an image');

async function staged(): Promise<FakeRegistry> {
  const registry = new FakeRegistry();
  await stageRelease(registry.other, made);
  return registry;
}

const go = (registry: FakeRegistry, facts: ReleaseFacts = {}) => {
  const ports = { registry: registry.client, clock: registry.clock, log: recordingLog() };
  return release(ports, { ...made, facts }, 'all');
};

describe('before the first write', () => {
  it('all problems of the whole set are said together', async () => {
    const registry = await staged();
    const alien = madeImage({ layers: [{ v: 'alien' }] });
    await registry.publish(first.repository, alien, '1.1.0');
    registry.fault({ on: /^POST \/v2\/acme\/image1\/blobs\/uploads/, status: 403 });
    const facts: ReleaseFacts = {
      gitTag: async () => ({ kind: 'at', commit: 'f'.repeat(40) }),
      clockSkewMs: () => 3_600_000,
    };
    const error = await go(registry, facts).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'release-refused', exitCode: 1, state: 'no tag was written' });
    const lines = String(error instanceof Error && 'what' in error ? error.what : '').split('\n');
    expect(lines).toEqual([
      expect.stringContaining(`${first.repository}:1.1.0: it names ${alien.manifest.digest} for good`),
      expect.stringContaining(`the git tag 1.1.0 was at ${'a'.repeat(40)} when this run was planned`),
      expect.stringContaining('denies a visitor without a login the right to push registry.test/acme/image1'),
      expect.stringContaining('60 minutes apart'),
    ]);
    expect(registry.tagWrites).toEqual([]);
  });

  it.each<[string, ReleaseFacts, string]>([
    ['T28: the git tag was moved', { gitTag: async () => ({ kind: 'at', commit: 'f'.repeat(40) }) }, 'git-tag-moved'],
    ['T28: the git tag was deleted', { gitTag: async () => ({ kind: 'gone' }) }, 'git-tag-moved'],
    ['a clock is wrong', { clockSkewMs: () => 16 * 60_000 }, 'clock-wrong'],
  ])('it stops where %s', async (_, facts, code) => {
    const registry = await staged();
    await expect(go(registry, facts)).rejects.toMatchObject({ code, exitCode: 1 });
    expect(registry.tagWrites).toEqual([]);
  });

  it('a git tag that is where it was, and a clock that is a little off, are fine', async () => {
    const facts: ReleaseFacts = {
      gitTag: async () => ({ kind: 'at', commit: 'a'.repeat(40) }),
      clockSkewMs: () => 60_000,
    };
    expect((await go(await staged(), facts)).notes).toBeUndefined();
  });

  it('a git tag that nobody can read again stops nothing, and is said', async () => {
    const report = await go(await staged(), { gitTag: async () => ({ kind: 'unknown', why: 'there is no git' }) });
    expect(report).toMatchObject({
      state: 'released',
      notes: ['the git tag 1.1.0 was not read again before the release: there is no git'],
    });
  });

  it('a right that is denied everywhere is told as the registry tells it', async () => {
    const registry = await staged();
    registry.fault({ on: /^POST /, status: 403 });
    await expect(go(registry)).rejects.toMatchObject({ code: 'registry-denied', exitCode: 3 });
  });

  it('a digest that the registry has dropped stops it', async () => {
    const registry = new FakeRegistry();
    await registry.publish(first.repository, first.made);
    await expect(go(registry)).rejects.toMatchObject({
      code: 'digest-absent',
      what: expect.stringContaining('image1'),
    });
    expect(registry.tagWrites).toEqual([]);
  });

  it('an index that lacks a platform of the plan, or one of its members, stops it', async () => {
    const registry = new FakeRegistry();
    const amd64 = madeImage();
    const index = madeIndex([amd64, madeImage({ platform: 'linux/arm64' })]);
    await registry.publish(first.repository, index);
    registry.fault({ on: new RegExp(`^(GET|HEAD) .*/${amd64.manifest.digest}$`), status: 404 });
    const [image] = made.plan.images;
    if (image === undefined) throw new Error('there is an image');
    const plan = madePlan({ ...made.plan, images: [image] });
    const [inSet] = made.set.images;
    if (inSet === undefined) throw new Error('there is an image');
    const set = { ...made.set, images: [{ ...inSet, digest: index.manifest.digest }] };
    const ports = { registry: registry.client, clock: registry.clock, log: recordingLog() };
    await expect(release(ports, { plan, set }, 'all')).rejects.toMatchObject({
      code: 'platforms-incomplete',
      what: expect.stringContaining(`lists what is not there: ${amd64.manifest.digest}`),
    });
  });

  it('floating tags wait for the immutable ones', async () => {
    const registry = await staged();
    const ports = { registry: registry.client, clock: registry.clock, log: recordingLog() };
    await expect(release(ports, made)).rejects.toMatchObject({ code: 'release-before-push' });
    expect(registry.tagWrites).toEqual([]);
  });
});
