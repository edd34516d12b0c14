/** Where a recipe works. */
export interface Workshop {
  /** What ends up in the cache; programs go to its `bin`. */
  readonly out: string;
  /** Scratch space, removed afterwards. */
  readonly temp: string;
}

/** How one tool comes into being. A new tool is one more of these in `toolbox.ts`. */
export interface Recipe {
  readonly name: string;
  /** Part of the cache folder's name: another version is another folder. */
  readonly version: string;
  readonly make: (workshop: Workshop) => Promise<void>;
}
