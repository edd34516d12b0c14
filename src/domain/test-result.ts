import { z } from 'zod';
import { DigestField, PlatformField } from './schemas.ts';
import { Waiver, waiverOfTest } from './waiver.ts';

/** One attempt at a test. */
export const TestAttempt = z.strictObject({
  state: z.enum(['passed', 'failed', 'not-run']),
  exitCode: z.number().int(),
  durationMs: z.number().int(),
  reason: z.string(),
});
export type TestAttempt = z.infer<typeof TestAttempt>;

/** A case of a JUnit report that failed. */
export const FailedCase = z.strictObject({
  suite: z.string(),
  name: z.string(),
  message: z.string(),
  file: z.string().nullable(),
  line: z.number().int().nullable(),
});
export type FailedCase = z.infer<typeof FailedCase>;

/** What the JUnit files of a test say; of many failed cases only the first ones. */
export const CaseCounts = z.strictObject({
  passed: z.number().int(),
  failed: z.number().int(),
  skipped: z.number().int(),
  failures: z.array(FailedCase),
});
export type CaseCounts = z.infer<typeof CaseCounts>;

/** How large a layer is, as it travels and as it lies on a disk. */
export const LayerSize = z.strictObject({
  digest: DigestField,
  bytes: z.number().int(),
  unpackedBytes: z.number().int(),
});
export type LayerSize = z.infer<typeof LayerSize>;

/** What the expectations of an image are called among its tests. */
export const expectationsName = 'expectations';

/** One test, or the expectations of an image, on one platform. Records of before have only the fields that must be there. */
export const TestResult = z.strictObject({
  name: z.string(),
  platform: PlatformField,
  /** `flaky` passed after it had failed; `not-run` could not run here, which is no pass. */
  state: z.enum(['passed', 'flaky', 'failed', 'not-run']),
  exitCode: z.number().int(),
  durationMs: z.number().int(),
  /** The image that the engine says the container was made of; for expectations, what was read. */
  engineImage: z.string(),
  /** Why it did not pass, in words; empty when it passed. */
  reason: z.string(),
  kind: z.enum(['run', 'up', 'host', 'expect']).optional(),
  optional: z.boolean().optional(),
  /** Somebody answers for it that it did not pass. */
  waived: Waiver.optional(),
  attempts: z.array(TestAttempt).optional(),
  cases: CaseCounts.optional(),
  /** Expectations that were not met. */
  unmet: z.array(z.string()).optional(),
  layers: z.array(LayerSize).optional(),
});
export type TestResult = z.infer<typeof TestResult>;

/** Whether a result speaks for its image: it passed, if need be at a later attempt. */
export function hasPassed({ state }: Pick<TestResult, 'state'>): boolean {
  return state === 'passed' || state === 'flaky';
}

/** The state of a test by its attempts, of which the last one decides. */
export function stateOfAttempts(attempts: readonly TestAttempt[]): TestResult['state'] {
  const last = attempts.at(-1)?.state ?? 'not-run';
  return last === 'passed' && attempts.length > 1 ? 'flaky' : last;
}

/** The result, with the word of whoever answers for it where it did not pass. */
export function withWaiver(result: TestResult, waivers: readonly Waiver[] | undefined): TestResult {
  const waived = hasPassed(result) ? undefined : waiverOfTest(waivers, result.name);
  return waived === undefined ? result : { ...result, waived };
}

/** Whether a result stops its image: it did not pass, and is neither optional nor waived. */
export function isRed(result: TestResult): boolean {
  return result.optional !== true && result.waived === undefined && !hasPassed(result);
}

/** The state of an image by its results. Optional tests fail nothing; an image for which none passed or was waived is untested. */
export function testState(results: readonly TestResult[]): 'passed' | 'failed' | 'untested' {
  if (results.some(isRed)) return 'failed';
  return results.some((result) => hasPassed(result) || result.waived !== undefined) ? 'passed' : 'untested';
}
