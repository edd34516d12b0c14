/** Folders that outlive a run, by a name that says what they belong to. What was saved once is never changed. */
export interface Cache {
  /** Puts the folders back that were saved under a key, or else the newest whose key begins as one of the others; the key that was found. */
  restore(paths: readonly string[], key: string, restoreKeys: readonly string[]): Promise<string | undefined>;
  /** Saves folders, and tells whether it did: a cache that is there already, or that takes nothing, is no failure. */
  save(paths: readonly string[], key: string): Promise<boolean>;
}
