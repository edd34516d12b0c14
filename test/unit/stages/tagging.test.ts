import { describe, expect, it } from '@jest/globals';
import { type Digest, digestOf } from '../../../src/domain/digest.ts';
import type { TagRequest } from '../../../src/domain/tag-move.ts';
import { giveTags } from '../../../src/stages/tagging/driver.ts';
import { recordingLog } from '../../support/fake-log.ts';
import { FakeRegistry, type Fault } from '../../support/fake-registry.ts';
import { madeImage } from '../../support/made-image.ts';
import { madePlanned, tagsNamed } from '../../support/made-plan.ts';

const old = madeImage({ layers: [{ v: 'old' }] });
const fresh = madeImage({ layers: [{ v: 'new' }] });
const alien = madeImage({ layers: [{ v: 'alien' }] });
const a = madePlanned('a').repository;
const b = madePlanned('b').repository;

/** Both images lie in both repositories; v1.0.0 and latest name the old one. */
async function twoImages(): Promise<FakeRegistry> {
  const registry = new FakeRegistry();
  for (const repository of [a, b]) {
    for (const made of [fresh, alien]) await registry.publish(repository, made);
    for (const tag of ['v1.0.0', 'v1', 'latest']) await registry.publish(repository, old, tag);
  }
  return registry;
}

function requests(...lines: readonly string[]): readonly TagRequest[] {
  return lines.flatMap((line) => {
    const [key = '', name = ''] = line.split(':');
    const kind = /^v?\d+\.\d+\.\d+/.test(name) ? 'immutable' : 'floating';
    const { repository } = madePlanned(key);
    return tagsNamed(name).map((tag) => ({ key, repository, tag, kind, target: fresh.manifest.digest }) as const);
  });
}

/** Gives the tags, and tells the end: its state, and what every tag is said and seen to name. */
async function give(registry: FakeRegistry, lines: readonly string[], version: string | null = 'v1.1.0') {
  const log = recordingLog();
  const work = {
    set: digestOf('set'),
    policy: { version },
    requests: requests(...lines),
    stateIfRefused: 'no tag was written',
  };
  const report = await giveTags({ registry: registry.client, log, clock: registry.clock }, work);
  const tags: Record<string, string> = {};
  for (const tag of report.tags) {
    tags[`${tag.key}:${tag.tag}`] = nameOf((await registry.named(tag.repository, tag.tag)) ?? null);
    // Where the report says what a tag names, it names that.
    if (tag.is !== null) expect(nameOf(tag.is)).toBe(tags[`${tag.key}:${tag.tag}`]);
  }
  return { state: report.state, tags, report, log };
}

function nameOf(digest: Digest | null): string {
  const names = new Map([old, fresh, alien].map((made, at) => [made.manifest.digest, ['old', 'new', 'alien'][at]]));
  return digest === null ? 'nothing' : (names.get(digest) ?? digest);
}

const put = (tag: string, more: Partial<Fault> = {}): Fault => ({
  on: new RegExp(`^PUT .*/manifests/${tag}$`),
  status: 500,
  ...more,
});
const all = ['a:v1.1.0', 'b:v1.1.0', 'a:latest', 'b:latest'];
const floating = ['a:v1', 'b:v1', 'a:latest', 'b:latest'];

describe('a release over a registry', () => {
  it('gives every tag, the immutable ones first', async () => {
    const registry = await twoImages();
    const { state, tags } = await give(registry, all);
    expect([state, new Set(Object.values(tags))]).toEqual(['released', new Set(['new'])]);
    const kinds = registry.tagWrites.map((line) => (line.endsWith('latest') ? 'floating' : 'immutable'));
    expect(kinds).toEqual(['immutable', 'immutable', 'floating', 'floating']);
  });

  it('puts the very bytes of the manifest', async () => {
    const registry = await twoImages();
    await give(registry, all);
    expect((await registry.other.readManifest(a, fresh.manifest.digest))?.bytes).toEqual(fresh.manifest.bytes);
  });

  it('writes nothing the second time', async () => {
    const registry = await twoImages();
    await give(registry, all);
    const before = registry.tagWrites.length;
    expect((await give(registry, all)).state).toBe('unchanged');
    expect(registry.tagWrites).toHaveLength(before);
  });

  it('has nothing to do without requests', async () => {
    expect((await give(await twoImages(), [])).state).toBe('unchanged');
  });

  it('takes a write that was answered with a failure for what it did', async () => {
    const registry = (await twoImages()).fault(put('latest', { works: true }));
    expect(await give(registry, all)).toMatchObject({ state: 'released', tags: { 'a:latest': 'new' } });
  });

  it('takes a write whose line broke for what it did', async () => {
    const registry = (await twoImages()).fault(put('latest', { works: true, breaks: true }));
    expect((await give(registry, all)).state).toBe('released');
  });

  it('reads three times where a tag does not name its digest yet', async () => {
    const registry = (await twoImages()).fault(put('v1.1.0', { times: 1 }));
    const before = registry.clock.slept.length;
    await give(registry, ['a:v1.1.0']);
    expect(registry.clock.slept.slice(before)).toEqual([250, 500]);
  });

  it('moves no floating tag where an immutable one failed', async () => {
    const registry = (await twoImages()).fault(put('v1.1.0', { times: 1 }));
    const { state, tags } = await give(registry, all);
    expect([state, tags]).toEqual([
      'partial',
      { 'a:v1.1.0': 'nothing', 'b:v1.1.0': 'new', 'a:latest': 'old', 'b:latest': 'old' },
    ]);
  });

  it('is rolled back where every immutable tag failed', async () => {
    const registry = (await twoImages()).fault(put('v1.1.0'));
    const { state, tags } = await give(registry, all);
    expect([state, tags['a:latest']]).toEqual(['rolled-back', 'old']);
  });

  it('puts all floating tags back where the last one failed', async () => {
    const registry = (await twoImages()).fault(put('latest', { times: 2 }));
    const { state, tags, report } = await give(registry, floating);
    expect([state, new Set(Object.values(tags))]).toEqual(['rolled-back', new Set(['old'])]);
    expect(report.tags.map(({ why }) => why)).toEqual([
      ...Array(2).fill('it was moved, and put back when another tag failed'),
      // The reason that the registry gave, so that nobody has to look for it in the log.
      ...Array(2).fill(
        expect.stringMatching(/^the registry did not take it: registry\.test failed with 500 over the manifest latest/),
      ),
    ]);
  });

  it('cannot take back a floating tag that was not there, and says so', async () => {
    const registry = (await twoImages()).fault(put('latest'));
    const { state, tags, report } = await give(registry, ['a:main', 'a:latest']);
    expect([state, tags]).toEqual(['partial', { 'a:main': 'new', 'a:latest': 'old' }]);
    const left = 'it was not there before, and cannot be taken away again';
    expect(report.tags[0]).toMatchObject({ is: fresh.manifest.digest, why: left });
  });

  it('does not touch a tag that somebody else moved after the look, and puts back its own', async () => {
    const registry = await twoImages();
    const before = () => registry.publish(b, alien, 'latest');
    registry.fault({ on: /^PUT \/v2\/acme\/a\/manifests\/v1$/, times: 1, before });
    const { state, tags, report } = await give(registry, floating);
    expect([state, tags]).toEqual([
      'rolled-back',
      { 'a:v1': 'old', 'b:v1': 'old', 'a:latest': 'old', 'b:latest': 'alien' },
    ]);
    expect(report.tags.at(-1)?.why).toBe('somebody else moved it meanwhile');
  });

  it('does not put back over what somebody else wrote after it', async () => {
    const registry = await twoImages();
    const before = () => registry.publish(a, alien, 'v1');
    registry.fault(put('latest', { times: 1, before }));
    const { tags } = await give(registry, ['a:v1', 'a:latest']);
    expect(tags).toEqual({ 'a:v1': 'alien', 'a:latest': 'old' });
  });

  it('does not know what a tag names that it can no longer read', async () => {
    const registry = (await twoImages()).fault({ on: /^(HEAD|GET) .*\/a\/manifests\/latest$/, skip: 2, status: 500 });
    const { state, report } = await give(registry, ['a:latest']);
    expect([state, report.tags[0]?.is]).toEqual(['partial', null]);
  });
});
