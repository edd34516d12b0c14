/** The time, and waiting. */
export interface Clock {
  now(): Date;
  /** Ends early, and well, when `stop` is aborted. */
  sleep(ms: number, stop?: AbortSignal): Promise<void>;
}
