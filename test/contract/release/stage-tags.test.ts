import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createPorts } from '../../../src/adapters/create-ports.ts';
import { createRegistryClient } from '../../../src/clients/registry/client.ts';
import { repositoryContent } from '../../../src/clients/registry/repository-content.ts';
import { canDropTags } from '../../../src/stages/tagging/drop-probe.ts';
import { requireLab, tagsOf } from '../../support/lab.ts';
import { madeImage, writeMade } from '../../support/made-image.ts';
import {
  freshRepository,
  labRegistry,
  startCraneRegistry,
  startEmbedded,
  type TestRegistry,
  tag,
} from '../../support/registries.ts';

const lab = requireLab();
const ports = createPorts();
const client = createRegistryClient(ports);

afterAll(async () => ports[Symbol.asyncDispose]());

describe.each([
  { name: "Debian's registry 2.8", why: 'this registry deletes no tags', open: async () => labRegistry(lab) },
  { name: 'Distribution 3', why: undefined, open: async () => ({ ...labRegistry(lab), host: lab.registry3 }) },
  { name: 'our own', why: undefined, open: () => startEmbedded(ports) },
  { name: 'that of go-containerregistry', why: undefined, open: () => startCraneRegistry(lab) },
])('whether a tag can be dropped alone at $name', ({ why, open }) => {
  let registry: TestRegistry;

  beforeAll(async () => {
    registry = await open();
  });

  afterAll(async () => registry[Symbol.asyncDispose]());

  it('is found out without harm to what is there, and leaves no tag', async () => {
    const repository = freshRepository(registry, 'probe');
    const made = madeImage({ layers: [{ v: 'probe' }] });
    await writeMade(repositoryContent(client, repository), made);
    for (const name of ['kept', 'slipway-stage-7-app']) await client.putManifest(repository, tag(name), made.manifest);
    expect(await canDropTags(client, repository, '7')).toBe(why);
    expect([...(await tagsOf(lab, repository))].sort()).toEqual(['kept', 'slipway-stage-7-app']);
    const end = await client.deleteTag(repository, tag('slipway-stage-7-app'));
    expect(end).toBe(why === undefined ? 'deleted' : 'unsupported');
    expect((await client.resolve(repository, tag('kept')))?.digest).toBe(made.manifest.digest);
  });
});

describe('a registry that deletes the image along with a tag', () => {
  it('is noticed before anything else is deleted there', async () => {
    // As on GitHub: whoever deletes a tag deletes what it names.
    await using registry = await startEmbedded(ports, (handler) => async (request) => {
      const [, home = '', name = ''] = /^(\/v2\/.+\/manifests\/)([^:]+)$/.exec(request.path) ?? [];
      if (request.method !== 'DELETE' || name === '') return handler(request);
      const head = await handler({ ...request, method: 'HEAD' });
      const digest = head.headers?.['docker-content-digest'];
      return handler(digest === undefined ? request : { ...request, path: `${home}${digest}` });
    });
    const repository = freshRepository(registry, 'probe');
    expect(await canDropTags(client, repository, '7')).toBe(
      'this registry deletes the image and all its tags along with a tag',
    );
    expect(await tagsOf(lab, repository)).toEqual([]);
  });
});
