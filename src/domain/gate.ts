import type { Digest } from './digest.ts';
import type { ImageSet } from './image-set.ts';
import type { Plan } from './plan.ts';
import { type ImageRecord, testState } from './record.ts';
import type { ImageVerdict, Verdict } from './verdict.ts';

/** What stands at the destination under the digest that is to be released. */
export type Observed =
  | { readonly kind: 'whole'; readonly record: ImageRecord; readonly recordDigest: Digest }
  | { readonly kind: 'unproven'; readonly why: string }
  | { readonly kind: 'absent' }
  | { readonly kind: 'damaged'; readonly why: string };

/** Judges a whole set: every image of the plan must be there, be what was tested, and have passed. */
export function judge(plan: Plan, set: ImageSet, setDigest: Digest, observed: ReadonlyMap<string, Observed>): Verdict {
  const keys = [...plan.images.map((image) => image.key), ...plan.carried.map((image) => image.key)].sort();
  const images = keys.map((key) => judgeImage(plan, set, key, observed.get(key)));
  const state = images.some((image) => image.state === 'mismatch')
    ? 'mismatch'
    : images.some((image) => image.state === 'unverifiable')
      ? 'unverifiable'
      : 'match';
  return { schema: 'slipway.verdict/1', set: setDigest, state, images };
}

function judgeImage(plan: Plan, set: ImageSet, key: string, observed: Observed | undefined): ImageVerdict {
  const verdict = (state: ImageVerdict['state'], ...reasons: string[]): ImageVerdict => ({ key, state, reasons });
  const image = set.images.find((candidate) => candidate.key === key);
  if (image === undefined || observed === undefined) return verdict('unverifiable', 'the run left no record of it');
  switch (observed.kind) {
    case 'absent':
      return verdict(
        'unverifiable',
        `${image.digest} is not in ${image.repository}; a registry that collects what no tag names may have removed it`,
      );
    case 'unproven':
      return verdict('unverifiable', observed.why);
    case 'damaged':
      return verdict('mismatch', observed.why);
    case 'whole': {
      const reasons = disagreements(plan, image, observed);
      return verdict(reasons.length > 0 ? 'mismatch' : 'match', ...reasons);
    }
  }
}

function disagreements(
  plan: Plan,
  image: ImageSet['images'][number],
  observed: Extract<Observed, { kind: 'whole' }>,
): string[] {
  const { record } = observed;
  const planned = plan.images.find((candidate) => candidate.key === image.key);
  const identity = planned?.identity ?? plan.carried.find((candidate) => candidate.key === image.key)?.identity;
  const reasons: string[] = [];
  if (observed.recordDigest !== image.record)
    reasons.push(`its record is ${observed.recordDigest}, not ${image.record}`);
  if (record.digest !== image.digest) reasons.push(`its record speaks of ${record.digest}, not of ${image.digest}`);
  if (record.key !== image.key) reasons.push(`its record speaks of the image ${record.key}`);
  if (record.identity !== identity) reasons.push('its record is of other inputs than the plan');
  if (record.test === 'passed' && testState(record.tests) !== 'passed')
    reasons.push('its record contradicts itself about its tests');
  if (record.test === 'failed') reasons.push('its tests failed');
  if (record.test === 'untested' && planned !== undefined && !planned.allowUntested) {
    reasons.push('no test speaks for it, and allow-untested does not list it');
  }
  const missing = planned?.platforms.filter((wanted) => !record.platforms.some(({ platform }) => platform === wanted));
  if (missing !== undefined && missing.length > 0) reasons.push(`it lacks ${missing.join(', ')}`);
  return reasons;
}
