import { describe, expect, it } from '@jest/globals';
import { RemoteError } from '../../../src/domain/errors.ts';
import { FakeRegistry } from '../../../test/support/fake-registry.ts';
import { chain, planOf, publishAll } from './planned.ts';

describe('before anything is built, a plan', () => {
  it('refuses a taken rebuild tag on a refresh', async () => {
    const r = new FakeRegistry();
    const tree = { ...chain, VERSION: 'v1.0.0' };
    await publishAll(r, await planOf(tree), 'v1.0.0-r20260102.7');
    await expect(planOf(tree, { registry: r, event: { name: 'schedule' } })).rejects.toMatchObject({
      code: 'version-taken',
    });
  });
  it('needs an answer of the registry on a refresh that publishes', async () => {
    const http = {
      send: () => Promise.reject(new RemoteError({ code: 'host-unreachable', what: 'x', state: 'x', next: 'x' })),
    };
    await expect(planOf(chain, { http, event: { name: 'schedule' } })).rejects.toMatchObject({
      code: 'registry-unreachable',
    });
  });
  it('refuses a version of which a dependent is out and its base is nowhere', async () => {
    const registry = new FakeRegistry();
    const tree = { ...chain, VERSION: 'v1.0.0' };
    const plan = await planOf(tree);
    await publishAll(registry, { ...plan, images: plan.images.filter(({ key }) => key !== 'base') }, 'v1.0.0');
    const again = planOf(tree, { registry, event: { ref: 'refs/tags/v1.0.0' } });
    await expect(again).rejects.toMatchObject({ code: 'version-taken' });
  });
});
