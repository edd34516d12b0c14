import { z } from 'zod';
import { RefusedError } from './errors.ts';
import { ConfigDifference, LayerDifference } from './explain/difference.ts';
import { GateMode, isRebuildMode } from './gate-mode.ts';
import { DigestField, KeyField } from './schemas.ts';

/** What the gate says: the last two both stop everything. */
export const VerdictState = z.enum(['match', 'mismatch', 'unverifiable']);
export type VerdictState = z.infer<typeof VerdictState>;

/** How what was found differs from what was tested. */
export const VerdictDifference = z.strictObject({
  /** The Dockerfile, in the repository. */
  dockerfile: z.string().nullable(),
  /** The first layer that differs. */
  layer: LayerDifference.nullable(),
  config: z.array(ConfigDifference),
  /** Null where nothing proves one. */
  cause: z.string().nullable(),
});
export type VerdictDifference = z.infer<typeof VerdictDifference>;

/** The gate's word on one image. */
export const ImageVerdict = z.strictObject({
  key: KeyField,
  state: VerdictState,
  reasons: z.array(z.string()),
  /** Red tests and findings that somebody answers for, in words. */
  waivers: z.array(z.string()).optional(),
  /** Where both sides could be read. */
  difference: VerdictDifference.optional(),
});
export type ImageVerdict = z.infer<typeof ImageVerdict>;

/** The gate's word on a set. */
export const Verdict = z.strictObject({
  schema: z.literal('slipway.verdict/1'),
  set: DigestField,
  state: VerdictState,
  /** What was compared; documents of before do not say it, and then it was what is published. */
  mode: GateMode.optional(),
  /** What the mode cannot see. */
  warnings: z.array(z.string()).optional(),
  images: z.array(ImageVerdict),
});
export type Verdict = z.infer<typeof Verdict>;

/** The worse of two words. */
export function worseState(a: VerdictState, b: VerdictState): VerdictState {
  if (a === 'mismatch' || b === 'mismatch') return 'mismatch';
  return a === 'unverifiable' || b === 'unverifiable' ? 'unverifiable' : 'match';
}

/** The refusal that a verdict leads to. */
export function gateRefusal(verdict: Verdict): RefusedError {
  const bad = verdict.images.filter((image) => image.state !== 'match');
  return new RefusedError({
    code: `gate-${verdict.state}`,
    what: bad.map(({ key, reasons }) => `${key}: ${reasons.join('; ')}`).join('\n'),
    where: 'the digest gate',
    state: 'no tag was written',
    next: nextStep(verdict),
  });
}

/** Why an image is unverifiable whose job handed nothing on. */
export const noRecord = 'the run left no record of it';

/** What to do about a verdict that stops a set. */
export function nextStep({ state, mode = 'promote', images }: Verdict): string {
  if (state === 'mismatch') {
    const cause = images.find(({ difference }) => difference?.cause != null)?.difference?.cause;
    const known = cause === undefined ? '' : ` (${cause})`;
    return `nothing is published unless it is ${mode === 'promote' ? 'byte for byte ' : ''}what was tested${known}: run again to build and test it anew`;
  }
  if (isRebuildMode(mode)) {
    return 'see that the run writes a cache and that the gate can read it, or use the mode promote, which builds nothing';
  }
  const why = images.filter((image) => image.state !== 'match');
  const lacking = why.filter(({ reasons }) => reasons.includes(noRecord)).map(({ key }) => key);
  if (lacking.length === why.length)
    return `look at the jobs that build ${lacking.slice(0, 5).join(', ')}${lacking.length > 5 ? ' and others' : ''}: they are red or did not run; mend what they name and run the failed jobs again`;
  return 'run all jobs again to build and test anew what is not there; where the registry removed it, "stage: tag" in slipway.yml holds the next one';
}
