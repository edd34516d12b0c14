import type { RegistryClient } from '../clients/registry/client.ts';
import { type ImageSet, setIdentity } from '../domain/image-set.ts';
import type { Plan } from '../domain/plan.ts';
import type { ReleaseReport } from '../domain/release-report.ts';
import type { Ports } from '../ports/ports.ts';
import { giveTags } from './tagging/driver.ts';
import { tagRequests } from './tagging/requests.ts';

/** Moves the floating tags of a set whose immutable ones are in place. */
export function release(
  ports: Pick<Ports, 'clock' | 'log'> & { readonly registry: RegistryClient },
  { plan, set }: { readonly plan: Plan; readonly set: ImageSet },
): Promise<ReleaseReport> {
  // A branch tag follows its branch; what follows a version must not go backwards.
  const version = plan.rights.floating ? plan.version : null;
  return giveTags(ports, { set: setIdentity(set), version, requests: tagRequests(plan, set, 'floating') });
}
