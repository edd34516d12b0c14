import { describe, expect, it } from '@jest/globals';
import { JobStores } from '../../../src/pipelines/actions/red-stores.ts';
import { storesInArtifacts } from '../../../src/pipelines/found-stores.ts';
import type { ArtifactFolders } from '../../../src/ports/artifacts.ts';
import { platformRecord } from '../../../src/stages/build.ts';
import { readImage } from '../../../src/store/image-content.ts';
import { createStore } from '../../../src/store/store.ts';
import { recordingLog } from '../../support/fake-log.ts';
import { writeMade } from '../../support/made-image.ts';
import { madePlan, madeRecord } from '../../support/made-plan.ts';
import { createMemoryFiles } from '../../support/memory-files.ts';
import { drawn, honest } from '../../support/tampering.ts';
import { storePorts } from '../store/store-ports.ts';

const made = drawn(honest, 'index');
const { digest, mediaType } = made.manifest;

/** A job whose image passed, under a plan with this mode; what it kept, as the gate finds it. */
async function keptWith(gate: 'archive' | 'promote') {
  const files = createMemoryFiles();
  const ports = storePorts(files);
  const artifactFolders: ArtifactFolders = {
    async uploadFolder(name, folder) {
      for (const { name: file } of await files.list(folder))
        await files.write(`/artifacts/${name}/${file}`, (await files.readBytes(`${folder}/${file}`)) ?? '');
    },
    async downloadTo(name, folder) {
      for (const { name: file } of await files.list(`/artifacts/${name}`))
        await files.write(`${folder}/${file}`, (await files.readBytes(`/artifacts/${name}/${file}`)) ?? '');
      return (await files.facts(`/artifacts/${name}`)) !== undefined;
    },
  };
  const store = await createStore(ports, '/run/app');
  await writeMade(store, made);
  await store.addEntry(made.descriptor);
  const platforms = (await readImage(store, digest)).platforms.map(platformRecord);
  const record = madeRecord('app', { digest, mediaType, platforms });
  const plan = madePlan({ gate });
  const secrets = { add() {}, clean: (text: string) => text };
  const all = { ...ports, files, artifactFolders, secrets, log: recordingLog() };
  // The parts of the ports and of the host that keeping takes, and no more.
  const [own, host] = [all, { run: plan.run, temp: '/temp' }] as unknown as ConstructorParameters<typeof JobStores>;
  const proven = { kind: 'proven' as const, key: 'app', record, recordDigest: digest, cached: 0, executed: 1 };
  const lost = await new JobStores(own, host, { plan, maxBytes: 1_000_000 }).keep([proven], '/run');
  const found = await storesInArtifacts({ ...ports, artifactFolders }, plan, '/fetched')({ key: 'app', digest });
  return { lost, manifest: await found?.readManifest(digest) };
}

describe('the store of a green image', () => {
  it('travels where the gate compares stores, and is found by the gate', async () => {
    const { lost, manifest } = await keptWith('archive');
    expect([lost.lost, manifest?.digest]).toEqual([[], digest]);
  });

  it('stays where it is in every other mode', async () => {
    expect((await keptWith('promote')).manifest).toBeUndefined();
  });
});
