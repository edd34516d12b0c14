import type { Digest } from './digest.ts';
import type { SlipwayError } from './errors.ts';
import type { ImageSize } from './image-size.ts';
import type { Plan } from './plan.ts';
import type { BuildFragment, ImageRecord } from './record.ts';
import type { ReleaseReport } from './release-report.ts';
import type { SetTestResult } from './set-test.ts';
import type { Verdict } from './verdict.ts';

/** What became of one image that a plan wanted built. */
export type ImageOutcome =
  | {
      readonly kind: 'proven';
      readonly key: string;
      readonly record: ImageRecord;
      readonly recordDigest: Digest;
      readonly cached: number;
      readonly executed: number;
      readonly size?: ImageSize | undefined;
    }
  | {
      readonly kind: 'failed';
      readonly key: string;
      readonly error: SlipwayError;
      readonly record?: ImageRecord;
      readonly size?: ImageSize | undefined;
      /** What lies in its store, where it failed after it was built. */
      readonly built?: BuildFragment;
    }
  | { readonly kind: 'blocked'; readonly key: string; readonly by: readonly string[] };

/** What became of a whole run. */
export interface RunOutcome {
  readonly plan: Plan;
  readonly images: readonly ImageOutcome[];
  readonly setTest?: SetTestResult | undefined;
  readonly verdict?: Verdict;
  readonly release?: ReleaseReport;
  readonly durationMs: number;
  /** The most that the run had on the disk at once, in bytes. */
  readonly diskBytes?: number | undefined;
}

/** The exit code that says how a run ended. */
export function exitCodeOf(outcome: RunOutcome): number {
  const failed = outcome.images.find((image) => image.kind === 'failed');
  if (failed?.kind === 'failed') return failed.error.exitCode;
  if (outcome.setTest?.state === 'failed') return 1;
  if (outcome.verdict !== undefined && outcome.verdict.state !== 'match') return 1;
  switch (outcome.release?.state) {
    case 'partial':
      return 5;
    case 'rolled-back':
      return 3;
    default:
      return 0;
  }
}
