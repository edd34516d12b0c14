import { ConfigError } from '../../domain/errors.ts';
import { isSecretName } from '../../domain/secret-name.ts';
import type { Env } from '../../ports/env.ts';
import type { Secrets } from '../../ports/secrets.ts';

/** Reads variables as `NAME`, whose value is that of this step, or as `NAME=value`. What is a secret by its name is kept secret. */
export function readEnvLines(
  lines: readonly string[],
  { env, secrets }: { readonly env: Env; readonly secrets: Pick<Secrets, 'add'> },
): Readonly<Record<string, string>> {
  const read = lines.map((line): readonly [string, string] => {
    const [, name, value] = /^([A-Za-z_][A-Za-z0-9_]*)(?:=(.*))?$/s.exec(line) ?? [];
    // Its text may be a secret, and is not shown.
    if (name === undefined) throw invalid('a line is neither NAME nor NAME=value');
    const found = value ?? env[name];
    if (found === undefined) throw invalid(`${name} has no value in this step`);
    return [name, found];
  });
  for (const [name, value] of read) if (isSecretName(name) && value !== '') secrets.add(value);
  return Object.fromEntries(read);
}

function invalid(what: string): ConfigError {
  return new ConfigError({
    code: 'devcontainer-env-invalid',
    what,
    where: 'env',
    state: 'nothing was done',
    next: 'write one variable on each line; a name alone takes the value of that variable of the step',
  });
}
