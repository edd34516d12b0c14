import type { RegistryClient } from '../clients/registry/client.ts';
import { type ImageSet, setIdentity } from '../domain/image-set.ts';
import { floatingVersion, type Plan } from '../domain/plan.ts';
import type { ReleaseReport } from '../domain/release-report.ts';
import type { SplitImage } from '../domain/whole-image.ts';
import type { Ports } from '../ports/ports.ts';
import { giveTags } from './tagging/driver.ts';
import { placeIndexes } from './tagging/indexes.ts';
import { tagRequests } from './tagging/requests.ts';

/** Moves the floating tags of a set whose immutable ones are in place. */
export function release(
  ports: Pick<Ports, 'clock' | 'log'> & { readonly registry: RegistryClient },
  { plan, set, split = [] }: { readonly plan: Plan; readonly set: ImageSet; readonly split?: readonly SplitImage[] },
): Promise<ReleaseReport> {
  return giveTags(ports, {
    set: setIdentity(set),
    version: floatingVersion(plan),
    requests: tagRequests(plan, set, 'floating'),
    prepare: () => placeIndexes(ports.registry, split),
    stateIfRefused: 'no floating tag was written',
  });
}
