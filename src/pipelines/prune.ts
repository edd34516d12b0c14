import { ConfigError } from '../domain/errors.ts';
import type { Ports } from '../ports/ports.ts';
import type { Pruned } from '../store/prune.ts';
import { pruneStore } from '../store/prune.ts';
import { pruneRegistry } from '../store/prune-registry.ts';

/** Drops from a store, or from the folder of a registry, what nothing refers to. */
export async function prune(
  ports: Pick<Ports, 'files' | 'clock' | 'random' | 'processes'>,
  folder: string,
  minAgeMs: number,
): Promise<Pruned> {
  const isThere = async (name: string): Promise<boolean> =>
    (await ports.files.facts(`${folder}/${name}`)) !== undefined;
  if (await isThere('oci-layout')) return pruneStore(ports, folder, { minAgeMs });
  if ((await isThere('blobs')) && (await isThere('repositories'))) return pruneRegistry(ports, folder, { minAgeMs });
  throw new ConfigError({
    code: 'prune-nothing',
    what: 'it is neither a store nor the folder of a registry',
    where: folder,
    state: 'nothing was dropped',
    next: 'name a folder with oci-layout in it, or one that `slipway registry serve` or `slipway run` made, such as .slipway/registry',
  });
}
