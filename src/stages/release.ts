import { setIdentity } from '../domain/image-set.ts';
import type { ReleaseReport } from '../domain/release-report.ts';
import { giveTags } from './tagging/driver.ts';
import type { ReleasePorts, ReleaseWork } from './tagging/facts.ts';
import { madeIndexes, placeIndexes } from './tagging/indexes.ts';
import { wantedTags } from './tagging/rebuilt.ts';
import { policyOf } from './tagging/requests.ts';
import { dropStageTags } from './tagging/stage-tags.ts';

/** Moves the floating tags of a set whose immutable ones are in place; `all` puts those in place as well. */
export async function release(
  ports: ReleasePorts,
  { plan, set, split = [], facts }: ReleaseWork,
  tags: 'floating' | 'all' = 'floating',
): Promise<ReleaseReport> {
  const { immutable, floating, notes } = await wantedTags(ports.registry, plan, set);
  const report = await giveTags(ports, {
    ...{ set: setIdentity(set), plan, facts, notes, policy: policyOf(plan), placed: madeIndexes(split) },
    requests: tags === 'all' ? [...immutable, ...floating] : floating,
    needs: tags === 'all' ? [] : immutable,
    prepare: () => placeIndexes(ports.registry, split),
    stateIfRefused: tags === 'all' ? 'no tag was written' : 'no floating tag was written',
  });
  return dropStageTags(ports, plan, report);
}
