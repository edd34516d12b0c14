import { describe, expect, it } from '@jest/globals';
import { RemoteError } from '../../../src/domain/errors.ts';
import { parseRepository } from '../../../src/domain/image-ref.ts';
import { FakeRegistry } from '../../support/fake-registry.ts';
import { madeImage } from '../../support/made-image.ts';
import { madePrefix } from '../../support/made-plan.ts';
import { chain, decisions, planOf, publishAll, type Tree } from './planned.ts';

const everything = { base: 'all', app: 'all', alone: 'all' };
const carried = { base: 'carried', app: 'carried', alone: 'carried' };
const release = { ref: 'refs/tags/v1.0.0' };
const versioned = { ...chain, VERSION: 'v1.0.0\n' };

/** A registry in which a run published the whole tree under a tag. */
async function ranOver(tree: Tree, tag = 'main', changes: Parameters<typeof publishAll>[3] = {}) {
  const registry = new FakeRegistry();
  await publishAll(registry, await planOf(tree), tag, changes);
  return registry;
}

async function decided(tree: Tree, asked: Parameters<typeof planOf>[1]) {
  return decisions(await planOf(tree, asked));
}

describe('a plan builds', () => {
  it('all that was never published', async () => {
    expect(await decided(chain, {})).toEqual(everything);
  });

  it('nothing that was proven for the same inputs', async () => {
    expect(await decided(chain, { registry: await ranOver(chain) })).toEqual(carried);
  });

  it('what changed and what is built on it, and carries the rest', async () => {
    const registry = await ranOver(chain);
    expect(await decided({ ...chain, 'base/file': 'two' }, { registry })).toEqual({
      base: 'changed',
      app: 'dependent',
      alone: 'carried',
    });
  });

  it('an image alone that changed alone', async () => {
    const registry = await ranOver(chain);
    const tree = { ...chain, 'app/new': '1' };
    expect(await decided(tree, { registry })).toEqual({ ...carried, app: 'changed' });
  });

  it('an image whose base was never published, though it was itself', async () => {
    const registry = new FakeRegistry();
    const made = await planOf(chain);
    await publishAll(registry, { ...made, images: made.images.filter(({ key }) => key !== 'base') }, 'main');
    expect(await decided(chain, { registry })).toEqual({ base: 'all', app: 'dependent', alone: 'carried' });
  });

  it.each<[string, Parameters<typeof publishAll>[3], string]>([
    ['from a dirty tree', { dirty: true }, 'from files that no commit held'],
    ['that failed its tests', { test: 'failed' }, 'but not tested'],
    ['of other images', { key: 'stranger' }, 'has no record'],
    ['of another digest', { digest: `sha256:${'0'.repeat(64)}` as never }, 'has no record'],
  ])('everything where the records are %s', async (_, changes, why) => {
    const made = await planOf(chain, { registry: await ranOver(chain, 'main', changes) });
    expect(decisions(made)).toEqual({ base: 'changed', app: 'dependent', alone: 'changed' });
    expect(made.images[0]?.why).toContain(why);
  });

  it('an image that nobody tested, unless allow-untested lists it', async () => {
    const registry = await ranOver(chain);
    const strict = { ...chain, 'slipway.yml': chain['slipway.yml'].replace(', alone]', ']') };
    expect(await decided(strict, { registry })).toEqual({ ...carried, alone: 'changed' });
  });

  it('on a new branch only what differs from the default branch', async () => {
    const registry = await ranOver(chain);
    const asked = { registry, event: { ref: 'refs/heads/topic' } };
    expect(await decided({ ...chain, 'alone/new': '1' }, asked)).toEqual({ ...carried, alone: 'changed' });
  });

  it.each([
    ['schedule', { name: 'schedule' as const }, 'schedule'],
    ['rebuild by hand', { name: 'workflow_dispatch' as const, rebuildBase: true }, 'manual'],
  ])('everything anew on a %s, whatever was proven', async (_, event, reason) => {
    const made = await planOf(chain, { registry: await ranOver(chain), event });
    expect(decisions(made)).toEqual({ base: reason, app: reason, alone: reason });
    expect(made.images.every(({ cache }) => cache.fresh)).toBe(true);
  });
});

describe('what a plan carries over', () => {
  it('has the digest that was proven and the tags of this run', async () => {
    const registry = new FakeRegistry();
    const images = await publishAll(registry, await planOf(versioned), 'main');
    const made = await planOf(versioned, { registry, event: release });
    const app = made.carried.find(({ key }) => key === 'app');
    expect(app?.digest).toBe(images.app?.manifest.digest);
    expect(app?.tags).toEqual({ immutable: ['v1.0.0'], floating: ['v1.0', 'v1', 'latest'] });
    expect(app?.why).toContain('what main names');
  });

  it('is what the version names already on a second run of a release', async () => {
    expect(await decided(versioned, { registry: await ranOver(versioned, 'v1.0.0'), event: release })).toEqual(carried);
  });
});

describe('the plan of a release event', () => {
  const event = { name: 'release' as const, ref: 'refs/tags/v1.0.0' };

  it('finds what the branch has that the release is cut from', async () => {
    const registry = await ranOver(versioned, 'support-1.x');
    await publishAll(registry, await planOf({ ...versioned, 'base/file': 'two' }), 'main');
    const made = await planOf(versioned, { registry, event: { ...event, target: 'support-1.x' } });
    expect(decisions(made)).toEqual(carried);
    expect(made.carried.map(({ why }) => why)).toEqual(
      made.carried.map(() => expect.stringContaining('what support-1.x names')),
    );
  });

  it.each([
    [null, 'main'],
    ['main', 'main'],
    ['support-2.x', 'support-2.x and main'],
  ])(
    'is refused where neither %s nor the default branch has images of its files, and says so',
    async (target, named) => {
      const registry = await ranOver(versioned, 'support-1.x');
      await expect(planOf(versioned, { registry, event: { ...event, target } })).rejects.toMatchObject({
        code: 'release-unproven',
        what: expect.stringMatching(/: base, alone, app$/),
        next: expect.stringContaining(`name another branch than ${named} as the target of the release`),
      });
    },
  );
});

describe('a plan is refused', () => {
  it('where the version was released with other content', async () => {
    const registry = await ranOver(versioned, 'v1.0.0');
    const asked = planOf({ ...versioned, 'alone/new': '1' }, { registry, event: release });
    await expect(asked).rejects.toMatchObject({
      code: 'version-taken',
      what: expect.stringContaining('registry.test/acme/alone:v1.0.0'),
    });
  });

  it('where the version names an image of somebody else', async () => {
    const registry = new FakeRegistry();
    await registry.publish(parseRepository(`${madePrefix}/alone`, 'test'), madeImage(), 'v1.0.0');
    await expect(planOf(versioned, { registry, event: release })).rejects.toMatchObject({ code: 'version-taken' });
  });

  it.each([[401], [403], [500]])('where the registry answers %i, which is not absence', async (status) => {
    const registry = new FakeRegistry().fault({ on: /^HEAD /, status });
    await expect(planOf(chain, { registry })).rejects.toMatchObject({ exitCode: 3 });
  });
});

describe('a registry that does not answer', () => {
  const http = {
    send: () => Promise.reject(new RemoteError({ code: 'host-unreachable', what: 'x', state: 'x', next: 'x' })),
  };

  it('stops a run that publishes', async () => {
    await expect(planOf(chain, { http })).rejects.toMatchObject({ code: 'registry-unreachable', exitCode: 3 });
  });

  it('does not stop a run that publishes nothing, and is told', async () => {
    const made = await planOf(chain, { http, event: { name: 'pull_request' } });
    expect(decisions(made)).toEqual(everything);
    expect(made.notes).toEqual(['registry.test could not be reached: every image counts as changed']);
  });

  it('is not asked at all offline', async () => {
    const registry = await ranOver(chain);
    const made = await planOf(chain, { registry, offline: true });
    expect(decisions(made)).toEqual(everything);
    expect(registry.lines).toEqual([]);
  });
});
