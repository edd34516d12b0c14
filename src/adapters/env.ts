import type { Env } from '../ports/env.ts';

/** The environment as it is now; changing the process's environment later does not change it. */
export function readEnv(): Env {
  const set = Object.entries(process.env).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]]));
  return Object.freeze(Object.fromEntries(set));
}
