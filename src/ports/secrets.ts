/** What must never be printed or handed on. */
export interface Secrets {
  /** From now on this text is taken out of everything that we say. */
  add(secret: string): void;
  /** A text without any secret in it. */
  clean(text: string): string;
}
