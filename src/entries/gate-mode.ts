import { usageError } from '../adapters/arguments.ts';
import { GateMode } from '../domain/gate-mode.ts';

/** The mode of the gate that somebody wrote. */
export function modeIn(text: string | undefined): GateMode | undefined {
  if (text === undefined) return undefined;
  const read = GateMode.safeParse(text);
  if (read.success) return read.data;
  throw usageError(`the gate has no mode ${JSON.stringify(text)}`, `write one of ${GateMode.options.join(', ')}`);
}
