import type { ImageOutcome } from './outcome.ts';

/** One step of the whole, at a desk. */
export type Step = 'build' | 'scan' | 'test';

/** An image and what one step found out about it. */
export interface StepImage {
  readonly outcome: ImageOutcome;
  /** Where its bytes are from, in words. */
  readonly from: string;
}

/** What became of one step. */
export interface StepOutcome {
  readonly step: Step;
  readonly images: readonly StepImage[];
  readonly durationMs: number;
}

/** The exit code that says how a step ended. */
export function stepExitCode({ images }: StepOutcome): number {
  for (const { outcome } of images) if (outcome.kind === 'failed') return outcome.error.exitCode;
  return 0;
}
