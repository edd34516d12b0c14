/** Requests of the user or the system to stop. */
export interface Signals {
  /** Is aborted when someone asked us to stop, with a CancelledError as its reason. */
  readonly cancelled: AbortSignal;
}
