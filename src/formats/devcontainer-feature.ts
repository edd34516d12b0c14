import { Privileges } from '../domain/devcontainer/config.ts';
import { ConfigError } from '../domain/errors.ts';
import { parseJsonc } from './devcontainer-json.ts';

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
