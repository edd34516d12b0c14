import type { RegistryClient } from '../clients/registry/client.ts';
import { type ImageSet, setIdentity } from '../domain/image-set.ts';
import { floatingVersion, type Plan } from '../domain/plan.ts';
import type { ReleaseReport } from '../domain/release-report.ts';
import type { SplitImage } from '../domain/whole-image.ts';
import type { Ports } from '../ports/ports.ts';
import { giveTags } from './tagging/driver.ts';
import { placeIndexes } from './tagging/indexes.ts';
import { tagRequests } from './tagging/requests.ts';

/** Gives a proven set its immutable tags. */
export function push(
  ports: Pick<Ports, 'clock' | 'log'> & { readonly registry: RegistryClient },
  { plan, set, split = [] }: { readonly plan: Plan; readonly set: ImageSet; readonly split?: readonly SplitImage[] },
): Promise<ReleaseReport> {
  const requests = tagRequests(plan, set, 'immutable');
  const later = { requests: tagRequests(plan, set, 'floating'), version: floatingVersion(plan) };
  return giveTags(ports, {
    set: setIdentity(set),
    version: plan.version,
    requests,
    later,
    prepare: () => placeIndexes(ports.registry, split),
    stateIfRefused: 'no tag was written',
  });
}
