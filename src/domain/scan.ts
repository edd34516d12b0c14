import { z } from 'zod';
import { PlatformField } from './schemas.ts';

/** How bad a finding is, the worst first; `unknown` is what the scanner gives no severity. */
export const severities = ['critical', 'high', 'medium', 'low', 'unknown'] as const;
export const Severity = z.enum(severities);
export type Severity = z.infer<typeof Severity>;

/** The scanners whose words we know. */
export const ScanTool = z.enum(['trivy', 'grype', 'osv-scanner']);
export type ScanTool = z.infer<typeof ScanTool>;

/** A finding that somebody looked at and lets pass, until a date. */
export const IgnoredFinding = z.strictObject({
  id: z.string(),
  /** The last day on which it counts, as `2027-01-31`. */
  until: z.string(),
  reason: z.string(),
});
export type IgnoredFinding = z.infer<typeof IgnoredFinding>;

/** Where the scanner takes what it knows from; null is where it does so by itself. */
export const ScanDatabase = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('file'), path: z.string() }),
  z.strictObject({ kind: z.literal('mirror'), address: z.string() }),
]);
export type ScanDatabase = z.infer<typeof ScanDatabase>;

/** A scanner to be fetched, and the only bytes that are taken for it. */
export const ScanDownload = z.strictObject({
  url: z.string(),
  /** The checksum for each kind of machine (`linux/amd64`), or for `any`. */
  sha256: z.record(z.string(), z.string()),
});
export type ScanDownload = z.infer<typeof ScanDownload>;

/** What is looked for in an image, with what, and what of it stops a release. */
export const ScanPolicy = z.strictObject({
  tool: ScanTool,
  program: z.string(),
  download: ScanDownload.nullable(),
  version: z.string().nullable(),
  failOn: z.enum(['critical', 'high', 'medium', 'low', 'never']),
  onlyFixed: z.boolean(),
  ignore: z.array(IgnoredFinding),
  unavailable: z.enum(['fail', 'warn']),
  database: ScanDatabase.nullable(),
  timeoutMinutes: z.number(),
});
export type ScanPolicy = z.infer<typeof ScanPolicy>;

/** A known weakness of a package in an image. */
export const Finding = z.strictObject({
  id: z.string(),
  /** Other names of the same weakness; it can be ignored by any of them. */
  aliases: z.array(z.string()),
  severity: Severity,
  package: z.string(),
  installed: z.string(),
  /** The versions without it; null where there is none. */
  fixed: z.string().nullable(),
  title: z.string(),
});
export type Finding = z.infer<typeof Finding>;

/** A finding with the platforms of the image that have it. */
export const ImageFinding = z.strictObject({ ...Finding.shape, platforms: z.array(PlatformField) });
export type ImageFinding = z.infer<typeof ImageFinding>;

/** What a scan of an image found, and what follows from that. */
export const ScanResult = z.strictObject({
  tool: ScanTool,
  /** As the tool says it; null where it did not even start. */
  version: z.string().nullable(),
  database: z.string().nullable(),
  /** `unavailable` says nothing about the image: the scanner could not do its work. */
  state: z.enum(['passed', 'failed', 'unavailable']),
  /** Why it was unavailable; empty where it was not. */
  why: z.string(),
  /** All that was found and counts, whether it fails the image or not. */
  counts: z.record(Severity, z.number().int()),
  /** The worst of those that fail the image. */
  failing: z.array(ImageFinding),
  failingCount: z.number().int(),
  /** What was found and does not count, because the policy says so. */
  ignored: z.array(z.strictObject({ ...IgnoredFinding.shape, package: z.string() })),
  /** What was ignored once, was found, and counts again. */
  expired: z.array(IgnoredFinding),
  /** Findings without a fix that `only-fixed` leaves out. */
  unfixed: z.number().int(),
});
export type ScanResult = z.infer<typeof ScanResult>;

/** The state of a scan in one word; without a policy there is none. */
export function scanState(result: ScanResult | undefined): ScanResult['state'] | 'not-scanned' {
  return result?.state ?? 'not-scanned';
}

/** Why an image cannot be released for want of a scan; `undefined` where nothing is wanted, or all is well. */
export function scanFault(policy: ScanPolicy | null, result: ScanResult | undefined): string | undefined {
  if (policy === null) return undefined;
  switch (scanState(result)) {
    case 'not-scanned':
      return 'it was not scanned';
    case 'failed':
      return 'its scan failed';
    case 'unavailable':
      return policy.unavailable === 'fail' ? 'it could not be scanned' : undefined;
    case 'passed':
      return undefined;
  }
}
