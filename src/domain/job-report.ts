import type { ReleaseReport } from './release-report.ts';

/** How a run in one job ended: as its release did, else that it may publish nothing and all passed, or that it came no further. */
export type JobState = ReleaseReport['state'] | 'tested' | 'refused';

/** One step of a run in one job. */
export interface JobStep {
  readonly name: string;
  readonly end: 'done' | 'failed' | 'left-out';
  /** What came of it, or why it was left out. */
  readonly text: string;
}
