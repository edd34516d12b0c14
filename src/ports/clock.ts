/** The time, and waiting. */
export interface Clock {
  now(): Date;
  sleep(ms: number): Promise<void>;
}
