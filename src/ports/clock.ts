/** The time, and waiting. */
export interface Clock {
  now(): Date;
  /** Ends early, and well, when `stop` is aborted. */
  sleep(ms: number, stop?: AbortSignal): Promise<void>;
  /** The same time for whoever ends what must not stay half done: its sleeps hear no request to stop. */
  readonly settling?: Clock;
}
