import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createPorts } from '../../../src/adapters/create-ports.ts';
import { attachRecord } from '../../../src/clients/records.ts';
import { createRegistryClient } from '../../../src/clients/registry/client.ts';
import { repositoryContent } from '../../../src/clients/registry/repository-content.ts';
import { type Digest, digestOf } from '../../../src/domain/digest.ts';
import { parseTag } from '../../../src/domain/image-ref.ts';
import type { ImageRecord } from '../../../src/domain/record.ts';
import { gateTagged } from '../../../src/pipelines/actions/retag.ts';
import { type DeskWork, releaseHere } from '../../../src/pipelines/desk-release.ts';
import { planHere } from '../../../src/pipelines/plan.ts';
import { release } from '../../../src/stages/release.ts';
import { readImage } from '../../../src/store/image-content.ts';
import { createStore } from '../../../src/store/store.ts';
import { recordingLog } from '../../support/fake-log.ts';
import { type MadeImage, madeImage, madeIndex, writeMade } from '../../support/made-image.ts';
import { madeEvent, madePlatformRecord, madeRecord } from '../../support/made-plan.ts';
import { type EmbeddedRegistry, repositoryAt, startEmbedded } from '../../support/registries.ts';

const git = promisify(execFile);
const user = ['-c', 'user.name=A tester', '-c', 'user.email=tester@example.com'];
const keys = ['one', 'two'] as const;
const set: DeskWork = { kind: 'set', tags: 'all' };
const tag = 'refs/tags/1.2.3';
const log = recordingLog();
const created = createPorts();
const ports = { ...created, log };
const client = createRegistryClient(ports);

let registry: EmbeddedRegistry;
let folder: string;

beforeEach(async () => {
  registry = await startEmbedded({ clock: ports.clock });
  folder = await mkdtemp(path.join(tmpdir(), 'slipway-release-'));
  await git('git', ['-C', folder, 'init', '--quiet', '--initial-branch', 'main']);
  await writeFile(path.join(folder, 'VERSION'), '1.2.3\n');
  await writeFile(path.join(folder, 'slipway.yml'), 'images:\n  one: {}\n  two: {}\nallow-untested: [one, two]\n');
  for (const key of keys) {
    await git('mkdir', ['-p', path.join(folder, key)]);
    await writeFile(path.join(folder, key, 'Dockerfile'), 'FROM scratch\nCOPY . /\n');
  }
  await commit('first');
});

afterEach(async () => {
  await registry[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

async function commit(message: string): Promise<string> {
  await git('git', ['-C', folder, 'add', '--all']);
  await git('git', ['-C', folder, ...user, 'commit', '--quiet', '--allow-empty', '--message', message]);
  return (await git('git', ['-C', folder, 'rev-parse', 'HEAD'])).stdout.trim();
}

const prefix = (): string => `${registry.host}/acme`;
const repositoryOf = (key: string) => repositoryAt(registry, `acme/${key}`);
const onPlatform = (key: string, version: string, platform: string): MadeImage =>
  madeImage({
    platform,
    layers: [{ v: `${key} ${version}` }],
    config: { Labels: { 'org.opencontainers.image.version': version } },
  });
/** The second is there for two platforms, with attestations. */
const imageOf = (key: string, version: string): MadeImage => {
  const amd64 = onPlatform(key, version, 'linux/amd64');
  return key === 'one' ? amd64 : madeIndex([amd64, onPlatform(key, version, 'linux/arm64')], { attestation: true });
};

/** Puts both images there as a run of the branch would have: proven, under the name of the branch. */
async function proven(version = '1.2.3', tags: readonly string[] = ['main']): Promise<void> {
  const plan = await planHere(ports, { repo: folder, registry: prefix(), ref: tag, offline: true });
  for (const { key, identity } of plan.images) {
    const made = imageOf(key, version);
    const repository = repositoryOf(key);
    await writeMade(repositoryContent(client, repository), made);
    const content = await readImage(repositoryContent(client, repository), made.manifest.digest);
    const platforms = content.platforms.map((one) => ({
      ...madePlatformRecord(one.platform, key),
      ...{ digest: one.digest, config: one.configDigest, diffIds: [...one.config.rootfs.diff_ids] },
    }));
    const { digest, mediaType } = made.manifest;
    const record = madeRecord(key, {
      ...{ repository, identity, digest, mediaType, platforms, tests: [], test: 'untested', dirty: false },
      commit: plan.commit,
    });
    await attachRecord(client, repository, record, [made.descriptor]);
    for (const name of tags) await client.putManifest(repository, parseTag(name, 'test'), made.manifest);
  }
}

/** What a run has left as artifacts that uploaded nothing, downloaded into a folder. */
async function downloaded(change: (record: ImageRecord) => ImageRecord = (record) => record): Promise<string> {
  const at = path.join(folder, '.git', 'downloaded');
  const plan = await planHere(ports, { repo: folder, registry: prefix(), ref: tag, offline: true });
  for (const { key, identity } of plan.images) {
    const made = imageOf(key, '1.2.3');
    const store = await createStore(ports, path.join(at, `slipway-store-${key}`), { name: key });
    await writeMade(store, made);
    const content = await readImage(store, made.manifest.digest);
    const platforms = content.platforms.map((one) => ({
      ...madePlatformRecord(one.platform, key),
      ...{ digest: one.digest, config: one.configDigest, diffIds: [...one.config.rootfs.diff_ids] },
    }));
    const { digest, mediaType } = made.manifest;
    const record = madeRecord(key, {
      ...{ repository: repositoryOf(key), identity, digest, mediaType, platforms, tests: [], test: 'untested' },
      ...{ dirty: false, commit: plan.commit },
    });
    const result = { schema: 'slipway.result/1', plan: digest, row: key, run: plan.run, records: [change(record)] };
    await mkdir(path.join(at, `slipway-record-${key}`), { recursive: true });
    await writeFile(path.join(at, `slipway-record-${key}`, 'result.json'), JSON.stringify(result));
  }
  return at;
}

const go = (work: DeskWork, dryRun = false) =>
  releaseHere(ports, { repo: folder, registry: prefix(), ref: tag, dryRun }, work);

async function named(name: string): Promise<readonly (Digest | undefined)[]> {
  return Promise.all(
    keys.map(async (key) => (await client.resolve(repositoryOf(key), parseTag(name, 'test')))?.digest),
  );
}

const digestsOf = (version: string) => keys.map((key) => imageOf(key, version).manifest.digest);
const journals = async () =>
  (await readdir(path.join(folder, '.slipway'))).filter((name) => name.startsWith('journal-'));
const writes = (since: number) => registry.lines.slice(since).filter(({ method }) => !['GET', 'HEAD'].includes(method));

describe('a release at a desk', () => {
  it('gives a proven set all its tags, leaves no journal, and does nothing the second time', async () => {
    await proven();
    expect((await go(set)).report.state).toBe('released');
    for (const name of ['1.2.3', '1.2', '1', 'latest']) expect(await named(name)).toEqual(digestsOf('1.2.3'));
    expect(await journals()).toEqual([]);
    const since = registry.lines.length;
    expect((await go(set)).report.state).toBe('unchanged');
    expect(writes(since)).toEqual([]);
  });

  it('uploads what a run has left as artifacts, once all of it is proven, and releases it', async () => {
    const store = await downloaded();
    await expect(go(set)).rejects.toMatchObject({ code: 'release-unproven', next: expect.stringContaining('--store') });
    const dry = await go({ ...set, store }, true);
    expect([dry.report.state, writes(0)]).toEqual(['released', []]);
    expect((await go({ ...set, store })).report.state).toBe('released');
    for (const name of ['1.2.3', 'latest']) expect(await named(name)).toEqual(digestsOf('1.2.3'));
    // The proof came along: now the registry speaks for it.
    expect((await go(set)).report.state).toBe('unchanged');
  });

  it('uploads them to the registry that it is told, wherever the run would have published', async () => {
    await using ofTheRun = await startEmbedded({ clock: ports.clock });
    const store = await downloaded((record) => ({ ...record, repository: repositoryAt(ofTheRun, `ci/${record.key}`) }));
    expect((await go({ ...set, store })).report.state).toBe('released');
    for (const name of ['1.2.3', 'latest']) expect(await named(name)).toEqual(digestsOf('1.2.3'));
    expect(ofTheRun.lines).toEqual([]);
  });

  it.each([
    ['whose tests failed', { test: 'failed' as const }, 'gate-mismatch'],
    ['of other files', { identity: digestOf('other files') }, 'gate-mismatch'],
    ['that is not in its store', { digest: digestOf('another image') }, 'gate-unverifiable'],
  ])('uploads nothing of a set with an image %s', async (_, change, code) => {
    const store = await downloaded((record) => (record.key === 'two' ? { ...record, ...change } : record));
    await expect(go({ ...set, store })).rejects.toMatchObject({ code });
    expect(writes(0)).toEqual([]);
  });

  it('says which record is lacking in what was downloaded', async () => {
    const store = await downloaded();
    await rm(path.join(store, 'slipway-record-two'), { recursive: true });
    await expect(go({ ...set, store })).rejects.toMatchObject({
      code: 'store-without-record',
      what: 'nothing there says that two passed its tests',
    });
    expect(writes(0)).toEqual([]);
  });

  it('gives the immutable tags alone', async () => {
    await proven();
    expect((await go({ kind: 'set', tags: 'immutable' })).report.state).toBe('released');
    expect([await named('1.2.3'), await named('latest')]).toEqual([digestsOf('1.2.3'), [undefined, undefined]]);
  });

  it('shows every request and writes nothing with a dry run', async () => {
    await proven();
    const since = registry.lines.length;
    const { report, requests } = await go(set, true);
    expect(report.state).toBe('released');
    expect(writes(since)).toEqual([]);
    expect(await named('latest')).toEqual([undefined, undefined]);
    const puts = requests?.filter(({ method }) => method === 'PUT').map(({ at }) => at);
    expect(puts).toEqual(
      ['1.2.3', '1.2', '1', 'latest'].flatMap((name) =>
        keys.map((key) => `${prefix().replace('/', '/v2/')}/${key}/manifests/${name}`),
      ),
    );
    expect(await journals().catch(() => [])).toEqual([]);
  });

  it('is refused where an image is not proven for these files', async () => {
    await expect(go(set)).rejects.toMatchObject({ code: 'release-unproven', exitCode: 2 });
  });

  it('T28: is refused where the git tag names another commit by now', async () => {
    await proven();
    const first = (await git('git', ['-C', folder, 'rev-parse', 'HEAD'])).stdout.trim();
    await git('git', ['-C', folder, 'tag', '1.2.3', await commit('second')]);
    await git('git', ['-C', folder, 'checkout', '--quiet', first]);
    await expect(go(set)).rejects.toMatchObject({ code: 'git-tag-moved', exitCode: 1 });
    expect(await named('1.2.3')).toEqual([undefined, undefined]);
  });

  it('that fails is rolled back, and taken up from its journal', async () => {
    await proven();
    await proven('1.2.2', ['1.2.2', '1.2', '1', 'latest']);
    await proven();
    const broken = await releaseHere(
      {
        ...ports,
        http: {
          send: async (request) => {
            const isLatest = request.method === 'PUT' && request.url.endsWith('/two/manifests/latest');
            return ports.http.send(
              isLatest ? { ...request, url: request.url.replace('manifests/latest', 'nowhere') } : request,
            );
          },
        },
      },
      { repo: folder, registry: prefix(), ref: tag, dryRun: false },
      set,
    );
    expect(broken.report.state).toBe('partial');
    expect(await named('1.2.3')).toEqual(digestsOf('1.2.3'));
    for (const name of ['1.2', '1', 'latest']) expect(await named(name)).toEqual(digestsOf('1.2.2'));
    expect(await journals()).toHaveLength(1);
    const { report } = await go({ kind: 'resume', journal: undefined });
    expect(report.state).toBe('released');
    for (const name of ['1.2', '1', 'latest']) expect(await named(name)).toEqual(digestsOf('1.2.3'));
    expect(await journals()).toEqual([]);
    await expect(go({ kind: 'resume', journal: undefined })).rejects.toMatchObject({ code: 'journal-missing' });
  });
});

describe('a floating tag that is moved back on purpose', () => {
  const repoint = (from: readonly string[], to: readonly string[], name = 'latest'): DeskWork => ({
    kind: 'repoint',
    wish: { tag: name, from, to },
  });

  beforeEach(async () => {
    await proven('1.2.2', ['1.2.2']);
    await proven();
    await go(set);
  });

  it('moves from exact digests to exact digests, for all images named', async () => {
    const work = repoint(digestsOf('1.2.3'), digestsOf('1.2.2'));
    expect((await go(work)).report.state).toBe('released');
    expect(await named('latest')).toEqual(digestsOf('1.2.2'));
    expect(await named('1.2')).toEqual(digestsOf('1.2.3'));
    expect((await go(work)).report.state).toBe('unchanged');
  });

  it.each<[string, DeskWork, string]>([
    ['it names another digest', repoint(digestsOf('0.9.0'), digestsOf('1.2.2')), 'repoint-other-digest'],
    ['a digest has no pair', repoint(digestsOf('1.2.3'), []), 'repoint-unpaired'],
    ['it is a version', repoint(digestsOf('1.2.3'), digestsOf('1.2.2'), '1.2.3'), 'repoint-version'],
    ['nothing proves the other digest', repoint(digestsOf('1.2.3'), digestsOf('0.9.0')), 'record-missing'],
  ])('is refused where %s', async (_, work, code) => {
    const since = registry.lines.length;
    await expect(go(work)).rejects.toMatchObject({ code });
    expect(writes(since)).toEqual([]);
  });
});

describe('tags for images that were built before', () => {
  const retag = (to: readonly string[], from = 'main') => {
    const event = madeEvent();
    const host = { event, run: { id: 'run', number: 4, attempt: 1 }, workspace: folder, temp: folder };
    return gateTagged(ports, host, { from, to, registry: prefix() });
  };
  const give = async (to: readonly string[]) => {
    const { plan, set: tagged, registry: own, verdict } = await retag(to);
    expect(verdict.state).toBe('match');
    return release({ ...ports, registry: own }, { plan, set: tagged }, 'all');
  };

  it('go to all of them, with all their platforms, whichever run built them', async () => {
    await proven();
    expect((await give(['v1.2.3', 'stable'])).state).toBe('released');
    for (const name of ['v1.2.3', 'stable']) expect(await named(name)).toEqual(digestsOf('1.2.3'));
    expect((await give(['v1.2.3', 'stable'])).state).toBe('unchanged');
  });

  it('are refused where an image is of other files than the checkout, and its commit is named', async () => {
    await proven();
    const built = (await git('git', ['-C', folder, 'rev-parse', 'HEAD'])).stdout.trim();
    await writeFile(path.join(folder, 'two', 'new.txt'), 'new\n');
    await commit('second');
    const since = registry.lines.length;
    await expect(retag(['v1.2.4'])).rejects.toMatchObject({
      code: 'retag-unproven',
      exitCode: 1,
      what: `${repositoryOf('two')}: what main names was made of other inputs; it is of ${built}`,
    });
    expect(writes(since)).toEqual([]);
  });

  it('are refused where an image has no such tag', async () => {
    await proven();
    await expect(retag(['v1.2.3'], 'other')).rejects.toMatchObject({
      code: 'tag-absent',
      what: expect.stringContaining(`there is no ${repositoryOf('one')}:other`),
    });
  });
});
