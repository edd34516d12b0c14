import { z } from 'zod';

/** An action: what `action.yml`, its page and the code that reads its inputs are all made from. */
export interface ActionDefinition<Inputs extends z.ZodObject = z.ZodObject> {
  readonly name: string;
  readonly title: string;
  readonly about: string;
  readonly inputs: Inputs;
  readonly outputs: Readonly<Record<string, string>>;
  /** It has a step after the job that removes what a killed one left. */
  readonly post: boolean;
  /** What its page says beyond the tables. */
  readonly page: string;
}

/** Keeps the type of the inputs. */
export function defineAction<Inputs extends z.ZodObject>(
  definition: ActionDefinition<Inputs>,
): ActionDefinition<Inputs> {
  return definition;
}

/** A text that may be left out; an empty input is one that was not given. */
export function optionalText(about: string) {
  return z
    .string()
    .trim()
    .transform((text) => (text === '' ? undefined : text))
    .prefault('')
    .describe(about);
}

/** A text that must be given. */
export function requiredText(about: string) {
  return z.string().trim().min(1, { error: 'it must be given' }).describe(about);
}

/** Words, separated by blanks, commas or lines. */
export function words(about: string) {
  return z
    .string()
    .transform((text) => text.split(/[\s,]+/).filter((word) => word !== ''))
    .prefault('')
    .describe(about);
}

/** Lines, without those that are empty. */
export function lines(about: string) {
  return z
    .string()
    .transform((text) => text.split(/\r?\n/).flatMap((line) => line.trim() || []))
    .prefault('')
    .describe(about);
}

/** Yes or no, as YAML writes it. */
export function flag(about: string) {
  return z
    .enum(['true', 'false', ''], { error: 'write true or false' })
    .transform((text) => text === 'true')
    .prefault('false')
    .describe(about);
}

/** A number of minutes. */
export function minutes(about: string, usual: number) {
  return z
    .string()
    .regex(/^\d{1,4}$/, { error: 'write a number of minutes' })
    .transform(Number)
    .prefault(String(usual))
    .describe(about);
}

/** A number of things, at least one. */
export function count(about: string, usual: number) {
  return z
    .string()
    .regex(/^[1-9]\d{0,4}$/, { error: 'write a number from 1' })
    .transform(Number)
    .prefault(String(usual))
    .describe(about);
}

/** The inputs by which a later job finds the plan and the results of the earlier ones. */
export const handoffInputs = {
  plan: optionalText('The plan: its digest, the output `plan` of matrix-generate, or the path of its file'),
  results: optionalText('The outputs of the build jobs, as JSON: what toJSON(needs) gives'),
};

/** The inputs by which an action signs in to the registry; without them it signs in as Docker does. */
export const signInInputs = {
  'registry-username': optionalText('The user to sign in to the registry as; by default what Docker is signed in as'),
  'registry-password': optionalText('The password or token of that user'),
};
