import { z } from 'zod';
import { KeyField } from '../../domain/schemas.ts';

/** A red test, or a finding, that may stay for a while. */
export const WaiverConfig = z
  .strictObject({
    image: KeyField.describe('The image'),
    test: z.string().min(1).optional().describe('The name of the test; expectations for what expect says'),
    scan: z.string().min(1).max(200).optional().describe('The name of the finding, such as CVE-2026-1234'),
    reason: z.string().min(1).describe('Why it may stay until then'),
    until: z.iso.date({ error: 'a day such as 2027-01-31' }).describe('The last day on which it is waived'),
  })
  .refine((waiver) => (waiver.test === undefined) !== (waiver.scan === undefined), {
    error: 'a waiver is for one of test or scan',
  })
  .describe('A red test or finding that stops nothing until a day; never one that the gate calls a mismatch');
export type WaiverConfig = z.infer<typeof WaiverConfig>;
