import { RefusedError } from '../../domain/errors.ts';
import type { ScanPolicy, ScanResult } from '../../domain/scan.ts';

const state = 'it was not tested, and nothing of it was published';
const named = 5;

/** Why a scan stops an image; none where it passed, or where the policy lets an absent scanner pass. */
export function scanRefusal(key: string, result: ScanResult, policy: ScanPolicy): RefusedError | undefined {
  if (result.state === 'unavailable' && policy.unavailable === 'fail') {
    return new RefusedError({
      code: 'scan-unavailable',
      what: `${result.tool} could not scan the image: ${result.why}`,
      where: key,
      state,
      next: 'mend what it says; `scan.unavailable: warn` publishes images that nobody scanned',
    });
  }
  if (result.state !== 'failed') return undefined;
  const shown = result.failing
    .slice(0, named)
    .map(({ id, severity, package: name }) => `${id} (${severity}) in ${name}`);
  const left = result.failingCount - shown.length;
  return new RefusedError({
    code: 'scan-failed',
    what: `${result.tool} found ${shown.join(', ')}${left > 0 ? ` and ${left} more` : ''}`,
    where: key,
    state,
    next: 'take a version that mends it; what may stay for a while belongs into `scan.ignore`, with a reason and a day',
  });
}
