/** The environment as it was at the start. */
export type Env = Readonly<Record<string, string>>;
