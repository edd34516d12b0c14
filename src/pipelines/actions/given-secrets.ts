import { ConfigError } from '../../domain/errors.ts';
import type { Plan } from '../../domain/plan.ts';
import type { SecretLine } from '../../formats/actions/secret-lines.ts';
import type { Host } from '../../ports/host.ts';
import type { Ports } from '../../ports/ports.ts';
import type { GivenSecret } from '../../stages/building/secrets.ts';

/** The inputs that give secrets. */
export interface SecretInputs {
  readonly secrets: readonly SecretLine[];
  readonly 'secret-envs': readonly SecretLine[];
  readonly 'secret-files': readonly SecretLine[];
}

/** What the inputs give, by id. Of a value nothing but its id is ever said. */
export function givenSecrets(host: Host, inputs: SecretInputs): ReadonlyMap<string, GivenSecret> {
  const given = new Map<string, GivenSecret>();
  const add = (input: string, { id, value }: SecretLine, secret: GivenSecret): void => {
    // GitHub gives a run of a fork no secrets: they arrive as empty texts.
    if (value === '' && host.event.untrusted) return;
    if (value === '') throw wrongSecret(input, `the secret ${id} has no value`);
    if (given.has(id)) throw wrongSecret(input, `the secret ${id} is given by another input as well`);
    given.set(id, secret);
  };
  for (const one of inputs.secrets) add('secrets', one, { value: one.value });
  for (const one of inputs['secret-envs']) add('secret-envs', one, { from: 'env', name: one.value });
  for (const one of inputs['secret-files']) add('secret-files', one, { from: 'file', name: one.value });
  return given;
}

/** Says of secrets that no image of the plan asks for: one that was meant for it may have another id. */
export function tellUnasked(
  { log }: Pick<Ports, 'log'>,
  { images, carried }: Pick<Plan, 'images' | 'carried'>,
  given: ReadonlyMap<string, GivenSecret>,
): void {
  const asked = new Set(images.flatMap(({ options }) => options.secrets.map(({ id }) => id)));
  // What is carried over is not built, and so nobody knows what it would ask for.
  const tell = carried.length > 0 ? log.info : log.notice;
  for (const id of given.keys()) if (!asked.has(id)) tell(`no image that is built asks for the secret ${id}`);
}

function wrongSecret(input: string, what: string): ConfigError {
  return new ConfigError({
    code: 'input-invalid',
    what,
    where: `with: ${input}`,
    state: 'nothing was built',
    next: 'a secret that is not set arrives as an empty text: set it, or leave the line out',
  });
}
