import { z } from 'zod';
import { ConfigError } from '../domain/errors.ts';
import { parseJsonc } from './devcontainer-json.ts';

/** What a lock file says about one Feature. */
const LockedFeature = z.looseObject({ resolved: z.string(), integrity: z.string().optional() });

const Lock = z.looseObject({ features: z.record(z.string(), LockedFeature).default({}) });

/** Reads a lock file of Features: the content of each by the name that the configuration gives it. */
export function parseDevcontainerLock(text: string, file: string): Readonly<Record<string, string>> {
  const read = Lock.safeParse(parseJsonc(text, file));
  if (!read.success) {
    throw new ConfigError({
      code: 'devcontainer-lock-invalid',
      what: `it is no lock file of Features: ${read.error.issues[0]?.path.join('.')}: ${read.error.issues[0]?.message}`,
      where: { file },
      state: 'nothing was built',
      next: 'remove it and let `devcontainer upgrade` write it anew',
    });
  }
  return Object.fromEntries(Object.entries(read.data.features).map(([id, { resolved }]) => [id, resolved]));
}

/** Where the lock file of a configuration is: beside it, hidden if the configuration is. */
export function lockFileOf(configFile: string): string {
  const slash = configFile.lastIndexOf('/') + 1;
  const isHidden = configFile.charAt(slash) === '.';
  return `${configFile.slice(0, slash)}${isHidden ? '.' : ''}devcontainer-lock.json`;
}
