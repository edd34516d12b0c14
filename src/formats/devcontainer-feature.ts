import { z } from 'zod';
import { Privileges } from '../domain/devcontainer/config.ts';
import { ConfigError } from '../domain/errors.ts';
import { parseJsonc } from './devcontainer-json.ts';

/** What a Feature says about itself stands in this file. */
export const featureFile = 'devcontainer-feature.json';

const Needs = z.looseObject({ dependsOn: z.record(z.string(), z.unknown()).optional() });

/** The Features that a Feature brings along. */
export function featureNeeds(text: string, file: string): readonly string[] {
  return Object.keys(Needs.safeParse(parseJsonc(text, file)).data?.dependsOn ?? {});
}

/** Reads what a Feature asks for, from its devcontainer-feature.json. */
export function readFeaturePrivileges(text: string, file: string): Privileges {
  const read = Privileges.safeParse(parseJsonc(text, file));
  if (read.success) return read.data;
  throw new ConfigError({
    code: 'devcontainer-feature-invalid',
    what: `${read.error.issues[0]?.path.join('.')}: ${read.error.issues[0]?.message}`,
    where: { file },
    state: 'nothing was built',
    next: 'https://containers.dev/implementors/features says what may stand there',
  });
}
