import type { RegistryClient } from '../clients/registry/client.ts';
import { repositoryContent } from '../clients/registry/repository-content.ts';
import type { Digest } from '../domain/digest.ts';
import type { Repository } from '../domain/image-ref.ts';
import type { ImageSet } from '../domain/image-set.ts';
import type { Plan } from '../domain/plan.ts';
import type { ImageRecord } from '../domain/record.ts';
import { homeOf } from '../domain/staging.ts';
import type { Verdict } from '../domain/verdict.ts';
import type { SplitImage } from '../domain/whole-image.ts';
import type { ContentSource } from '../ports/content.ts';
import type { Ports } from '../ports/ports.ts';
import { gate } from '../stages/gate.ts';
import type { FindStore } from '../stages/gating/views.ts';
import { placeOf, stage } from '../stages/stage.ts';

/** A set whose built images are in stores, and in no registry yet. */
export interface ArchivedSet {
  readonly plan: Plan;
  readonly set: ImageSet;
  readonly split?: readonly SplitImage[];
  readonly records: readonly ImageRecord[];
  readonly registry: RegistryClient;
  readonly findStore: FindStore;
}

/** Where an image of such a set can be read: in its store, else, as what is carried over, in the registry. */
export function storeContent(findStore: FindStore, registry: RegistryClient) {
  return async (
    image: { readonly key: string; readonly repository: Repository; readonly digest?: Digest },
    digest = image.digest,
  ): Promise<ContentSource> => {
    const store = digest === undefined ? undefined : await findStore({ key: image.key, digest });
    return store ?? repositoryContent(registry, homeOf(image));
  };
}

/**
 * Uploads the images of such a set by digest, each with its record, once the gate has read every byte of all of them. Nothing is
 * uploaded of a set that it stops.
 */
export async function uploadProven(ports: Pick<Ports, 'log'>, work: ArchivedSet): Promise<Verdict> {
  const { plan, records, registry, findStore } = work;
  const verdict = await gate(work, { ...work, way: { mode: 'archive', records, findStore } });
  if (verdict.state !== 'match') return verdict;
  for (const record of records) {
    const { key, digest } = record;
    const store = await findStore({ key, digest });
    if (store === undefined) throw new Error(`the gate has read ${digest} a moment ago`);
    const { blobs, bytes } = await stage({ registry }, { store, record, place: placeOf(plan, key) });
    ports.log.info(`${key}: ${digest} was uploaded from its store: ${blobs} blobs, ${bytes} bytes`);
  }
  return verdict;
}
