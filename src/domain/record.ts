import { z } from 'zod';
import { RunFacts } from './plan.ts';
import { DigestField, KeyField, PlatformField, RepositoryField } from './schemas.ts';

/** One run of one test on one platform. */
export const TestResult = z.strictObject({
  name: z.string(),
  platform: PlatformField,
  state: z.enum(['passed', 'failed']),
  exitCode: z.number().int(),
  durationMs: z.number().int(),
  /** The image that the engine says the container was made of. */
  engineImage: z.string(),
  /** Why it failed, in words; empty when it passed. */
  reason: z.string(),
});
export type TestResult = z.infer<typeof TestResult>;

/** What is fixed about one platform of an image. */
export const PlatformRecord = z.strictObject({
  platform: PlatformField,
  digest: DigestField,
  config: DigestField,
  fingerprint: DigestField,
  layers: z.string(),
  diffIds: z.array(DigestField),
});
export type PlatformRecord = z.infer<typeof PlatformRecord>;

/** What a build left in its store. */
export const BuildFragment = z.strictObject({
  digest: DigestField,
  mediaType: z.string(),
  platforms: z.array(PlatformRecord),
  bases: z.array(
    z.strictObject({
      reference: z.string(),
      key: KeyField.nullable(),
      digest: DigestField.nullable(),
      /** What of it each platform was built on; records of before do not say it. */
      platforms: z.record(z.string(), DigestField).optional(),
    }),
  ),
  builder: z.strictObject({ name: z.string(), driver: z.string(), version: z.string() }),
  durationMs: z.number().int(),
});
export type BuildFragment = z.infer<typeof BuildFragment>;

/** What happened to one image in one run; it stays beside the image for as long as that exists. */
export const ImageRecord = z.strictObject({
  schema: z.literal('slipway.record/1'),
  key: KeyField,
  repository: RepositoryField,
  identity: DigestField,
  ...BuildFragment.shape,
  tests: z.array(TestResult),
  test: z.enum(['passed', 'failed', 'untested']),
  commit: z.string().nullable(),
  dirty: z.boolean(),
  run: RunFacts,
});
export type ImageRecord = z.infer<typeof ImageRecord>;

/** The state of an image by the results of its tests. */
export function testState(results: readonly TestResult[]): ImageRecord['test'] {
  if (results.length === 0) return 'untested';
  return results.every((result) => result.state === 'passed') ? 'passed' : 'failed';
}

/** The media type by which a record is found among the referrers of an image. */
export const recordType = 'application/vnd.slipway.record.v1+json';
