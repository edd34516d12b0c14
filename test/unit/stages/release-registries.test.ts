import { describe, expect, it } from '@jest/globals';
import { readRecords } from '../../../src/clients/records.ts';
import { createRegistryClient } from '../../../src/clients/registry/client.ts';
import { type DryRequest, dryHttp } from '../../../src/clients/registry/dry-http.ts';
import { digestOf } from '../../../src/domain/digest.ts';
import { parseRepository } from '../../../src/domain/image-ref.ts';
import { ReleaseJournal } from '../../../src/domain/release-journal.ts';
import { recordBytes } from '../../../src/formats/record-artifact.ts';
import { push } from '../../../src/stages/push.ts';
import { release } from '../../../src/stages/release.ts';
import { repoint } from '../../../src/stages/repoint.ts';
import { resume } from '../../../src/stages/resume.ts';
import { recordingLog } from '../../support/fake-log.ts';
import { madeImage } from '../../support/made-image.ts';
import { madePrefix, madeRecord, tagsNamed } from '../../support/made-plan.ts';
import { journalBox, madeRelease, namedBy, stageRelease } from '../../support/release-set.ts';
import { farOf, farPrefix, namedFar, TwoRegistries } from '../../support/two-registries.ts';

const old = madeRelease('1.2.2', { further: farPrefix });
const made = madeRelease('1.2.3', { further: farPrefix });
const [firstOld] = old.images;
const [first, second] = made.images;
if (first === undefined || second === undefined || firstOld === undefined) throw new Error('there are two images');

const portsOf = (both: TwoRegistries) => ({ registry: both.client, clock: both.near.clock, log: recordingLog() });

/** Both sets lie in the first registry, each image with its record; nothing is in the second. */
async function staged(): Promise<TwoRegistries> {
  const both = new TwoRegistries();
  for (const one of [old, made]) {
    await stageRelease(both.near.other, one);
    for (const { repository, made: image } of one.images) {
      await both.near.attach(madeRecord('image', { repository, digest: image.manifest.digest }), image);
    }
  }
  return both;
}

/** The older set was released to both. */
async function begun(): Promise<TwoRegistries> {
  const both = await staged();
  expect((await release(portsOf(both), old, 'all')).state).toBe('released');
  return both;
}

describe('a release to two registries', () => {
  it('is whole across both, with the records, and writes nothing the second time', async () => {
    const both = await begun();
    expect((await push(portsOf(both), made)).state).toBe('released');
    const pushed = both.far.lines.length;
    expect((await release(portsOf(both), made)).state).toBe('released');
    // What has a version tag was copied for it.
    expect(both.far.lines.slice(pushed).join('\n')).not.toContain('/referrers/');
    expect(await namedBy(both.near.other, made)).toEqual(made.wanted);
    expect(await namedFar(both, made)).toEqual(made.wanted);
    for (const { repository, made: image } of made.images) {
      const { records } = await readRecords(both.far.other, farOf(repository), image.manifest.digest);
      expect(records.map(({ record }) => record.digest)).toEqual([image.manifest.digest]);
      const copied = await both.far.other.readManifest(farOf(repository), image.manifest.digest);
      expect(Buffer.from(copied?.bytes ?? [])).toEqual(Buffer.from(image.manifest.bytes));
    }
    const before = both.writes.length;
    expect((await push(portsOf(both), made)).state).toBe('unchanged');
    expect((await release(portsOf(both), made)).state).toBe('unchanged');
    expect(both.writes).toHaveLength(before);
  });

  it('writes no tag anywhere before all is copied, and no floating one before every version is there', async () => {
    const both = await begun();
    const order: string[] = [];
    const note = (name: string) => async () => void order.push(name);
    for (const [name, registry] of [['near', both.near] as const, ['far', both.far] as const]) {
      registry.fault({ on: /^PUT .*\/manifests\/1\.2\.3$/, before: note(`${name} version`) });
      registry.fault({ on: /^PUT .*\/manifests\/(1\.2|1|latest)$/, before: note(`${name} floating`) });
      registry.fault({ on: /^PUT .*\/manifests\/sha256:/, before: note(`${name} content`) });
    }
    expect((await release(portsOf(both), made, 'all')).state).toBe('released');
    const kinds = order.map((one) => one.split(' ')[1]);
    expect(kinds.lastIndexOf('content')).toBeLessThan(kinds.indexOf('version'));
    expect(kinds.lastIndexOf('version')).toBeLessThan(kinds.indexOf('floating'));
    expect(new Set(order)).toEqual(
      new Set(['far content', 'near version', 'far version', 'near floating', 'far floating']),
    );
  });

  it('has the index of an image in parts in both, which is written to the first and copied from there', async () => {
    const both = new TwoRegistries();
    const parts = madeRelease('1.2.3', { count: 1, further: farPrefix, endsInIndex: true });
    const [image] = parts.images;
    if (image === undefined) throw new Error('there is an image');
    const { repository, made: whole } = image;
    for (const part of whole.children) await both.near.publish(repository, part);
    const record = madeRecord('image0', { repository, digest: whole.manifest.digest });
    const recordDigest = recordBytes(record).digest;
    const assembled = { kind: 'assembled' as const, index: whole.manifest, record, recordDigest };
    const split = [{ key: 'image0', repository, parts: [], whole: assembled }];
    expect((await release(portsOf(both), { ...parts, split }, 'all')).state).toBe('released');
    expect(await namedFar(both, parts)).toEqual(parts.wanted);
    const { records } = await readRecords(both.far.other, farOf(repository), whole.manifest.digest);
    expect(records.map(({ digest }) => digest)).toEqual([recordDigest]);
  });

  it('mounts what the same host has already under another path', async () => {
    const both = new TwoRegistries();
    const second = madeRelease('1.2.3', { further: `${madePrefix}/second` });
    await stageRelease(both.near.other, second);
    expect((await release(portsOf(both), second, 'all')).state).toBe('released');
    expect(await both.near.named(parseRepository(`${madePrefix}/second/image1`, 'test'), 'latest')).toBe(
      second.wanted['image1:latest'],
    );
    expect(both.near.lines.filter((line) => /^(PUT|PATCH) .*\/blobs\//.test(line))).toEqual([]);
  });

  it('takes back what the first registry got when the second fails for good', async () => {
    const both = await begun();
    both.far.fault({ on: /^PUT .*\/image1\/manifests\/latest$/, status: 500 });
    const report = await release(portsOf(both), made, 'all');
    expect(report.state).toBe('partial');
    const floating = (named: object) => Object.entries(named).filter(([tag]) => !tag.endsWith(':1.2.3'));
    const was = Object.fromEntries(floating(await namedBy(both.near.other, made)));
    for (const tag of ['1.2', '1', 'latest']) {
      expect(was[`image0:${tag}`]).toBe(old.wanted[`image0:${tag}`]);
    }
    expect(Object.fromEntries(floating(await namedFar(both, made)))).toEqual(was);
    // The versions are what they should be, and nobody followed them yet.
    expect(report.tags.filter(({ is, should }) => is !== should).map(({ kind }) => kind)).not.toContain('immutable');
  });

  it('is taken up by its journal, which says where content comes from, with no write too many', async () => {
    const both = await begun();
    const box = journalBox();
    both.far.fault({ on: /^PUT .*\/image1\/manifests\/latest$/, times: 1, status: 500 });
    await release(portsOf(both), { ...made, facts: { keepJournal: box.keep } }, 'all');
    const journal = ReleaseJournal.parse(box.read());
    const hosts = new Set(journal.tags.map(({ repository }) => repository.split('/')[0]));
    expect([...hosts].sort()).toEqual(['mirror.test', 'registry.test']);
    expect(journal.tags.find(({ repository }) => repository === farOf(first.repository))?.source).toBe(
      first.repository,
    );
    const before = both.writes.filter((line) => !line.includes('/blobs/uploads/')).length;
    expect((await resume(portsOf(both), journal, {})).state).toBe('released');
    expect(await namedFar(both, made)).toEqual(made.wanted);
    expect(await namedBy(both.near.other, made)).toEqual(made.wanted);
    expect(both.writes.filter((line) => !line.includes('/blobs/uploads/')).length - before).toBe(12);
  });

  it('stops before every tag where content cannot be copied, says which registry it was, and goes on from there', async () => {
    const both = await begun();
    both.far.fault({ on: /^PUT .*\/image1\/manifests\/sha256:/, times: 1, status: 500 });
    const before = [...both.near.tagWrites, ...both.far.tagWrites];
    await expect(release(portsOf(both), made, 'all')).rejects.toMatchObject({
      what: expect.stringContaining(`could not be copied to ${farOf(second.repository)}`),
      state: expect.stringContaining('no tag was written, in no registry'),
    });
    expect([...both.near.tagWrites, ...both.far.tagWrites]).toEqual(before);
    expect((await release(portsOf(both), made, 'all')).state).toBe('released');
    expect(await namedFar(both, made)).toEqual(made.wanted);
  });

  it('looks again, piece by piece, where what was copied does not show, and gives up before any tag', async () => {
    const both = await begun();
    const hidden = new RegExp(`^GET .*/image0/manifests/${first.made.manifest.digest}$`);
    both.far.fault({ on: hidden, times: 2, status: 404 });
    await expect(release(portsOf(both), made, 'all')).rejects.toMatchObject({ code: 'copy-incomplete' });
    expect(await both.near.named(first.repository, '1.2.3')).toBeUndefined();
    both.far.fault({ on: hidden, times: 1, status: 404 });
    expect((await release(portsOf(both), made, 'all')).state).toBe('released');
  });

  it('copies by a clock of its own, and has all its time for the tags after that', async () => {
    const both = await begun();
    const budgets: (number | undefined)[] = [];
    const renewed = (budgetMs?: number) => {
      budgets.push(budgetMs);
      return both.client;
    };
    expect((await release({ ...portsOf(both), renewed }, made, 'all')).state).toBe('released');
    expect(budgets).toEqual([2 * 3_600_000, undefined]);
    await release({ ...portsOf(both), renewed }, made, 'all');
    expect(budgets).toHaveLength(2);
  });

  it('shows all of it with a dry run, and writes nothing', async () => {
    const both = await begun();
    const before = both.writes;
    const requests: DryRequest[] = [];
    const http = dryHttp(both.http, (request) => void requests.push(request));
    const registry = createRegistryClient({
      http,
      clock: both.near.clock,
      random: { hex: (digits) => '7'.repeat(digits) },
    });
    expect((await release({ ...portsOf(both), registry }, made, 'all')).state).toBe('released');
    expect(both.writes).toEqual(before);
    const puts = requests.filter(({ method }) => method === 'PUT').map(({ at }) => at);
    expect(puts).toContain(`mirror.test/v2/team/image0/manifests/${first.made.manifest.digest}`);
    expect(puts).toContain('mirror.test/v2/team/image1/manifests/latest');
    expect(puts).toContain('registry.test/v2/acme/image1/manifests/latest');
  });
});

describe('before a release to two registries', () => {
  it('all that is wrong with either is said together, and nothing is written', async () => {
    const both = await begun();
    await both.far.publish(farOf(first.repository), madeImage({ layers: [{ v: 'other' }] }), '1.2.3');
    both.far.fault({ on: /^POST .*\/image1\/blobs\/uploads\/$/, status: 403 });
    both.near.fault({ on: /^POST .*\/image0\/blobs\/uploads\/$/, status: 403 });
    const before = [...both.near.tagWrites, ...both.far.tagWrites];
    const error = await release(portsOf(both), made, 'all').catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'release-refused', state: 'no tag was written' });
    const said = error instanceof Error ? error.message : '';
    expect(said).toContain(`${farOf(first.repository)}:1.2.3`);
    expect(said).toContain('team/image1');
    expect(said).toContain('acme/image0');
    expect([...both.near.tagWrites, ...both.far.tagWrites]).toEqual(before);
  });

  it('latest is decided by what it names in each, and one that is newer keeps it everywhere', async () => {
    const both = await begun();
    const newer = madeRelease('1.3.0');
    const [image] = newer.images;
    if (image === undefined) throw new Error('there is an image');
    await both.far.publish(farOf(first.repository), image.made, 'latest');
    await expect(release(portsOf(both), made, 'all')).rejects.toMatchObject({ code: 'tag-splits-set' });
    expect(await both.near.named(first.repository, '1.2.3')).toBeUndefined();
    expect(await both.far.named(farOf(first.repository), '1.2.3')).toBeUndefined();
  });

  it('a registry that was added later gets the set that the first one has', async () => {
    const both = await staged();
    const { plan } = madeRelease('1.2.3');
    expect((await release(portsOf(both), { ...made, plan }, 'all')).state).toBe('released');
    const before = both.near.tagWrites.length;
    const report = await release(portsOf(both), made, 'all');
    expect([report.state, both.near.tagWrites.length]).toEqual(['released', before]);
    expect(await namedFar(both, made)).toEqual(made.wanted);
  });
});

describe('a tag that goes back on purpose', () => {
  it('goes back in both, or in none', async () => {
    const both = await begun();
    await release(portsOf(both), made, 'all');
    const [latest] = tagsNamed('latest');
    if (latest === undefined) throw new Error('there is a tag');
    const one = { key: 'image0', tag: latest, from: first.made.manifest.digest, to: firstOld.made.manifest.digest };
    const near = { ...one, repository: first.repository };
    const far = { ...one, repository: farOf(first.repository), source: first.repository };
    const foreign = { ...far, from: digestOf('what somebody else put there') };
    await expect(repoint(portsOf(both), [near, foreign])).rejects.toMatchObject({ code: 'tag-refused' });
    expect(await both.near.named(near.repository, 'latest')).toBe(one.from);
    expect((await repoint(portsOf(both), [near, far])).state).toBe('released');
    expect(await both.near.named(near.repository, 'latest')).toBe(one.to);
    expect(await both.far.named(far.repository, 'latest')).toBe(one.to);
  });
});
