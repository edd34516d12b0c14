import { describe, expect, it } from '@jest/globals';
import { digestOf } from '../../../src/domain/digest.ts';
import { setOf } from '../../../src/domain/image-set.ts';
import { push } from '../../../src/stages/push.ts';
import { release } from '../../../src/stages/release.ts';
import { fakeClock } from '../../support/fake-clock.ts';
import { recordingLog } from '../../support/fake-log.ts';
import { FakeRegistry } from '../../support/fake-registry.ts';
import { madeImage } from '../../support/made-image.ts';
import { madePlan, madePlanned, tagsNamed } from '../../support/made-plan.ts';

const old = madeImage({ layers: [{ v: 'old' }] });
const fresh = madeImage({ layers: [{ v: 'new' }] });
const { repository: a } = madePlanned('a');
const { repository: b } = madePlanned('b');

/** A release of version 1.1.0 of two images, or a push to a branch of that project. */
function releaseOf(floating = true) {
  const tags = { immutable: tagsNamed('1.1.0'), floating: tagsNamed('1', 'latest') };
  const rights = { ...madePlan().rights, floating };
  const images = [madePlanned('a', { tags }), madePlanned('b', { tags })];
  const plan = madePlan({ version: '1.1.0', rights, images });
  const digest = fresh.manifest.digest;
  return {
    plan,
    set: setOf(
      plan,
      images.map(({ key }) => ({ key, digest, record: digestOf(key) })),
    ),
  };
}

async function registryWith(tags: Readonly<Record<string, readonly string[]>>): Promise<FakeRegistry> {
  const registry = new FakeRegistry();
  for (const repository of [a, b]) await registry.publish(repository, fresh);
  for (const [key, names] of Object.entries(tags)) {
    for (const name of names) await registry.publish(madePlanned(key).repository, old, name);
  }
  return registry;
}

/** The step before has given the version tag. */
async function pushedWith(tags: Readonly<Record<string, readonly string[]>>): Promise<FakeRegistry> {
  const registry = await registryWith(tags);
  for (const repository of [a, b]) await registry.publish(repository, fresh, '1.1.0');
  return registry;
}

const ports = (registry: FakeRegistry) => ({ registry: registry.client, clock: fakeClock(), log: recordingLog() });

describe('a release is refused before its first write', () => {
  it('where an immutable tag names something else', async () => {
    const registry = await registryWith({ b: ['1.1.0'] });
    await expect(push(ports(registry), releaseOf())).rejects.toMatchObject({
      code: 'tag-refused',
      what: expect.stringContaining(`${b}:1.1.0: it names ${old.manifest.digest} for good`),
      exitCode: 1,
    });
    expect(registry.tagWrites).toEqual([]);
  });

  it('where nobody can tell which version a floating tag names', async () => {
    const registry = await pushedWith({ a: ['latest'] });
    await expect(release(ports(registry), releaseOf())).rejects.toMatchObject({ code: 'tag-refused' });
    expect(registry.tagWrites).toEqual([]);
  });

  it('where a tag would name images of two versions', async () => {
    const registry = await pushedWith({ a: ['2.0.0', 'latest'], b: ['1.0.0', 'latest'] });
    await expect(release(ports(registry), releaseOf())).rejects.toMatchObject({ code: 'tag-splits-set' });
    expect(registry.tagWrites).toEqual([]);
  });

  it('and not where another release is in the middle of its move: that is over within seconds', async () => {
    const registry = await pushedWith({ a: ['2.0.0', 'latest'], b: ['2.0.0'] });
    await registry.publish(b, madeImage({ layers: [{ v: 'older' }] }), '1.0.0');
    await registry.publish(b, madeImage({ layers: [{ v: 'older' }] }), 'latest');
    const slept: number[] = [];
    const sleep = async (ms: number) => {
      slept.push(ms);
      if (slept.length === 2) await registry.publish(b, old, 'latest');
    };
    const report = await release({ ...ports(registry), clock: { ...fakeClock(), sleep } }, releaseOf());
    expect(slept).toEqual([1000, 2000]);
    expect(report.tags.filter(({ tag }) => tag === 'latest').map(({ why }) => why)).toEqual(
      Array(2).fill('it names 2.0.0, which is newer than 1.1.0'),
    );
  });
});

describe('a floating tag', () => {
  it('stays where it names a newer version, and others move', async () => {
    const registry = await pushedWith({ a: ['2.0.0', 'latest'], b: ['2.0.0', 'latest'] });
    const report = await release(ports(registry), releaseOf());
    expect(report.state).toBe('released');
    expect(report.tags.map(({ tag, why }) => `${tag} ${why}`)).toEqual([
      ...Array(2).fill('1 it is new'),
      ...Array(2).fill('latest it names 2.0.0, which is newer than 1.1.0'),
    ]);
    expect(await registry.named(a, 'latest')).toBe(old.manifest.digest);
  });

  it('is told its version by the newest tag that names the same digest', async () => {
    const registry = await pushedWith({ a: ['0.9.0', '1.0.0', 'nightly', 'latest'] });
    const report = await release(ports(registry), releaseOf());
    expect(report.tags.find(({ key, tag }) => key === 'a' && tag === 'latest')?.why).toBe('1.1.0 follows 1.0.0');
  });

  it('of a branch moves without any version', async () => {
    const registry = await pushedWith({ a: ['latest'], b: ['latest'] });
    expect((await release(ports(registry), releaseOf(false))).state).toBe('released');
    expect(registry.lines.some((line) => line.includes('/tags/list'))).toBe(false);
  });

  it('moves tag by tag over the set, latest last', async () => {
    const registry = await pushedWith({});
    await release(ports(registry), releaseOf());
    expect(registry.tagWrites.map((line) => line.split(':')[1])).toEqual(['1', '1', 'latest', 'latest']);
  });

  it('is written by release, and the immutable one by push', async () => {
    const registry = await registryWith({});
    const work = releaseOf();
    await push(ports(registry), work);
    expect([...registry.tagWrites].sort()).toEqual(['acme/a:1.1.0', 'acme/b:1.1.0']);
  });
});
