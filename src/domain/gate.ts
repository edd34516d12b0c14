import type { Digest } from './digest.ts';
import { type GateMode, layersWarning } from './gate-mode.ts';
import type { ImageSet } from './image-set.ts';
import type { Plan, PlannedBase, PlannedImage } from './plan.ts';
import { type ImageRecord, untested } from './record.ts';
import { scanFault } from './scan.ts';
import { homeOf } from './staging.ts';
import { testState } from './test-result.ts';
import { type ImageVerdict, noRecord, type Verdict, worseState } from './verdict.ts';
import { waiverText } from './waiver.ts';

/** What stands at the destination under the digest that is to be released. */
export type Observed =
  | { readonly kind: 'whole'; readonly record: ImageRecord; readonly recordDigest: Digest }
  | { readonly kind: 'unproven'; readonly why: string }
  | { readonly kind: 'absent' }
  | {
      readonly kind: 'damaged';
      readonly why: string;
      /** A platform that nobody tested, where another one was. */
      readonly swapped?: { readonly tested: Digest; readonly found: Digest };
    };

/** What else was found out about an image. */
export type Finding = Pick<ImageVerdict, 'state' | 'reasons' | 'difference'>;

/** Judges a whole set: every image of the plan must be there, be what was tested, and have passed. */
export function judge(plan: Plan, set: ImageSet, setDigest: Digest, observed: ReadonlyMap<string, Observed>): Verdict {
  const keys = [...plan.images.map((image) => image.key), ...plan.carried.map((image) => image.key)].sort();
  const images = keys.map((key) => judgeImage(plan, set, key, observed.get(key)));
  return { schema: 'slipway.verdict/1', set: setDigest, state: worstOf(images), images };
}

/** A verdict with what else was found out, and by which mode. What was right before may be wrong then, and never the other way round. */
export function refine(
  verdict: Verdict,
  mode: GateMode,
  findings: readonly (Finding & { readonly key: string })[],
): Verdict {
  const images = verdict.images.map((image) => {
    return findings.filter(({ key }) => key === image.key).reduce(withFinding, image);
  });
  const warnings = mode === 'layers' ? { warnings: [layersWarning] } : {};
  return { ...verdict, state: worstOf(images), mode, ...warnings, images };
}

function worstOf(images: readonly ImageVerdict[]): ImageVerdict['state'] {
  return images.map((image) => image.state).reduce(worseState, 'match');
}

function withFinding(verdict: ImageVerdict, finding: Finding): ImageVerdict {
  const difference = verdict.difference ?? finding.difference;
  return {
    ...verdict,
    state: worseState(verdict.state, finding.state),
    reasons: [...verdict.reasons, ...finding.reasons],
    ...(difference === undefined ? {} : { difference }),
  };
}

function judgeImage(plan: Plan, set: ImageSet, key: string, observed: Observed | undefined): ImageVerdict {
  const waivers = plan.images.find((candidate) => candidate.key === key)?.waivers ?? [];
  const waived = waivers.length === 0 ? {} : { waivers: waivers.map(waiverText) };
  const verdict = (state: ImageVerdict['state'], ...reasons: string[]): ImageVerdict => {
    return { key, state, reasons, ...waived };
  };
  // Parts that make no image leave none in the set, and a reason.
  if (observed?.kind === 'unproven') return verdict('unverifiable', observed.why);
  if (observed?.kind === 'damaged') return verdict('mismatch', observed.why);
  const image = set.images.find((candidate) => candidate.key === key);
  if (image === undefined || observed === undefined) return verdict('unverifiable', noRecord);
  switch (observed.kind) {
    case 'absent':
      return verdict('unverifiable', absence({ digest: image.digest, repository: homeOf(image) }));
    case 'whole': {
      const reasons = disagreements(plan, image, observed);
      return verdict(reasons.length > 0 ? 'mismatch' : 'match', ...reasons);
    }
  }
}

/** Why nothing can be said of what is not there. */
export function absence({ digest, repository }: { readonly digest: Digest; readonly repository: string }): string {
  const why = 'a registry that collects what no tag names may have removed it';
  const next =
    '"stage: tag" in slipway.yml holds it there, and so does a clean-up that spares what is younger than a day';
  return `${digest} is not in ${repository}; ${why}: build it again; ${next}`;
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
  const scan = scanFault(planned?.scan ?? null, record.scan);
  if (scan !== undefined) reasons.push(scan);
  return [...reasons, ...otherBases(planned?.bases ?? [], record), ...openTests(planned, record)];
}

/** The tests of the plan that did not pass on some platform; one that is not in the record did not run. */
function openTests(planned: PlannedImage | undefined, record: ImageRecord): readonly string[] {
  // Where a test failed the record says so as a whole, and where none ran as well.
  if (planned === undefined || record.test !== 'passed') return [];
  return untested(planned, record).map(({ name, platform }) => `nothing says that ${name} passed on ${platform}`);
}

/** Bases from elsewhere that are others than those that the plan found; a tag may move while a run is under way. */
function otherBases(planned: readonly PlannedBase[], record: ImageRecord): readonly string[] {
  return planned.flatMap(({ reference, key, digest }) => {
    const built = record.bases.find((one) => one.reference === reference)?.digest ?? null;
    if (key !== null || digest === null || built === digest) return [];
    return [
      `its base ${reference} changed: the plan says ${digest}, and it was built on ${built ?? 'nobody knows what'}`,
    ];
  });
}
