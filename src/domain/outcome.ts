import type { Digest } from './digest.ts';
import type { SlipwayError } from './errors.ts';
import type { Plan } from './plan.ts';
import type { ImageRecord } from './record.ts';
import type { ReleaseReport } from './release-report.ts';
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
    }
  | { readonly kind: 'failed'; readonly key: string; readonly error: SlipwayError; readonly record?: ImageRecord }
  | { readonly kind: 'blocked'; readonly key: string; readonly by: readonly string[] };

/** What became of a whole run. */
export interface RunOutcome {
  readonly plan: Plan;
  readonly images: readonly ImageOutcome[];
  readonly verdict?: Verdict;
  readonly release?: ReleaseReport;
  readonly durationMs: number;
}

/** The exit code that says how a run ended. */
export function exitCodeOf(outcome: RunOutcome): number {
  const failed = outcome.images.find((image) => image.kind === 'failed');
  if (failed?.kind === 'failed') return failed.error.exitCode;
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
