import { z } from 'zod';

/** The part of an image's config that says how a container of it runs. */
export const RuntimeConfig = z.looseObject({
  User: z.string().nullish(),
  Entrypoint: z.array(z.string()).nullish(),
  Cmd: z.array(z.string()).nullish(),
  ExposedPorts: z.record(z.string(), z.unknown()).nullish(),
  Env: z.array(z.string()).nullish(),
  Labels: z.record(z.string(), z.string()).nullish(),
});
export type RuntimeConfig = z.infer<typeof RuntimeConfig>;

/** Variables as the config writes them, `NAME=value`; of two of one name the last one counts. */
export function variablesOf(env: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(
    env.map((line) => {
      const at = line.indexOf('=');
      return at < 0 ? [line, ''] : [line.slice(0, at), line.slice(at + 1)];
    }),
  );
}
