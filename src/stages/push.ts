import { setIdentity } from '../domain/image-set.ts';
import type { ReleaseReport } from '../domain/release-report.ts';
import { giveTags } from './tagging/driver.ts';
import type { ReleasePorts, ReleaseWork } from './tagging/facts.ts';
import { madeIndexes, placeIndexes } from './tagging/indexes.ts';
import { wantedTags } from './tagging/rebuilt.ts';
import { policyOf } from './tagging/requests.ts';

/** Gives a proven set its immutable tags. */
export async function push(ports: ReleasePorts, { plan, set, split = [], facts }: ReleaseWork): Promise<ReleaseReport> {
  const { immutable, floating, notes } = await wantedTags(ports.registry, plan, set);
  return giveTags(ports, {
    ...{ set: setIdentity(set), plan, facts, notes, policy: policyOf(plan), placed: madeIndexes(split) },
    requests: immutable,
    later: floating,
    prepare: () => placeIndexes(ports.registry, split),
    stateIfRefused: 'no tag was written',
  });
}
