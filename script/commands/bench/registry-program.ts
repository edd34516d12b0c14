import { readFileSync } from 'node:fs';
import { createClock } from '../../../src/adapters/clock.ts';
import { createPorts } from '../../../src/adapters/create-ports.ts';
import { createHttp } from '../../../src/adapters/http.ts';
import { createRegistryClient } from '../../../src/clients/registry/client.ts';
import { repositoryContent } from '../../../src/clients/registry/repository-content.ts';
import type { Ports } from '../../../src/ports/ports.ts';
import { giveTags } from '../../../src/stages/tagging/driver.ts';
import { copyContent } from '../../../src/store/copy.ts';
import { inParallel } from '../../../src/store/parallel.ts';
import { openStore } from '../../../src/store/store.ts';
import { type Pushed, type Report, Work } from './registry-work.ts';

type Tags = Extract<Work, { kind: 'tags' }>;
type Push = Extract<Work, { kind: 'pushes' }>['pushes'][number];

main(process.argv[2] ?? '').catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});

async function main(file: string): Promise<void> {
  await using ports = createPorts();
  const work = Work.parse(JSON.parse(readFileSync(file, 'utf8')));
  const pushes: Pushed[] = [];
  if (work.kind === 'tags') await (work.way === 'release' ? release(ports, work) : giveAll(ports, work));
  else {
    await inParallel([...work.pushes.entries()], work.atOnce, async ([place, push]) => {
      pushes[place] = await pushed(ports, push);
    });
  }
  const peakKiB = Number(/VmHWM:\s+(\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))?.[1]);
  console.log(JSON.stringify({ peakKiB, pushes } satisfies Report));
}

/** As a release does it: all are looked at first, the version tags go before the floating ones. */
async function release(ports: Ports, { images, tags }: Tags): Promise<void> {
  const registry = createRegistryClient(ports);
  const requests = images.flatMap(({ repository, digest: target }) =>
    tags.map((tag, place) => {
      const kind: 'immutable' | 'floating' = place === 0 ? 'immutable' : 'floating';
      return { key: repository, repository, tag, kind, target };
    }),
  );
  const set = images[0]?.digest;
  if (set === undefined) throw new Error('there is nothing to tag');
  const { state } = await giveTags(
    { ...ports, registry },
    { set, policy: { version: tags[0] }, requests, stateIfRefused: '' },
  );
  if (state !== 'released') throw new Error(`the release ended as ${state}`);
}

async function giveAll(ports: Ports, { images, tags }: Tags): Promise<void> {
  const registry = createRegistryClient(ports);
  const moves = images.flatMap((image) => tags.map((tag) => ({ ...image, tag })));
  await Promise.all(
    moves.map(async ({ repository, digest, tag }) => {
      const [previous, manifest] = await Promise.all([
        registry.resolve(repository, tag),
        registry.readManifest(repository, digest),
      ]);
      if (manifest === undefined) throw new Error(`${digest} is not in ${repository}`);
      const written = await registry.writeTag(repository, { tag, manifest, previous: previous?.digest });
      if (written.digest !== digest) throw new Error(`${repository}:${tag} names ${written.digest}`);
    }),
  );
}

/** Each with connections and a health of its own, as each would have in a run of its own. */
async function pushed(ports: Ports, { layout, repository, digest, tag, previous }: Push): Promise<Pushed> {
  using http = createHttp(createClock(), ports.signals);
  const client = createRegistryClient({ ...ports, http });
  const store = await openStore(ports, layout);
  try {
    const { blobs, present } = await copyContent(store, repositoryContent(client, repository), { digest });
    if (tag === undefined) return { blobs, present };
    const manifest = await store.readManifest(digest);
    if (manifest === undefined) throw new Error(`${digest} is not in ${layout}`);
    const written = await client.writeTag(repository, { tag, manifest, previous });
    if (written.digest === digest) return { blobs, present };
    throw written.refused ?? new Error(`${tag} names ${written.digest}`);
  } catch (error) {
    return { blobs: 0, present: 0, failure: error instanceof Error ? error.message : String(error) };
  }
}
