/** Which processes run, so that what a killed one left behind is known at once. */
export interface Processes {
  /** What names this process: no other has the same text, also when the system gives its number out again. */
  self(): Promise<string>;
  /** Whether the process of such a text runs; `undefined` where this machine cannot tell. */
  isAlive(identity: string): Promise<boolean | undefined>;
}
