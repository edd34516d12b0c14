/** Somebody at a terminal who can be asked. */
export interface Questions {
  /** What they answer; the usual answer where they only press Enter. */
  ask(question: string, usual: string): Promise<string>;
}
