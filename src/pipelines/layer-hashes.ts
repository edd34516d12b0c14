import type { ImageOutcome } from '../domain/outcome.ts';
import type { Row } from '../domain/plan.ts';
import type { PlatformRecord } from '../domain/record.ts';
import type { ActionPorts } from '../ports/ports.ts';
import { inParallel } from '../store/parallel.ts';
import { partSuffix, uploadForPeople, uploadsAtOnce } from './test-logs.ts';

/** Hands on the hash of the layers of each image that passed: a text that other programs compare, and no job of ours. */
export async function uploadLayerHashes(
  ports: Pick<ActionPorts, 'artifacts' | 'log'>,
  outcomes: readonly ImageOutcome[],
  row: Row | undefined,
): Promise<void> {
  const proven = outcomes.flatMap((outcome) => (outcome.kind === 'proven' ? [outcome.record] : []));
  await inParallel(proven, uploadsAtOnce, async ({ key, platforms }) => {
    const bytes = new TextEncoder().encode(hashText(platforms));
    await uploadForPeople(ports, `digest-${key}${partSuffix(row)}`, { [`digest-${key}.txt`]: bytes });
  });
}

/** One hash stands alone, as those who compare it expect; several are told apart by their platforms. */
function hashText(platforms: readonly Pick<PlatformRecord, 'platform' | 'layers'>[]): string {
  const isOne = platforms.length === 1;
  return platforms.map(({ platform, layers }) => `${layers}${isOne ? '' : `  ${platform}`}\n`).join('');
}
