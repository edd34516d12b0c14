import { z } from 'zod';
import { RefusedError } from './errors.ts';
import { DigestField, KeyField } from './schemas.ts';

/** What the gate says: the last two both stop everything. */
export const VerdictState = z.enum(['match', 'mismatch', 'unverifiable']);
export type VerdictState = z.infer<typeof VerdictState>;

/** The gate's word on one image. */
export const ImageVerdict = z.strictObject({ key: KeyField, state: VerdictState, reasons: z.array(z.string()) });
export type ImageVerdict = z.infer<typeof ImageVerdict>;

/** The gate's word on a set. */
export const Verdict = z.strictObject({
  schema: z.literal('slipway.verdict/1'),
  set: DigestField,
  state: VerdictState,
  images: z.array(ImageVerdict),
});
export type Verdict = z.infer<typeof Verdict>;

/** The refusal that a verdict leads to. */
export function gateRefusal(verdict: Verdict): RefusedError {
  const bad = verdict.images.filter((image) => image.state !== 'match');
  return new RefusedError({
    code: `gate-${verdict.state}`,
    what: bad.map(({ key, reasons }) => `${key}: ${reasons.join('; ')}`).join('\n'),
    where: 'the digest gate',
    state: 'no tag was written',
    next: 'nothing is published unless it is byte for byte what was tested: run again to build and test it anew',
  });
}
