import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { ImageRecord } from '../../src/domain/record.ts';
import { contentOf, type Desk, type Finished, openDesk, type ServedRegistry } from '../support/desk.ts';
import { crane, requireLab, tagsOf } from '../support/lab.ts';

const LIMIT_MS = 600_000;
const RECORD_TYPE = 'application/vnd.slipway.record.v1+json';
const keys = ['base', 'greeter', 'clock'];
const platformsOf: Readonly<Record<string, readonly string[]>> = {
  base: ['linux/amd64', 'linux/arm64'],
  greeter: ['linux/amd64', 'linux/arm64'],
  clock: ['linux/amd64'],
};

const Inspected = z.object({
  digest: z.string(),
  platforms: z.array(z.object({ platform: z.string(), digest: z.string(), config: z.string() })),
  record: ImageRecord,
});
const Index = z.object({
  manifests: z.array(
    z.object({
      digest: z.string(),
      artifactType: z.string().optional(),
      platform: z.object({ os: z.string(), architecture: z.string() }).optional(),
    }),
  ),
});
const Artifact = z.object({
  artifactType: z.string(),
  layers: z.array(z.object({ digest: z.string(), mediaType: z.string() })),
  subject: z.object({ digest: z.string() }),
});
const Manifest = z.object({ layers: z.array(z.object({ digest: z.string() })) });
const ImageConfig = z.object({
  architecture: z.string(),
  config: z.object({ Labels: z.record(z.string(), z.string()) }),
  rootfs: z.object({ diff_ids: z.array(z.string()) }),
});
const RunDocument = z.object({
  plan: z.object({
    images: z.array(z.object({ key: z.string(), reason: z.string() })),
    carried: z.array(z.object({ key: z.string() })),
  }),
  images: z.array(
    z.object({
      kind: z.string(),
      key: z.string(),
      by: z.array(z.string()).optional(),
      record: z.object({ digest: z.string() }).optional(),
    }),
  ),
  release: z.object({ state: z.string(), tags: z.array(z.object({ tag: z.string(), why: z.string() })) }).nullable(),
});

const lab = requireLab();

describe('slipway run', () => {
  /** Most of what follows looks at one first run, or goes on from it. */
  let desk: Desk;
  let first: Finished;
  let firstDigests: Readonly<Record<string, string>>;

  beforeAll(async () => {
    desk = await openDesk(lab, { arm64: true });
    first = await desk.slipway('run');
    firstDigests = await digestsOf(desk, 'main');
  }, LIMIT_MS);

  afterAll(async () => {
    await desk[Symbol.asyncDispose]();
  }, LIMIT_MS);

  describe('the first time', () => {
    let registry: ServedRegistry;

    beforeAll(async () => {
      registry = await desk.serve();
    }, LIMIT_MS);

    afterAll(async () => {
      await registry[Symbol.asyncDispose]();
    }, LIMIT_MS);

    it('ends well and tells what was built, tested and released', () => {
      expect(first).toMatchObject({ exitCode: 0 });
      expect(first.stdout).toMatch(/^released 3 images: 3 built and tested/);
      for (const key of keys) expect(first.stdout).toContain(`/${key}:main`);
    });

    it.each(keys)('gives %s a tag that names the digest in its record', async (key) => {
      const repository = `${registry.host}/org/hello/${key}`;
      const digest = await crane(lab, 'digest', `${repository}:main`);
      const ours = Inspected.parse(await json(desk, 'inspect', '--json', `${repository}:main`));
      const records = await recordsOf(registry.host, key, digest);
      expect({ digest: ours.digest, inspected: ours.record.digest, key: ours.record.key }).toEqual({
        digest,
        inspected: digest,
        key,
      });
      expect(records).toEqual([ours.record]);
      expect(ours.record).toMatchObject({
        test: 'passed',
        dirty: false,
        commit: expect.stringMatching(/^[0-9a-f]{40}$/),
      });
    });

    it.each(keys)('puts the record beside every platform of %s too', async (key) => {
      const digest = await crane(lab, 'digest', `${registry.host}/org/hello/${key}:main`);
      const platforms = await platformDigests(`${registry.host}/org/hello/${key}:main`);
      for (const platform of Object.values(platforms)) {
        const records = await recordsOf(registry.host, key, platform);
        expect(records.map((record) => record.digest)).toEqual([digest]);
      }
    });

    it.each(keys)('has tested %s in containers made of the platform manifests that were published', async (key) => {
      const reference = `${registry.host}/org/hello/${key}:main`;
      const published = await platformDigests(reference);
      const { record } = Inspected.parse(await json(desk, 'inspect', '--json', reference));
      expect(record.tests.map(({ platform, state }) => `${platform} ${state}`).sort()).toEqual(
        (platformsOf[key] ?? []).map((platform) => `${platform} passed`),
      );
      for (const test of record.tests) {
        const config = record.platforms.find(({ platform }) => platform === test.platform)?.config;
        // A classic image store names images by their config.
        expect([published[test.platform], config]).toContain(test.engineImage);
      }
    });

    it('publishes every platform that was asked for, and a config for each that says so', async () => {
      for (const key of keys) {
        const reference = `${registry.host}/org/hello/${key}:main`;
        expect(Object.keys(await platformDigests(reference)).sort()).toEqual(platformsOf[key]);
        for (const platform of platformsOf[key] ?? []) {
          expect((await configOf(reference, platform)).architecture).toBe(platform.split('/')[1]);
        }
        await crane(lab, 'validate', '--remote', reference);
      }
    });

    it.each(['greeter', 'clock'])('builds %s on the layers of the base of this very run', async (key) => {
      for (const platform of platformsOf[key] ?? []) {
        const base = await configOf(`${registry.host}/org/hello/base:main`, platform);
        const child = await configOf(`${registry.host}/org/hello/${key}:main`, platform);
        expect(child.rootfs.diff_ids.slice(0, base.rootfs.diff_ids.length)).toEqual(base.rootfs.diff_ids);
        expect(child.rootfs.diff_ids.length).toBeGreaterThan(base.rootfs.diff_ids.length);
        // No other base has this label.
        expect(child.config.Labels['slipway.test']).toBe(desk.id);
        const layers = await layersOf(`${registry.host}/org/hello/${key}:main`, platform);
        const baseLayers = await layersOf(`${registry.host}/org/hello/base:main`, platform);
        expect(layers.slice(0, baseLayers.length)).toEqual(baseLayers);
      }
      const { record } = Inspected.parse(
        await json(desk, 'inspect', '--json', `${registry.host}/org/hello/${key}:main`),
      );
      expect(record.bases).toMatchObject([{ key: 'base', digest: firstDigests.base }]);
    });

    it('leaves no container and no image in the engine, and no folder of the run', async () => {
      expect((await desk.leftovers()).filter((left) => /^(run-|container|image)/.test(left))).toEqual([]);
    });
  });

  describe('a second time', () => {
    it(
      'builds nothing, writes nothing, and says so',
      async () => {
        const before = await contentOf(desk.registryFolder);
        const second = await desk.slipway('run');
        expect(second).toMatchObject({ exitCode: 0, stdout: expect.stringMatching(/^unchanged: 3 images/) });
        for (const key of keys) expect(second.stderr).toContain(`${key}: carried over`);
        expect(second.stderr).not.toMatch(/: (build|test|upload) /);
        expect(Object.keys(before).length).toBeGreaterThan(0);
        expect(await contentOf(desk.registryFolder)).toEqual(before);
      },
      LIMIT_MS,
    );
  });

  describe('after a change', () => {
    it(
      'builds the one image whose file changed, and no other tag moves',
      async () => {
        const before = await digestsOf(desk, 'main');
        await desk.edit('greeter/greet', (text) => text.replace('world', 'everyone'));
        await desk.commit();
        const document = RunDocument.parse(await json(desk, 'run', '--json'));
        expect(reasons(document)).toEqual({ greeter: 'changed' });
        expect(document.plan.carried.map(({ key }) => key).sort()).toEqual(['base', 'clock']);
        const after = await digestsOf(desk, 'main');
        expect({ ...after, greeter: before.greeter }).toEqual(before);
        expect(after.greeter).toBe(provenDigest(document, 'greeter'));
        expect(after.greeter).not.toBe(before.greeter);
      },
      LIMIT_MS,
    );

    it(
      'builds a changed base and everything that is built on it, in order',
      async () => {
        await desk.edit('base/Dockerfile', (text) => `${text}LABEL changed=yes\n`);
        await desk.commit();
        const document = RunDocument.parse(await json(desk, 'run', '--json'));
        expect(reasons(document)).toEqual({ base: 'changed', greeter: 'dependent', clock: 'dependent' });
        await using registry = await desk.serve();
        for (const key of keys) {
          const reference = `${registry.host}/org/hello/${key}:main`;
          expect(await crane(lab, 'digest', reference)).toBe(provenDigest(document, key));
          expect((await configOf(reference, 'linux/amd64')).config.Labels.changed).toBe('yes');
        }
      },
      LIMIT_MS,
    );

    it(
      'moves no tag of any image when a test of one fails, and says which, why and what next',
      async () => {
        const before = await digestsOf(desk, 'main');
        await desk.commit({
          'greeter/greet': '#!/bin/sh\necho "Goodbye"\n',
          'clock/clock': '#!/bin/sh\necho "It is $(date +%Y), by a clock that was changed"\n',
        });
        const failed = await desk.slipway('run');
        expect(failed.exitCode).toBe(1);
        expect(failed.stdout).toMatch(/^nothing was released: greeter failed/);
        expect(failed.stdout).toMatch(/error test-failed: it greets by name on linux\/amd64: exit code 1/);
        expect(failed.stdout).toMatch(/^ {2}where: greeter$/m);
        expect(failed.stdout).toMatch(/^ {2}state: nothing of the set was released$/m);
        expect(failed.stdout).toMatch(/^ {2}next: {2}\S/m);
        // The neighbour went all its way.
        expect(failed.stderr).toMatch(/^clock: passed sha256:/m);
        expect(await digestsOf(desk, 'main')).toEqual(before);
        expect((await desk.leftovers()).filter((left) => /^(run-|container|image)/.test(left))).toEqual([]);
      },
      LIMIT_MS,
    );
  });
});

describe('slipway run in a repository that published nothing yet', () => {
  it(
    'leaves a fresh registry without any tag when a test fails',
    async () => {
      await using desk = await openDesk(lab);
      await desk.commit({ 'greeter/greet': '#!/bin/sh\necho "Goodbye"\n' });
      const failed = await desk.slipway('run', '--json');
      const document = RunDocument.parse(JSON.parse(failed.stdout));
      expect(failed.exitCode).toBe(1);
      expect(kinds(document)).toEqual({ base: 'proven', greeter: 'failed', clock: 'proven' });
      expect(document.release).toBeNull();
      expect(await allTags(desk)).toEqual({ base: [], greeter: [], clock: [] });
    },
    LIMIT_MS,
  );

  it(
    'does not build what stands on a base whose test failed',
    async () => {
      await using desk = await openDesk(lab);
      await desk.edit('slipway.yml', (text) => text.replace('= works', '= broken'));
      await desk.commit();
      const failed = await desk.slipway('run', '--json');
      const document = RunDocument.parse(JSON.parse(failed.stdout));
      expect(failed.exitCode).toBe(1);
      expect(kinds(document)).toEqual({ base: 'failed', greeter: 'blocked', clock: 'blocked' });
      expect(failed.stderr).not.toMatch(/^(greeter|clock): build /m);
      expect(failed.stderr).toMatch(/^greeter: not built: base failed$/m);
      expect(await desk.leftovers()).toEqual([]);
    },
    LIMIT_MS,
  );

  it(
    'builds and tests a pull request, and writes nothing',
    async () => {
      await using desk = await openDesk(lab);
      const finished = await desk.slipway('run', '--json', '--event', 'pull_request');
      const document = RunDocument.parse(JSON.parse(finished.stdout));
      expect(finished.exitCode).toBe(0);
      expect(kinds(document)).toEqual({ base: 'proven', greeter: 'proven', clock: 'proven' });
      expect(finished.stderr).toMatch(/^clock: test it tells the year on linux\/amd64$/m);
      expect(document.release).toBeNull();
      expect(await desk.leftovers()).toEqual([]);
    },
    LIMIT_MS,
  );

  it(
    'fails a pull request whose test fails',
    async () => {
      await using desk = await openDesk(lab);
      await desk.commit({ 'greeter/greet': '#!/bin/sh\necho "Goodbye"\n' });
      const failed = await desk.slipway('run', '--event', 'pull_request', '--image', 'greeter');
      expect(failed).toMatchObject({ exitCode: 1, stdout: expect.stringContaining('greeter failed') });
      expect(await desk.leftovers()).toEqual([]);
    },
    LIMIT_MS,
  );

  it(
    'builds the image that is asked for with what it stands on, and nothing else',
    async () => {
      await using desk = await openDesk(lab);
      const document = RunDocument.parse(await json(desk, 'run', '--json', '--image', 'greeter'));
      expect(kinds(document)).toEqual({ base: 'proven', greeter: 'proven' });
      expect(await allTags(desk)).toEqual({ base: ['main'], greeter: ['main'], clock: [] });
    },
    LIMIT_MS,
  );

  it(
    'never adopts what was built from files that no commit held',
    async () => {
      await using desk = await openDesk(lab);
      await desk.edit('clock/clock', (text) => `${text}# not committed\n`);
      const only = ['run', '--json', '--image', 'clock'];
      expect(kinds(RunDocument.parse(await json(desk, ...only)))).toEqual({ base: 'proven', clock: 'proven' });
      await desk.commit();
      const again = RunDocument.parse(await json(desk, ...only));
      expect(kinds(again)).toEqual({ base: 'proven', clock: 'proven' });
    },
    LIMIT_MS,
  );
});

describe('slipway run for a version tag', () => {
  const release = (version: string): readonly string[] => ['run', '--event', 'push', '--ref', `refs/tags/v${version}`];
  let desk: Desk;
  let first: Finished;

  beforeAll(async () => {
    desk = await openDesk(lab);
    // Each image has its own note, so that each of its versions has other content.
    await desk.edit('base/Dockerfile', (text) => text.replace('USER', 'COPY note /usr/share/hello/note\nUSER'));
    await desk.commit({ 'base/note': 'one\n' });
    first = await desk.slipway(...release('1.0.0'));
  }, LIMIT_MS);

  afterAll(async () => {
    await desk[Symbol.asyncDispose]();
  }, LIMIT_MS);

  it('gives every image the version and what floats with it, all on one digest', async () => {
    expect(first).toMatchObject({ exitCode: 0, stdout: expect.stringMatching(/^released 3 images/) });
    expect(await allTags(desk)).toEqual(Object.fromEntries(keys.map((key) => [key, ['1', '1.0', '1.0.0', 'latest']])));
    const version = await digestsOf(desk, '1.0.0');
    for (const tag of ['1', '1.0', 'latest']) expect(await digestsOf(desk, tag)).toEqual(version);
  });

  it(
    'changes nothing when the same commit is released again',
    async () => {
      const before = await contentOf(desk.registryFolder);
      const again = await desk.slipway(...release('1.0.0'));
      expect(again).toMatchObject({ exitCode: 0, stdout: expect.stringMatching(/^unchanged: 3 images/) });
      expect(await contentOf(desk.registryFolder)).toEqual(before);
    },
    LIMIT_MS,
  );

  it(
    'refuses, before any build, to release the version again with other content',
    async () => {
      const before = await contentOf(desk.registryFolder);
      await desk.commit({ 'base/note': 'another one\n' });
      const refused = await desk.slipway(...release('1.0.0'));
      expect(refused.exitCode).toBe(2);
      expect(refused.stderr).toMatch(/^error version-taken: /m);
      expect(refused.stderr).toMatch(/^ {2}where: \S/m);
      expect(refused.stderr).toMatch(/^ {2}state: nothing was built and nothing was released$/m);
      expect(refused.stderr).toMatch(/^ {2}next: {2}\S/m);
      expect(refused.stderr).not.toMatch(/^\w+: build /m);
      expect(await contentOf(desk.registryFolder)).toEqual(before);
    },
    LIMIT_MS,
  );

  it(
    'moves latest on to a newer version, and not back to an older one',
    async () => {
      const old = await digestsOf(desk, '1.0.0');
      await desk.commit({ 'base/note': 'two\n', VERSION: '1.1.0\n' });
      expect(await desk.slipway(...release('1.1.0'))).toMatchObject({ exitCode: 0 });
      const newer = await digestsOf(desk, '1.1.0');
      for (const key of keys) expect(newer[key]).not.toBe(old[key]);
      for (const tag of ['1', '1.1', 'latest']) expect(await digestsOf(desk, tag)).toEqual(newer);
      expect(await digestsOf(desk, '1.0')).toEqual(old);

      await desk.commit({ 'base/note': 'a fix for one\n', VERSION: '1.0.1\n' });
      const fix = await desk.slipway(...release('1.0.1'));
      expect(fix).toMatchObject({ exitCode: 0 });
      const fixed = await digestsOf(desk, '1.0.1');
      for (const key of keys) expect([old[key], newer[key]]).not.toContain(fixed[key]);
      expect(await digestsOf(desk, '1.0')).toEqual(fixed);
      for (const tag of ['1', '1.1', 'latest']) expect(await digestsOf(desk, tag)).toEqual(newer);
      expect(await digestsOf(desk, '1.0.0')).toEqual(old);
      expect(fix.stdout).toMatch(/:latest .*it names 1\.1\.0, which is newer than 1\.0\.1/);
    },
    LIMIT_MS,
  );

  it(
    'releases what the branch proved, by the same digests and without a build',
    async () => {
      await using other = await openDesk(lab);
      expect(await other.slipway('run')).toMatchObject({ exitCode: 0 });
      const proven = await digestsOf(other, 'main');
      const released = await other.slipway(...release('1.0.0'), '--json');
      const document = RunDocument.parse(JSON.parse(released.stdout));
      expect(document.images).toEqual([]);
      expect(document.release?.state).toBe('released');
      for (const tag of ['1.0.0', 'latest']) expect(await digestsOf(other, tag)).toEqual(proven);
    },
    LIMIT_MS,
  );
});

async function json(desk: Desk, ...args: readonly string[]): Promise<unknown> {
  const finished = await desk.slipway(...args);
  expect(finished).toMatchObject({ exitCode: 0 });
  return JSON.parse(finished.stdout);
}

type RunDocument = z.infer<typeof RunDocument>;

function reasons(document: RunDocument): Readonly<Record<string, string>> {
  return Object.fromEntries(document.plan.images.map(({ key, reason }) => [key, reason]));
}

function kinds(document: RunDocument): Readonly<Record<string, string>> {
  return Object.fromEntries(document.images.map(({ key, kind }) => [key, kind]));
}

function provenDigest(document: RunDocument, key: string): string | undefined {
  return document.images.find((image) => image.key === key)?.record?.digest;
}

/** What a tag of every image names, as crane reads it. */
async function digestsOf(desk: Desk, tag: string): Promise<Readonly<Record<string, string>>> {
  await using registry = await desk.serve();
  const read = async (key: string) => [key, await crane(lab, 'digest', `${registry.host}/org/hello/${key}:${tag}`)];
  return Object.fromEntries(await Promise.all(keys.map(read)));
}

async function allTags(desk: Desk): Promise<Readonly<Record<string, readonly string[]>>> {
  await using registry = await desk.serve();
  const read = async (key: string) => [key, [...(await tagsOf(lab, `${registry.host}/org/hello/${key}`))].sort()];
  return Object.fromEntries(await Promise.all(keys.map(read)));
}

/** The digest of each platform's manifest; what is no platform (provenance) is left out. */
async function platformDigests(reference: string): Promise<Readonly<Record<string, string>>> {
  const { manifests } = Index.parse(JSON.parse(await crane(lab, 'manifest', reference)));
  return Object.fromEntries(
    manifests.flatMap(({ digest, platform }) =>
      platform === undefined || platform.os === 'unknown' ? [] : [[`${platform.os}/${platform.architecture}`, digest]],
    ),
  );
}

async function configOf(reference: string, platform: string): Promise<z.infer<typeof ImageConfig>> {
  return ImageConfig.parse(JSON.parse(await crane(lab, 'config', '--platform', platform, reference)));
}

async function layersOf(reference: string, platform: string): Promise<readonly string[]> {
  const manifest = Manifest.parse(JSON.parse(await crane(lab, 'manifest', '--platform', platform, reference)));
  return manifest.layers.map(({ digest }) => digest);
}

/** The records beside a digest, read without a line of ours: the referrers API, and crane for what it names. */
async function recordsOf(host: string, key: string, digest: string): Promise<readonly ImageRecord[]> {
  const repository = `${host}/org/hello/${key}`;
  const answer = await fetch(`http://${host}/v2/org/hello/${key}/referrers/${digest}`);
  const { manifests } = Index.parse(await answer.json());
  // Provenance refers to its platform as well.
  const referrers = manifests.filter(({ artifactType }) => artifactType === RECORD_TYPE);
  return Promise.all(
    referrers.map(async (referrer) => {
      const artifact = Artifact.parse(JSON.parse(await crane(lab, 'manifest', `${repository}@${referrer.digest}`)));
      expect(artifact).toMatchObject({ artifactType: RECORD_TYPE, subject: { digest } });
      const layer = artifact.layers[0]?.digest ?? '';
      const text = await crane(lab, 'blob', `${repository}@${layer}`);
      expect(`sha256:${createHash('sha256').update(text).digest('hex')}`).toBe(layer);
      return ImageRecord.parse(JSON.parse(text));
    }),
  );
}
