import { describe, expect, it } from '@jest/globals';
import { sharingBlobs } from '../../../../src/clients/registry/shared-blobs.ts';
import { parseRepository, type Repository } from '../../../../src/domain/image-ref.ts';
import { FakeRegistry } from '../../../support/fake-registry.ts';
import { madeBlob } from '../../../support/made-image.ts';

const [one, two, three] = ['one', 'two', 'three'].map((name) => parseRepository(`registry.test/acme/${name}`, 'test'));
const elsewhere = parseRepository('other.test/acme/one', 'test');
const layer = madeBlob('application/vnd.oci.image.layer.v1.tar', Buffer.from('a layer of all of them'));

async function* bytes(): AsyncIterable<Uint8Array> {
  yield layer.bytes;
}
const write = { descriptor: layer.descriptor, open: async () => bytes() };

function client() {
  const registry = new FakeRegistry();
  const shared = sharingBlobs(registry.client);
  const sendTo = (repository: Repository | undefined) => shared.writeBlob(repository ?? elsewhere, write);
  return { registry, shared, sendTo };
}

describe('a layer of several images', () => {
  it('is sent once, also where all of them begin at the same time', async () => {
    const { registry, sendTo } = client();
    expect(await Promise.all([one, two, three].map(sendTo))).toEqual(['uploaded', 'mounted', 'mounted']);
    for (const repository of [one, two, three])
      expect(await registry.other.hasBlob(repository ?? elsewhere, layer.descriptor)).toBe(true);
  });

  it('is not sent where it was seen in another repository', async () => {
    const { registry, shared, sendTo } = client();
    await registry.other.writeBlob(one ?? elsewhere, write);
    expect(await shared.hasBlob(one ?? elsewhere, layer.descriptor)).toBe(true);
    expect(await sendTo(two)).toBe('mounted');
  });

  it('is sent by the others where the first could not', async () => {
    const { registry, sendTo } = client();
    registry.fault({ on: /POST .*acme\/one\/blobs/, status: 403 });
    const [failed, sent] = await Promise.allSettled([sendTo(one), sendTo(two)]);
    expect([failed?.status, sent]).toEqual(['rejected', { status: 'fulfilled', value: 'uploaded' }]);
  });

  it('is sent to each registry by itself', async () => {
    const { sendTo } = client();
    expect(await Promise.all([sendTo(one), sendTo(elsewhere)])).toEqual(['uploaded', 'uploaded']);
  });
});
