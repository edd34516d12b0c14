import { describe, expect, it } from '@jest/globals';
import { digestOf } from '../../../src/domain/digest.ts';
import { parseRepository } from '../../../src/domain/image-ref.ts';
import type { ImageRecord } from '../../../src/domain/record.ts';
import { FakeRegistry } from '../../support/fake-registry.ts';
import { madeImage } from '../../support/made-image.ts';
import { madePrefix } from '../../support/made-plan.ts';
import { decisions, planOf, publishAll } from './planned.ts';

const outside = `${madePrefix}/outside/python`;
const tree = {
  'slipway.yml': [
    'refresh: stale',
    'allow-untested: [base, app, alone]',
    'images:',
    '  base: {}',
    '  app: {build-args: {REGISTRY: "{registry}"}}',
    '  alone: {}',
  ].join('\n'),
  VERSION: 'v1.0.0\n',
  'base/Dockerfile': `FROM ${outside}:3\n`,
  'app/Dockerfile': 'ARG REGISTRY\nFROM ${REGISTRY}/base:main\n',
  'alone/Dockerfile': 'FROM scratch\n',
};

/** A registry in which every image was published under a tag, built on an image from outside. */
async function published(tag: string, on: ReturnType<typeof madeImage>): Promise<FakeRegistry> {
  const registry = new FakeRegistry();
  await registry.publish(parseRepository(outside, 'test'), on, '3');
  const made = await planOf(tree, { registry, bases: registry.client });
  const bases: ImageRecord['bases'] = [
    {
      reference: `${outside}:3`,
      key: null,
      digest: on.manifest.digest,
      platforms: { 'linux/amd64': on.manifest.digest },
    },
  ];
  await publishAll(registry, { ...made, images: made.images.filter(({ key }) => key === 'base') }, tag, { bases });
  await publishAll(registry, { ...made, images: made.images.filter(({ key }) => key !== 'base') }, tag);
  return registry;
}

const old = madeImage({ layers: [{ python: 'old' }] });
const moved = madeImage({ layers: [{ python: 'new' }] });
const weekly = { event: { name: 'schedule' as const } };

describe('a refresh of what is stale', () => {
  it('builds nothing while no base moved, and gives no tags', async () => {
    const registry = await published('v1.0.0', old);
    const made = await planOf(tree, { ...weekly, registry, bases: registry.client });
    expect(decisions(made)).toEqual({ base: 'carried', app: 'carried', alone: 'carried' });
    expect(made.carried.map(({ tags }) => tags)).toEqual(Array(3).fill({ immutable: [], floating: [] }));
  });

  it('builds what is on a base that moved, and what is built on that, fresh and under a tag of its own', async () => {
    const registry = await published('v1.0.0', old);
    await registry.publish(parseRepository(outside, 'test'), moved, '3');
    const made = await planOf(tree, { ...weekly, registry, bases: registry.client });
    expect(decisions(made)).toEqual({ base: 'stale', app: 'dependent', alone: 'carried' });
    expect(made.images[0]?.why).toBe(`${outside}:3 for linux/amd64 is another one than when it was built`);
    expect(made.images[0]?.cache.fresh).toBe(true);
    expect(made.images[0]?.tags.immutable).toEqual(['v1.0.0-r20260102.7']);
  });

  it('compares with the last rebuild, and not with the release', async () => {
    const registry = await published('v1.0.0', old);
    await registry.publish(parseRepository(outside, 'test'), moved, '3');
    const again = await planOf(tree, { ...weekly, registry, bases: registry.client });
    const bases: ImageRecord['bases'] = [
      { reference: `${outside}:3`, key: null, digest: moved.manifest.digest, platforms: {} },
    ];
    const rebuilt = { ...again, images: again.images.filter(({ key }) => key === 'base') };
    await publishAll(registry, rebuilt, 'v1.0.0-r20251229.10', { bases });
    const later = await planOf(tree, { ...weekly, registry, bases: registry.client });
    expect(decisions(later).base).toBe('carried');
  });

  it('builds an image of other inputs, or that was never published', async () => {
    const registry = await published('v1.0.0', old);
    const made = await planOf({ ...tree, 'alone/new': digestOf('x') }, { ...weekly, registry, bases: registry.client });
    expect(decisions(made)).toEqual({ base: 'carried', app: 'carried', alone: 'changed' });
  });

  it('of everything builds everything', async () => {
    const registry = await published('v1.0.0', old);
    const all = { ...tree, 'slipway.yml': tree['slipway.yml'].replace('refresh: stale', 'refresh: all') };
    const made = await planOf(all, { ...weekly, registry, bases: registry.client });
    expect(decisions(made)).toEqual({ base: 'schedule', app: 'schedule', alone: 'schedule' });
  });
});
