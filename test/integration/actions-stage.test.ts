import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type DebianRegistry, startDebian } from '../support/fault-proxy/debian-registry.ts';
import { type HandedRun, openHandedRun } from '../support/handed-run.ts';
import { crane, requireLab, tagsOf } from '../support/lab.ts';

const LIMIT_MS = 600_000;
const lab = requireLab();

const openChain = (host: string, stage: string): Promise<HandedRun> => openHandedRun(lab, host, `stage: ${stage}`);

/** Without those by which records are found. */
async function namesIn(repository: string): Promise<readonly string[]> {
  return (await tagsOf(lab, repository)).filter((tag) => !tag.startsWith('sha256-'));
}

const held = (names: readonly string[]): readonly string[] => names.filter((name) => name.startsWith('slipway-stage-'));

describe('a registry that collects what no tag names, between the tests and the tags', () => {
  let registry: DebianRegistry;

  beforeAll(async () => {
    registry = await startDebian();
  });

  afterAll(async () => {
    await registry[Symbol.asyncDispose]();
  });

  it(
    'takes an image that only its digest holds, and the gate says how to keep it from that',
    async () => {
      await using chain = await openChain(registry.host, 'digest');
      expect(chain.built).toMatchObject({ exitCode: 0, errors: [] });
      await registry.collect();
      const verify = await chain.run('verify-digest');
      expect(verify).toMatchObject({ exitCode: 1, outputs: { verdict: 'unverifiable' } });
      expect(verify.summary).toContain('stage: tag');
      expect(await chain.run('push')).toMatchObject({ exitCode: 1 });
      expect(await namesIn(`${chain.prefix}/base`)).toEqual([]);
    },
    LIMIT_MS,
  );

  it(
    'leaves an image that a tag holds, which stays where a tag cannot go alone, and the summary says so',
    async () => {
      await using chain = await openChain(registry.host, 'tag');
      const repository = `${chain.prefix}/base`;
      expect(chain.built).toMatchObject({ exitCode: 0, errors: [] });
      expect(await namesIn(repository)).toContain('slipway-stage-7001-base');
      await registry.collect();
      expect(await chain.run('verify-digest')).toMatchObject({ exitCode: 0, outputs: { verdict: 'match' } });
      expect(await chain.run('push')).toMatchObject({ exitCode: 0, outputs: { state: 'released' } });
      const release = await chain.run('release-latest');
      expect(release).toMatchObject({ exitCode: 0, errors: [], outputs: { state: 'released' } });
      expect(release.summary).toMatch(
        /\d tags slipway\S+7001\S+ in 127\.0\.0\.1:\d+ stay: this registry deletes no tags/,
      );
      for (const tag of ['1.0.0', 'latest']) {
        expect(await crane(lab, 'digest', `${repository}:${tag}`)).toBe(chain.built.outputs.digest);
      }
      await crane(lab, 'validate', '--remote', `${repository}:1.0.0`);
      expect(held(await namesIn(repository)).length).toBeGreaterThan(1);
      expect((await namesIn(repository)).filter((name) => name.includes('probe'))).toEqual([]);
    },
    LIMIT_MS,
  );

  it(
    'leaves an image in a repository of its own, from which it is mounted when it is released',
    async () => {
      await using chain = await openChain(registry.host, "{ repository: 'kept/{name}' }");
      const repository = `${chain.prefix}/base`;
      expect(chain.built).toMatchObject({ exitCode: 0, errors: [] });
      expect(chain.built.outputs['image-ref']).toBe(`${chain.prefix}/kept/base@${chain.built.outputs.digest}`);
      expect(await namesIn(repository)).toEqual([]);
      await registry.collect();
      expect(await chain.run('verify-digest')).toMatchObject({ exitCode: 0, outputs: { verdict: 'match' } });
      expect(await chain.run('push')).toMatchObject({ exitCode: 0, errors: [], outputs: { state: 'released' } });
      expect(await chain.run('release-latest')).toMatchObject({ exitCode: 0, outputs: { state: 'released' } });
      expect(held(await namesIn(repository))).toEqual([]);
      expect(await namesIn(repository)).toEqual(expect.arrayContaining(['1.0.0', 'latest']));
      expect(await crane(lab, 'digest', `${repository}:1.0.0`)).toBe(chain.built.outputs.digest);
      await crane(lab, 'validate', '--remote', `${repository}:1.0.0`);
      // The proof came along, so that the next run finds it there.
      expect(await chain.run('push')).toMatchObject({ exitCode: 0, outputs: { state: 'unchanged' } });
    },
    LIMIT_MS,
  );

  it(
    'never sees an image that travels as an artifact before it is released',
    async () => {
      await using chain = await openChain(registry.host, 'archive');
      const repository = `${chain.prefix}/base`;
      expect(chain.built).toMatchObject({ exitCode: 0, errors: [] });
      expect(chain.service.names()).toContain('slipway-store-base');
      expect(await tagsOf(lab, repository)).toEqual([]);
      await expect(crane(lab, 'manifest', `${repository}@${chain.built.outputs.digest}`)).rejects.toThrow();
      expect(await chain.run('verify-digest')).toMatchObject({
        exitCode: 0,
        errors: [],
        outputs: { verdict: 'match' },
      });
      await expect(crane(lab, 'manifest', `${repository}@${chain.built.outputs.digest}`)).rejects.toThrow();
      const push = await chain.run('push');
      expect(push).toMatchObject({ exitCode: 0, errors: [], outputs: { state: 'released', pushed: '1' } });
      expect(await chain.run('release-latest')).toMatchObject({ exitCode: 0, outputs: { state: 'released' } });
      for (const tag of ['1.0.0', 'latest']) {
        expect(await crane(lab, 'digest', `${repository}:${tag}`)).toBe(chain.built.outputs.digest);
      }
      await crane(lab, 'validate', '--remote', `${repository}:1.0.0`);
    },
    LIMIT_MS,
  );
});

describe('a registry where a tag goes alone', () => {
  it(
    'has no tag of a stage left after the release, and keeps the image with its own',
    async () => {
      await using chain = await openChain(lab.registry3, 'tag');
      const repository = `${chain.prefix}/base`;
      expect(held(await namesIn(repository)).length).toBeGreaterThan(1);
      expect(await chain.run('push')).toMatchObject({ exitCode: 0, outputs: { state: 'released' } });
      expect(held(await namesIn(repository)).length).toBeGreaterThan(1);
      const release = await chain.run('release-latest');
      expect(release).toMatchObject({ exitCode: 0, errors: [], outputs: { state: 'released' } });
      expect(release.summary).not.toContain('slipway-stage-');
      expect(held(await namesIn(repository))).toEqual([]);
      expect(await crane(lab, 'digest', `${repository}:latest`)).toBe(chain.built.outputs.digest);
      await crane(lab, 'validate', '--remote', `${repository}:1.0.0`);
    },
    LIMIT_MS,
  );
});
