import { z } from 'zod';
import { parseSize, sizePattern } from '../../domain/byte-size.ts';
import { readRegistryLogins } from './registry-logins.ts';
import { readSecretLines, type SecretLine } from './secret-lines.ts';

/** An action: what `action.yml`, its page and the code that reads its inputs are all made from. */
export interface ActionDefinition<Inputs extends z.ZodObject = z.ZodObject> {
  readonly name: string;
  readonly title: string;
  readonly about: string;
  readonly inputs: Inputs;
  readonly outputs: Readonly<Record<string, string>>;
  /** It has a step after the job that removes what a killed one left. */
  readonly post: boolean;
  /** What its page says beyond the tables until somebody writes it by hand, between the parts that are made. */
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

const secretId = /^[A-Za-z0-9_.-]+$/;

/** Secrets with their values, as `ID=value`. What is wrong is told by its place: its text may be a secret. */
export function secretValues(about: string) {
  return pairs(about, readSecretLines, 'ID=value');
}

/** Ids of secrets with where their values are, one on each line. */
export function secretPlaces(about: string, form: string) {
  return pairs(
    about,
    (text) => text.split(/\r?\n/).flatMap((line) => (line.trim() === '' ? [] : readSecretLines(line))),
    form,
  );
}

function pairs(about: string, read: (text: string) => readonly SecretLine[], form: string) {
  return z
    .string()
    .transform((text, context) => {
      const entries = read(text);
      const ids = entries.map(({ id }) => id);
      const odd = ids.findIndex((id, at) => !secretId.test(id) || ids.indexOf(id) < at);
      if (odd < 0) return entries;
      const why = secretId.test(ids[odd] ?? '') ? 'has the id of one before it' : `is not ${form}`;
      context.addIssue(`entry ${odd + 1} ${why}`);
      return z.NEVER;
    })
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

/** One of some words, or none. */
export function choice<Word extends string>(about: string, values: readonly Word[]) {
  return z
    .union([z.enum(values), z.literal('')], { error: `write one of ${values.join(', ')}` })
    .transform((word): Word | undefined => values.find((value) => value === word))
    .prefault('')
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

/** A size, as people write it; its value is a number of bytes. */
export function size(about: string, usual: string) {
  return z
    .string()
    .trim()
    .regex(sizePattern, { error: 'write a size such as 500 MB or 2 GiB' })
    .transform((text) => parseSize(text) ?? 0)
    .prefault(usual)
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

/** The inputs by which somebody is named to sign in as. */
export const namedSignIn = {
  'registry-username': optionalText('The user to sign in to the registry as; by default what Docker is signed in as'),
  'registry-password': optionalText('The password or token of that user'),
};

/** What the runner fills in; where there is none, it stays as it is. */
const jobToken = `\${{ github.token }}`;

/** The inputs by which an action signs in to the registry; without them it signs in as Docker does. */
export const signInInputs = {
  ...namedSignIn,
  'github-token': z
    .string()
    .transform((text) => (text === '' || text === jobToken ? undefined : text))
    .prefault(jobToken)
    .describe('The token of the job, for ghcr.io where nobody else is named; no other registry gets it'),
};

/** The input by which a step that writes to several registries signs in to all of them. */
export const furtherSignIns = {
  'registry-logins': z
    .string()
    .transform((text, context) => {
      const read = readRegistryLogins(text);
      if ('logins' in read) return read.logins;
      context.addIssue(read.fault);
      return z.NEVER;
    })
    .prefault('')
    .describe('Sign-ins to further registries: HOST USER PASSWORD on each line, or JSON by host'),
};
