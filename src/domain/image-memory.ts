import { z } from 'zod';
import { DigestField, KeyField } from './schemas.ts';

/** What a desk remembers of an image between its runs. */
export const ImageMemory = z.strictObject({
  schema: z.literal('slipway.memory/1'),
  key: KeyField,
  /** How long it took to build, scan, test and upload it, when that was last done. */
  tookMs: z.number().nonnegative(),
  /** What was proven and uploaded by digest. It may not have a tag, because the run was stopped. */
  staged: DigestField.nullable(),
});
export type ImageMemory = z.infer<typeof ImageMemory>;
