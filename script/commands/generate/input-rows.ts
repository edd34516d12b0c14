import { z } from 'zod';
import type { ActionDefinition } from '../../../src/formats/actions/definition.ts';

/** An input as `action.yml` and the page of an action show it. */
export interface InputRow {
  readonly name: string;
  readonly about: string;
  readonly required: boolean;
  readonly usual: string;
}

const Property = z.object({ description: z.string(), default: z.string().optional() });
const Schema = z.object({ properties: z.record(z.string(), Property), required: z.array(z.string()).optional() });

/** Reads the inputs of an action out of its zod object. */
export function inputRows(definition: ActionDefinition): readonly InputRow[] {
  const schema = Schema.parse(z.toJSONSchema(definition.inputs, { io: 'input' }));
  return Object.entries(schema.properties).map(([name, property]) => ({
    name,
    about: property.description,
    required: schema.required?.includes(name) ?? false,
    usual: property.default ?? '',
  }));
}
