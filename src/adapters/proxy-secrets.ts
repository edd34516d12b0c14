import type { Env } from '../ports/env.ts';
import type { Secrets } from '../ports/secrets.ts';

const variable = /^(?:https?|all|ftp)_proxy$/i;

/** From now on the passwords of the proxies that the environment names are secrets: programs and proxies repeat their addresses. */
export function addProxySecrets(secrets: Pick<Secrets, 'add'>, env: Env): void {
  for (const [name, value] of Object.entries(env)) {
    if (!variable.test(name)) continue;
    const address = value.includes('://') ? value : `http://${value}`;
    if (!URL.canParse(address)) continue;
    const { password } = new URL(address);
    secrets.add(password);
    secrets.add(decoded(password));
    // As it was written, which the parser may have changed.
    const written = /:\/\/[^/@:]*:(.*)@/.exec(address)?.[1];
    if (written !== undefined) secrets.add(written);
  }
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
