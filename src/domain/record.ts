import { z } from 'zod';
import { RunFacts } from './plan.ts';
import { ScanResult } from './scan.ts';
import { DigestField, KeyField, PlatformField, RepositoryField } from './schemas.ts';
import { expectationsName, hasPassed, TestResult } from './test-result.ts';
import { type Waiver, waiverOfTest } from './waiver.ts';

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

/** What caches did for a build. */
export const CacheUse = z.strictObject({
  /** Steps of the Dockerfile that came from a cache, and those that were executed. */
  cached: z.number().int(),
  executed: z.number().int(),
  caches: z.array(
    z.strictObject({
      kind: z.enum(['read', 'write']),
      place: z.string(),
      /** Why it was not read or written; null where it was. */
      problem: z.string().nullable(),
      /** What was written, where BuildKit says it. */
      digest: DigestField.optional(),
    }),
  ),
});
export type CacheUse = z.infer<typeof CacheUse>;

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
  /** Records of before do not say it. */
  cache: CacheUse.optional(),
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
  scan: ScanResult.optional(),
  tests: z.array(TestResult),
  test: z.enum(['passed', 'failed', 'untested']),
  commit: z.string().nullable(),
  dirty: z.boolean(),
  run: RunFacts,
});
export type ImageRecord = z.infer<typeof ImageRecord>;

/** The media type by which a record is found among the referrers of an image. */
export const recordType = 'application/vnd.slipway.record.v1+json';

/** What an image must pass. */
interface Demands {
  readonly tests: readonly { readonly name: string; readonly optional: boolean }[];
  readonly expect: object | null;
  readonly waivers?: readonly Waiver[] | undefined;
}

/** The tests that an image must pass, unless they are waived, and that a record has no passing result of, on some platform. */
export function untested(
  wanted: Demands,
  record: Pick<ImageRecord, 'platforms' | 'tests'>,
): readonly { readonly name: string; readonly platform: string }[] {
  const names = wanted.tests.flatMap(({ name, optional }) => (optional ? [] : [name]));
  const named = wanted.expect === null ? names : [...names, expectationsName];
  const all = named.filter((name) => waiverOfTest(wanted.waivers, name) === undefined);
  return record.platforms.flatMap(({ platform }) => {
    const open = all.filter((name) => {
      return !record.tests.some((one) => one.name === name && one.platform === platform && hasPassed(one));
    });
    return open.map((name) => ({ name, platform }));
  });
}
