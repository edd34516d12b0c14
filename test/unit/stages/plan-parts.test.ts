import { describe, expect, it } from '@jest/globals';
import { FakeRegistry } from '../../support/fake-registry.ts';
import { madeImage, madeIndex } from '../../support/made-image.ts';
import { madePlatformRecord, madeRecord } from '../../support/made-plan.ts';
import { chain, decisions, planOf, publishAll } from './planned.ts';

const tree = {
  ...chain,
  'slipway.yml': (chain['slipway.yml'] ?? '').replace('base: {}', 'base: {platforms: [linux/amd64, linux/arm64]}'),
};

describe('a plan over images in parts', () => {
  it('takes no part of a base for the whole, though it was proven for the same inputs', async () => {
    const registry = new FakeRegistry();
    const made = await planOf(tree);
    const base = made.images.find(({ key }) => key === 'base');
    if (base === undefined) throw new Error('the plan has no base');
    const image = madeImage();
    const part = madeIndex([image]);
    const { digest } = part.manifest;
    await registry.publish(base.repository, part);
    const platforms = [{ ...madePlatformRecord('linux/amd64'), digest: image.manifest.digest }];
    const untested = { test: 'untested', tests: [] } as const;
    await registry.attach(
      madeRecord('base', { ...untested, tests: [], identity: base.identity, digest, platforms }),
      part,
    );
    // A release that broke off gave its tag to what is built on the part, and not to the whole of the base.
    const rest = { ...made, images: made.images.filter(({ key }) => key !== 'base') };
    await publishAll(registry, rest, 'main', {
      bases: [{ reference: 'registry.test/acme/base:main', key: 'base', digest }],
    });
    expect(decisions(await planOf(tree, { registry })).base).toBe('all');
  });
});
