import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { ImageRecord } from '../../src/domain/record.ts';
import { type Desk, type Finished, openDesk } from '../support/desk.ts';
import { crane, requireLab, requireRemoteBuilder, tagsOf } from '../support/lab.ts';

const LIMIT_MS = 600_000;
const keys = ['base', 'greeter', 'clock'];
const RunDocument = z.object({
  images: z.array(z.object({ key: z.string(), kind: z.string(), record: ImageRecord })),
  release: z.object({ state: z.string() }),
});
const Index = z.object({ manifests: z.array(z.object({ digest: z.string(), artifactType: z.string().optional() })) });
const Artifact = z.object({ layers: z.array(z.object({ digest: z.string() })) });

const lab = requireLab();
const builder = requireRemoteBuilder(lab);

describe('slipway run with a remote builder, into a registry elsewhere', () => {
  let desk: Desk;
  let prefix: string;
  let first: Finished;

  beforeAll(async () => {
    desk = await openDesk(lab, { arm64: true });
    prefix = `${lab.registry}/${desk.id}/hello`;
    first = await desk.slipway('run', '--json', '--builder', builder, '--to', prefix);
  }, LIMIT_MS);

  afterAll(async () => {
    await desk[Symbol.asyncDispose]();
  }, LIMIT_MS);

  it('builds with that builder and releases the set', () => {
    expect(first).toMatchObject({ exitCode: 0 });
    const { images, release } = RunDocument.parse(JSON.parse(first.stdout));
    expect(release.state).toBe('released');
    expect(images.map(({ key, kind, record }) => [key, kind, record.builder.name])).toEqual(
      keys.map((key) => [key, 'proven', builder]),
    );
  });

  it.each(keys)('publishes %s whole, under the digest of its record', async (key) => {
    const { images } = RunDocument.parse(JSON.parse(first.stdout));
    const record = images.find((image) => image.key === key)?.record;
    const digest = await crane(lab, 'digest', `${prefix}/${key}:main`);
    expect(digest).toBe(record?.digest);
    for (const platform of record?.platforms ?? []) {
      const tested = record?.tests.filter((test) => test.platform === platform.platform);
      expect([platform.digest, platform.config]).toContain(tested?.[0]?.engineImage);
      const published = await crane(lab, 'digest', '--platform', platform.platform, `${prefix}/${key}:main`);
      expect(published).toBe(platform.digest);
    }
    await crane(lab, 'validate', '--remote', `${prefix}/${key}:main`);
  });

  it.each(keys)('leaves the record of %s where a registry without a list of referrers keeps it', async (key) => {
    const digest = await crane(lab, 'digest', `${prefix}/${key}:main`);
    const list = await crane(lab, 'manifest', `${prefix}/${key}:${digest.replace(':', '-')}`);
    const { manifests } = Index.parse(JSON.parse(list));
    const records = await Promise.all(
      manifests.map(async (one) => {
        const artifact = Artifact.parse(JSON.parse(await crane(lab, 'manifest', `${prefix}/${key}@${one.digest}`)));
        const text = await crane(lab, 'blob', `${prefix}/${key}@${artifact.layers[0]?.digest}`);
        return ImageRecord.parse(JSON.parse(text));
      }),
    );
    const { images } = RunDocument.parse(JSON.parse(first.stdout));
    expect(records).toEqual([images.find((image) => image.key === key)?.record]);
  });

  it('makes no registry here', async () => {
    expect(await desk.leftovers()).toEqual([]);
  });

  it(
    'sends the registry no write when the same is run again',
    async () => {
      const before = await writesTo(desk.id);
      const second = await desk.slipway('run', '--builder', builder, '--to', prefix);
      expect(second).toMatchObject({ exitCode: 0, stdout: expect.stringMatching(/^unchanged: 3 images/) });
      expect(before.length).toBeGreaterThan(0);
      expect(await writesTo(desk.id)).toEqual(before);
    },
    LIMIT_MS,
  );

  it(
    'moves no tag there when a test of one image fails',
    async () => {
      const digests = () => Promise.all(keys.map((key) => crane(lab, 'digest', `${prefix}/${key}:main`)));
      const tags = () => Promise.all(keys.map((key) => releaseTags(`${prefix}/${key}`)));
      const before = { digests: await digests(), tags: await tags() };
      await desk.edit('base/Dockerfile', (text) => `${text}LABEL changed=yes\n`);
      await desk.commit({ 'greeter/greet': '#!/bin/sh\necho "Goodbye"\n' });
      const failed = await desk.slipway('run', '--builder', builder, '--to', prefix);
      expect(failed).toMatchObject({ exitCode: 1, stdout: expect.stringMatching(/^nothing was released: greeter/) });
      expect({ digests: await digests(), tags: await tags() }).toEqual(before);
      expect(before.tags).toEqual(keys.map(() => ['main']));
    },
    LIMIT_MS,
  );
});

/** The requests by which the registry of the lab was asked to change something below a name. */
async function writesTo(name: string): Promise<readonly string[]> {
  const lines = (await readFile(lab.registryAccessLog, 'utf8')).split('\n');
  return lines.filter((line) => /"(PUT|POST|PATCH|DELETE) /.test(line) && line.includes(`/v2/${name}/`));
}

/** The tags that name an image; the others (`sha256-…`) are the lists of what refers to one. */
async function releaseTags(repository: string): Promise<readonly string[]> {
  return (await tagsOf(lab, repository)).filter((tag) => !tag.startsWith('sha256-'));
}
