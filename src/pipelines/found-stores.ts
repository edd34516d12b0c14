import type { Digest } from '../domain/digest.ts';
import { rowsWith } from '../domain/parts.ts';
import type { Plan } from '../domain/plan.ts';
import type { ContentSource } from '../ports/content.ts';
import type { ActionPorts, Ports } from '../ports/ports.ts';
import type { FindStore } from '../stages/gating/views.ts';
import { openStore } from '../store/store.ts';
import { openArchive } from '../store/tar/archive.ts';
import { keptArchive, storeArtifact } from './kept-artifact.ts';
import { partSuffix } from './test-logs.ts';

type StorePorts = Pick<Ports, 'files' | 'clock' | 'random' | 'processes'>;

/** Looks for stores in a folder of them: layouts, archives, and what was downloaded as `slipway-store-KEY`. The digest decides, and never the name. */
export function storesInFolder(ports: StorePorts, folder: string): FindStore {
  return async ({ key, digest }) => {
    const artifact = storeArtifact(key);
    const names = (await ports.files.list(folder)).map(({ name }) => name);
    const mine = names.filter((name) => {
      return [key, `${key}.tar`, artifact, `${artifact}.tar`].includes(name) || name.startsWith(`${artifact}@`);
    });
    for (const name of mine) {
      const found = await storeAt(ports, `${folder}/${name}`, digest);
      if (found !== undefined) return found;
    }
    return undefined;
  };
}

async function storeAt(ports: StorePorts, path: string, digest: Digest): Promise<ContentSource | undefined> {
  for (const open of [
    layoutIn(ports, path),
    layoutIn(ports, `${path}/image`),
    archiveAt(ports, path),
    archiveAt(ports, `${path}/${keptArchive}`),
  ]) {
    const source = await open();
    if (source !== undefined && (await source.readManifest(digest)) !== undefined) return source;
  }
  return undefined;
}

type Open = () => Promise<ContentSource | undefined>;

function layoutIn(ports: StorePorts, folder: string): Open {
  return async () =>
    (await ports.files.facts(`${folder}/oci-layout`)) === undefined ? undefined : openStore(ports, folder);
}

function archiveAt(ports: StorePorts, file: string): Open {
  return async () => {
    if ((await ports.files.facts(file))?.kind !== 'file') return undefined;
    return (await openArchive(ports.files, file)).source;
  };
}

/** Looks for stores among the artifacts of this run; each is downloaded once, into a folder that somebody else removes. */
export function storesInArtifacts(
  ports: StorePorts & Pick<ActionPorts, 'artifactFolders'>,
  plan: Plan,
  folder: string,
): FindStore {
  const fetched = new Map<string, Promise<unknown>>();
  const inFolder = storesInFolder(ports, folder);
  return async (image) => {
    const rows = rowsWith(plan, image.key);
    const parts = rows.length === 0 ? [''] : rows.map(partSuffix);
    for (const part of new Set(parts)) {
      const name = storeArtifact(image.key, part);
      const fetching = fetched.get(name) ?? ports.artifactFolders.downloadTo(name, `${folder}/${name}`);
      fetched.set(name, fetching);
      await fetching;
    }
    return inFolder(image);
  };
}
