import { secretsInLogins } from '../../formats/actions/registry-logins.ts';
import { readSecretLines } from '../../formats/actions/secret-lines.ts';
import type { Env } from '../../ports/env.ts';
import type { Secrets } from '../../ports/secrets.ts';
import { commandLine } from './commands.ts';

/** Shorter texts would be covered in half of all words, as in our own redactor. */
const shortestSecret = 3;
const secretInput = /^INPUT_(?:.*[-_ ])?(?:PASSWORD|TOKEN|SECRET)$/;

/** Secrets that the runner covers too, in whatever else is printed in this job. */
export function createRunnerSecrets(secrets: Secrets, write: (text: string) => void): Secrets {
  const told = new Set<string>();
  return {
    add(secret) {
      secrets.add(secret);
      // The runner compares line by line, so that a text of several lines is found by its lines alone.
      for (const line of [secret, ...secret.split(/[\r\n]+/)]) {
        if (line.trim().length < shortestSecret || told.has(line)) continue;
        told.add(line);
        write(commandLine('add-mask', {}, line));
      }
    },
    clean: (text) => secrets.clean(text),
  };
}

/** Makes the inputs secrets that are such by their names; to be done before anything is printed. */
export function addSecretInputs(secrets: Pick<Secrets, 'add'>, env: Env): void {
  for (const [name, value] of Object.entries(env)) if (secretInput.test(name)) secrets.add(value);
  for (const { value } of readSecretLines(env.INPUT_SECRETS ?? '')) secrets.add(value);
  for (const value of secretsInLogins(env['INPUT_REGISTRY-LOGINS'] ?? '')) secrets.add(value);
}
