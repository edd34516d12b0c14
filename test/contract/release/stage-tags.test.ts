import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createPorts } from '../../../src/adapters/create-ports.ts';
import { createRegistryClient } from '../../../src/clients/registry/client.ts';
import { repositoryContent } from '../../../src/clients/registry/repository-content.ts';
import type { ServedRequest, ServedResponse } from '../../../src/ports/http-server.ts';
import { canDropTags } from '../../../src/stages/tagging/drop-probe.ts';
import { requireLab, tagsOf } from '../../support/lab.ts';
import { madeImage, writeMade } from '../../support/made-image.ts';
import {
  freshRepository,
  type Handler,
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
    expect(await canDropTags(client, repository, { run: '7', clock: ports.clock })).toBe(why);
    expect([...(await tagsOf(lab, repository))].sort()).toEqual(['kept', 'slipway-stage-7-app']);
    const end = await client.deleteTag(repository, tag('slipway-stage-7-app'));
    expect(end).toBe(why === undefined ? 'deleted' : 'unsupported');
    expect((await client.resolve(repository, tag('kept')))?.digest).toBe(made.manifest.digest);
  });
});

/** What a registry does that has more in mind when it is asked to delete a tag; undefined where it does what it was asked to. */
type Deletion = (handler: Handler, request: ServedRequest, at: { home: string; digest: string }) => Promise<boolean>;

/** As on GitHub: whoever deletes a tag deletes what it names. */
const withTheImage: Deletion = async () => true;

/** As zot does it: a manifest goes with the last of its tags. */
const withTheLastTag: Deletion = async (handler, request, { home, digest }) => {
  const list = await handler({ ...request, method: 'GET', path: `${home.replace(/manifests\/$/, '')}tags/list` });
  const { tags = [] } = JSON.parse(new TextDecoder().decode(list.body as Uint8Array)) as { tags?: string[] };
  const named = await Promise.all(tags.map((name) => handler({ ...request, method: 'HEAD', path: `${home}${name}` })));
  return named.filter(({ headers }) => headers?.['docker-content-digest'] === digest).length === 1;
};

const deleting =
  (takesAll: Deletion) =>
  (handler: Handler): Handler =>
  async (request) => {
    const [, home = '', name = ''] = /^(\/v2\/.+\/manifests\/)([^:]+)$/.exec(request.path) ?? [];
    if (request.method !== 'DELETE' || name === '') return handler(request);
    const head = await handler({ ...request, method: 'HEAD' });
    const digest = head.headers?.['docker-content-digest'];
    const isAll = digest !== undefined && (await takesAll(handler, request, { home, digest }));
    return handler(isAll ? { ...request, path: `${home}${digest}` } : request);
  };

describe('a registry that deletes more than a tag', () => {
  it.each([
    ['the image with all its tags', withTheImage, 'this registry deletes the image and all its tags along with a tag'],
    ['what has lost its last tag', withTheLastTag, 'this registry deletes what loses its last tag'],
  ])('is noticed before anything else is deleted there: %s', async (_, takesAll, why) => {
    await using registry = await startEmbedded(ports, deleting(takesAll));
    const repository = freshRepository(registry, 'probe');
    expect(await canDropTags(client, repository, { run: '7', clock: ports.clock })).toBe(why);
    expect(await tagsOf(lab, repository)).toEqual([]);
  });

  it('is not believed to keep it because one of its replicas has it still', async () => {
    let late = 1;
    await using registry = await startEmbedded(ports, (handler) => {
      const real = deleting(withTheLastTag)(handler);
      let kept: ServedResponse | undefined;
      return async (request) => {
        const isByDigest = request.path.includes('/manifests/sha256:');
        if (request.method === 'DELETE' && !isByDigest) kept = await handler({ ...request, method: 'HEAD' });
        const answer = await real(request);
        if (request.method !== 'HEAD' || !isByDigest || answer.status !== 404 || late === 0) return answer;
        late -= 1;
        return kept ?? answer;
      };
    });
    const repository = freshRepository(registry, 'probe');
    expect(await canDropTags(client, repository, { run: '7', clock: ports.clock })).toBe(
      'this registry deletes what loses its last tag',
    );
  });
});
