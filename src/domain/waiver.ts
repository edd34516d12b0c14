import { z } from 'zod';

/** A red test, or a finding of a scan, that somebody answers for until a day. */
export const Waiver = z.strictObject({
  kind: z.enum(['test', 'scan']),
  /** The name of the test, or of the finding. */
  name: z.string(),
  reason: z.string(),
  /** The last day on which it counts, as `2027-01-31`. */
  until: z.string(),
});
export type Waiver = z.infer<typeof Waiver>;

/** The waiver of a test, where there is one. */
export function waiverOfTest(waivers: readonly Waiver[] | undefined, test: string): Waiver | undefined {
  return waivers?.find(({ kind, name }) => kind === 'test' && name === test);
}

/** A waiver in words, as reports say it. */
export function waiverText({ kind, name, reason, until }: Waiver): string {
  return `${kind === 'test' ? 'the test' : 'the finding'} ${name} is waived until ${until}: ${reason}`;
}
