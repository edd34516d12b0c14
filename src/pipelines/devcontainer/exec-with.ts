import type { Exec } from '../../ports/exec.ts';

/** Runs programs in this environment, unless somebody asks for another one. */
export function execWith(exec: Exec, env: Readonly<Record<string, string>>): Exec {
  return { run: (program, args, options = {}) => exec.run(program, args, { env, ...options }) };
}
