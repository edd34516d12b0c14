import type { z } from 'zod';
import { ConfigError } from '../../domain/errors.ts';
import { nearestName } from '../../domain/nearest-name.ts';
import type { ActionDefinition } from '../../formats/actions/definition.ts';
import type { Env } from '../../ports/env.ts';

const prefix = 'INPUT_';

/** Reads the inputs of an action from its environment. A name that the action does not know is an error, not a warning. */
export function readInputs<Inputs extends z.ZodObject>(
  env: Env,
  definition: ActionDefinition<Inputs>,
): z.infer<Inputs> {
  const known = new Map(Object.keys(definition.inputs.shape).map((name) => [`${prefix}${name.toUpperCase()}`, name]));
  const given: Record<string, string> = {};
  for (const [variable, value] of Object.entries(env)) {
    if (!variable.startsWith(prefix)) continue;
    const name = known.get(variable);
    if (name !== undefined) given[name] = value;
    else if (value !== '') throw unknownInput(definition, variable.slice(prefix.length).toLowerCase());
  }
  const read = definition.inputs.safeParse(given);
  if (read.success) return read.data;
  const issue = read.error.issues[0];
  const name = issue?.path.join('.') ?? '';
  throw new ConfigError({
    code: 'input-invalid',
    what: `the input ${name}: ${issue?.message ?? 'unreadable'}`,
    where: `with: of ${definition.name}`,
    state: 'nothing was done',
    next: definition.inputs.shape[name]?.description ?? 'look at the page of the action',
  });
}

function unknownInput(definition: ActionDefinition, name: string): ConfigError {
  const names = Object.keys(definition.inputs.shape);
  const nearest = nearestName(name, names);
  return new ConfigError({
    code: 'input-unknown',
    what: `${definition.name} has no input ${JSON.stringify(name)}`,
    where: `with: of ${definition.name}`,
    state: 'nothing was done',
    next: nearest === undefined ? `its inputs are: ${names.join(', ')}` : `did you mean ${nearest}?`,
  });
}
