import { describe, expect, it } from '@jest/globals';
import { createRegistryClient } from '../../../src/clients/registry/client.ts';
import { repositoryContent } from '../../../src/clients/registry/repository-content.ts';
import { parseRepository } from '../../../src/domain/image-ref.ts';
import { stage } from '../../../src/stages/stage.ts';
import { FakeRegistry } from '../../support/fake-registry.ts';
import { madeImage } from '../../support/made-image.ts';
import { madeRecord } from '../../support/made-plan.ts';

describe('an image that is staged elsewhere than its record says', () => {
  it.each([
    ['registry.test/acme/app', ['acme/app']],
    ['ci.test/acme/app', []],
  ])('asks for the layers of %s where that is the same registry', async (published, mounted) => {
    const [store, registry] = [new FakeRegistry(), new FakeRegistry()];
    const repository = parseRepository(published, 'test');
    const made = madeImage({ layers: [{ v: 'staged' }] });
    const digest = await store.publish(repository, made);
    const asked = new Set<string>();
    const http: typeof registry.http = {
      send(request) {
        const from = new URL(request.url).searchParams.get('from');
        if (from !== null) asked.add(from);
        return registry.http.send(request);
      },
    };
    const client = createRegistryClient({
      http,
      clock: registry.clock,
      random: { hex: (digits) => '0'.repeat(digits) },
    });
    const home = parseRepository('registry.test/acme/app-staging', 'test');
    const { mediaType } = made.manifest;
    const platforms = madeRecord().platforms.map((one) => ({ ...one, digest }));
    const record = madeRecord('app', { repository, digest, mediaType, platforms });
    await stage(
      { registry: client },
      { store: repositoryContent(store.other, repository), record, place: { repository: home } },
    );
    expect([...asked]).toEqual(mounted);
    expect((await registry.other.resolve(home, digest))?.digest).toBe(digest);
  });
});
