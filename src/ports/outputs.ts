/** What an action hands to the steps and jobs after it. */
export interface Outputs {
  /** Values are short and public: a large one ends the step that reads it, and one with a secret in it arrives empty. */
  set(name: string, value: string): Promise<void>;
  /** Markdown for the summary of the job. */
  summary(markdown: string): Promise<void>;
  /** Markdown that stands at the end of the summary until this is called again; what is killed meanwhile leaves it there. */
  progress(markdown: string): Promise<void>;
  /** What the post step of this action is to know. */
  saveState(name: string, value: string): Promise<void>;
}
